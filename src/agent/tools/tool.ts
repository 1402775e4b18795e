// The one interface of everything a model can call: skill entries, tools of MCP servers, functions of the host.

import type { JsonObject } from "../messages.js";
import type { ToolDefinition } from "../model-port.js";
import type { SubTurnHandle, SubTurnRequest } from "../subturns/sub-turn.js";

/** What a tool gives back. A plain string stands for `{ forModel }`. */
export interface ToolResult {
  /** What the model reads. */
  forModel: string;
  /** What the user sees at once. */
  forUser?: string;
  /** Keeps `forUser` back. */
  silent?: boolean;
  isError?: boolean;
  /** Why it failed, for programs, for instance `LUA_TIMEOUT`. */
  errorCode?: string;
  /** The work has only begun; the tool reports with `complete`. */
  async?: boolean;
  /** References of the media store. */
  media?: string[];
  /** The user has the output already: when that holds for a whole batch, the model is not asked again. */
  handled?: boolean;
}

/** The conversation that a call belongs to. */
export interface ToolOrigin {
  readonly agentId: string;
  readonly sessionKey: string;
  /** Session of the user: the same, or where sub-turns descend from. */
  readonly rootSessionKey: string;
  readonly turnId: string;
  readonly toolCallId: string;
  /** 0 in the turn of a user, 1 and more in sub-turns. */
  readonly depth: number;
  readonly iteration: number;
  readonly channel: string;
  readonly chatId: string;
  readonly messageId?: string;
  readonly replyToMessageId?: string;
}

export interface ToolContext extends ToolOrigin {
  /** Aborts at a hard abort of the turn, at the tool's timeout, and when the loop closes. Not at steering. */
  readonly signal: AbortSignal;
  /**
   * Reports the end of work that an earlier result called `async`; a later call does nothing. Present for tools that
   * say they are `async`. The result starts a turn in the session that the call belongs to.
   */
  readonly complete?: (result: ToolResult | string) => void;
  /** Hidden tools that the turn may bring up; `rounds` is how many batches they stay. */
  readonly discovery: ToolDiscovery;
  /** The other agents that a sub-turn can run as. */
  readonly agents: readonly { id: string; description: string | undefined }[];
  /** Starts a sub-turn of the turn that the call belongs to. @throws AgentError, see `AgentLoop.spawn` */
  spawn(request: SubTurnRequest): SubTurnHandle;
}

/** What the tools of discovery see of the registry of their turn. */
export interface ToolDiscovery {
  /** Changes whenever the tools do. */
  readonly version: number;
  hidden(): readonly ToolDefinition[];
  promote(names: readonly string[], rounds: number): void;
}

/** What the loop knows of a tool before it calls it. */
export interface ToolDescription extends ToolDefinition {
  /** Not shown to the model until discovery brings it up. */
  hidden?: boolean;
  /** Changes nothing anywhere: may run beside other such tools. */
  readOnly?: boolean;
  /** May report later through `complete`. */
  async?: boolean;
  /** After this long the call is aborted and the model told so. */
  timeoutMs?: number;
  /** Calls `spawn`. Not offered where sub-turns may go no deeper. */
  startsSubTurns?: boolean;
  /** Brings hidden tools up: there whatever the allow-list says, which what it finds is subject to. */
  discovers?: boolean;
}

/** Tools that come from one place. */
export interface ToolSource {
  /** Another value means: `list` has changed. Read before every turn. */
  readonly version: number | string;
  /** Of several tools of one name, the last one of the last source has it; `agent.error` says so. */
  list(): readonly ToolDescription[] | Promise<readonly ToolDescription[]>;
  /**
   * @param args checked against the tool's schema, and the tool's own copy
   * @throws anything: the model is told the message
   */
  call(name: string, args: JsonObject, context: ToolContext): Promise<ToolResult | string>;
  close?(): void | Promise<void>;
}
