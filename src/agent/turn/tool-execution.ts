// A tool call that has begun: whatever happens, it ends exactly once.

import type { ToolEndStatus } from "../events/event.js";
import type { JsonObject, ToolCall } from "../messages.js";
import type { ToolResult } from "../tools/tool.js";
import type { TurnServices } from "./services.js";
import type { Turn } from "./turn.js";

/** What the model and the user get to read, in characters. */
export interface Lengths {
  forModelLen: number;
  forUserLen: number;
}

export class ToolExecution {
  readonly call: ToolCall;
  /** Name and arguments after hooks; the id is the model's. */
  tool: string;
  readonly arguments: JsonObject;
  /** True when a hook answers in place of the tool. */
  readonly responded: boolean;
  readonly #turn: Turn;
  readonly #services: TurnServices;
  readonly #startedAt: number;
  #durationMs = 0;
  #ended = false;

  private constructor(
    turn: Turn,
    services: TurnServices,
    call: ToolCall,
    what: { tool: string; arguments: JsonObject; responded: boolean },
  ) {
    this.call = call;
    this.tool = what.tool;
    this.arguments = what.arguments;
    this.responded = what.responded;
    this.#turn = turn;
    this.#services = services;
    this.#startedAt = services.clock.now();
  }

  static begin(
    turn: Turn,
    services: TurnServices,
    call: ToolCall,
    what: { tool: string; arguments: JsonObject; responded: boolean },
  ): ToolExecution {
    const { tool, arguments: args } = what;
    const execution = new ToolExecution(turn, services, call, what);
    services.events.emit(turn, "agent.tool.exec_start", {
      tool,
      toolCallId: call.id,
      // Its own copy: what the tool does to its arguments is no business of listeners.
      ...(Object.keys(args).length === 0 ? {} : { arguments: structuredClone(args) }),
    });
    return execution;
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /** The tool itself is done; what follows does not count. */
  stopWatch(): void {
    this.#durationMs = this.#services.clock.now() - this.#startedAt;
  }

  end(result: ToolResult, lengths: Lengths): void {
    const status = result.errorCode === "TOOL_TIMEOUT" ? "timeout" : result.isError ? "error" : "completed";
    this.#end(status, result, lengths);
  }

  /** Of a call whose turn ends before its result counts. */
  abandon(): void {
    this.#end("aborted", { forModel: "", isError: true }, { forModelLen: 0, forUserLen: 0 });
  }

  #end(status: ToolEndStatus, result: ToolResult, { forModelLen, forUserLen }: Lengths): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#services.events.emit(this.#turn, "agent.tool.exec_end", {
      tool: this.tool,
      toolCallId: this.call.id,
      status,
      durationMs: this.#durationMs,
      forModelLen,
      forUserLen,
      isError: result.isError ?? false,
      async: result.async ?? false,
      responded: this.responded,
      ...(result.errorCode === undefined ? {} : { errorCode: result.errorCode }),
    });
  }
}
