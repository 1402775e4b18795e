// One tools/call: arguments checked and completed, the entry run under the signal of the client, its outcome presented.

import {
  type CallToolRequest,
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { RequestContext } from "../host/scope.js";
import type { JsonObject } from "../packages/json-object.js";
import { ArgumentValidation } from "../skills/argument-validation.js";
import type { SkillEngine } from "../skills/engine.js";
import { failure, failureResult } from "./failure.js";
import type { ManagedFields } from "./managed-fields.js";
import type { McpSettings } from "./options.js";
import { ProgressReports } from "./progress.js";
import type { RunningCalls } from "./running-calls.js";
import { isCursor } from "./stored-results.js";
import type { ToolResults } from "./tool-result.js";
import type { SkillTool, ToolTable } from "./tool-table.js";

export interface ToolCallParts {
  readonly engine: SkillEngine;
  readonly settings: McpSettings;
  readonly managed: ManagedFields;
  readonly tools: ToolTable;
  readonly results: ToolResults;
  readonly running: RunningCalls;
}

export class ToolCalls {
  readonly #parts: ToolCallParts;
  readonly #validation = new ArgumentValidation();
  #closing = false;

  constructor(parts: ToolCallParts) {
    this.#parts = parts;
  }

  /** From now on calls are refused. */
  close(): void {
    this.#closing = true;
  }

  /**
   * @returns what went wrong in the call is a result too, for the model to read
   * @throws ProtocolError for a tool that is not there
   */
  async call(
    { name, arguments: given = {} }: CallToolRequest["params"],
    ctx: ServerContext,
    requestContext: RequestContext,
  ): Promise<CallToolResult> {
    const { tools, results, running, settings } = this.#parts;
    const tool = tools.find(name);
    if (tool === undefined) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `there is no tool ${JSON.stringify(name)}: tools/list says what there is`,
      );
    }
    if (this.#closing) return failure("ENGINE_CLOSED", `${name}: the server takes no more calls`);
    try {
      const { cursor } = given;
      if (isCursor(cursor)) return results.page(cursor);
      return await running.run(signalsOf(ctx), signal =>
        this.#run(tool, given as JsonObject, ctx, requestContext, signal),
      );
    } catch (error) {
      return failureResult(error, settings.onError);
    }
  }

  async #run(
    tool: SkillTool,
    given: JsonObject,
    ctx: ServerContext,
    requestContext: RequestContext,
    signal: AbortSignal,
  ): Promise<CallToolResult> {
    const { engine, settings, managed, results } = this.#parts;
    const { clientBudget, toolConfig } = settings;
    const name = tool.entry.canonicalName;
    const args = managed.fill(given, tool.managed);
    this.#validation.check(name, tool.schema, args);
    const { _meta, notify } = ctx.mcpReq;
    const token = _meta?.progressToken;
    const progress = token === undefined ? undefined : new ProgressReports(notify, token);
    try {
      const result = await engine.call(name, args, {
        signal,
        // Nothing that an entry does from its start on can then hold up the other clients.
        start: "lane",
        context: { requestContext, clientBudget, ...(toolConfig === undefined ? {} : { toolConfig }) },
        ...(progress === undefined ? {} : { onProgress: said => progress.report(said) }),
      });
      return results.present(tool, result);
    } finally {
      await progress?.flush();
    }
  }
}

/** Over HTTP the end of the request itself counts as well: in sessions the protocol layer does not hear of it. */
function signalsOf({ mcpReq, http }: ServerContext): AbortSignal[] {
  const request = http?.req;
  return request === undefined ? [mcpReq.signal] : [mcpReq.signal, request.signal];
}
