// What a host can put between the loop and its models and tools.

import type { AgentEvent } from "../events/event.js";
import type { JsonObject, Message } from "../messages.js";
import type { ModelResponse, ModelSettings, ToolDefinition } from "../model-port.js";
import type { ToolResult } from "../tools/tool.js";

/** Whose step a hook is asked about. */
export interface HookMeta {
  agentId: string;
  sessionKey: string;
  turnId: string;
  parentTurnId?: string;
  iteration: number;
  depth: number;
  channel: string;
  chatId: string;
}

/** Of one question to one hook. */
export interface HookContext {
  /** Aborts at the hook's timeout and at a hard abort: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface BeforeModelRequest {
  meta: HookMeta;
  model: string;
  messages: Message[];
  /** To read; `addTools` of the decision adds. */
  tools: ToolDefinition[];
  settings: ModelSettings;
  /** True for the last call of an interrupted turn, which has no tools. */
  gracefulTerminal: boolean;
}

export interface AfterModelRequest {
  meta: HookMeta;
  model: string;
  response: ModelResponse;
}

export interface BeforeToolRequest {
  meta: HookMeta;
  toolCallId: string;
  tool: string;
  arguments: JsonObject;
}

export interface ApproveToolRequest extends BeforeToolRequest {
  /** The result of the hook that answers in place of the tool, where one does. */
  response?: ToolResult;
}

export interface AfterToolRequest extends BeforeToolRequest {
  result: ToolResult;
  durationMs: number;
}

interface Continue {
  action: "continue";
}

/** Ends the turn. `abort_turn` keeps its history and makes it an error; `hard_abort` rolls it back. */
interface EndTurn {
  action: "abort_turn" | "hard_abort";
  reason?: string;
}

/** No answer means `continue`. */
export type BeforeModelDecision =
  | Continue
  | EndTurn
  | {
      action: "modify";
      model?: string;
      /** All of them. System messages must stay as they are, else none of this counts. */
      messages?: Message[];
      settings?: ModelSettings;
      /** Names of registered tools, hidden ones among them, that this call offers too. */
      addTools?: string[];
    };

export type AfterModelDecision = Continue | EndTurn | { action: "modify"; response: ModelResponse };

export type BeforeToolDecision =
  | Continue
  | EndTurn
  /** What is absent stays. */
  | { action: "modify"; tool?: string; arguments?: JsonObject }
  /** Answers in place of the tool. Approvers are still asked, unless the hook is `trusted`. */
  | { action: "respond"; result: ToolResult }
  | { action: "deny_tool"; reason?: string };

export type AfterToolDecision = Continue | EndTurn | { action: "modify"; tool?: string; result: ToolResult };

export interface ApprovalDecision {
  approved: boolean;
  reason?: string;
}

type Answer<Decision> = Decision | undefined | void | Promise<Decision | undefined | void>;

/** Milliseconds. */
export interface HookTimeouts {
  /** Default 5,000. */
  interceptorMs?: number;
  /** Default 60,000. */
  approverMs?: number;
  /** Default 500. */
  observerMs?: number;
}

/**
 * One hook; any of its stages may be absent. Every stage gets its own copy of what it is asked about.
 *
 * A stage of an interceptor that throws or takes too long is skipped; an approver that does so denies.
 */
export interface Hook {
  /** Unique; a later hook of the same name takes the place of the earlier, which is closed. */
  readonly name: string;
  /** Lower runs first. Default 0. Hooks of other processes run after all others. */
  readonly priority?: number;
  /** Default `inProcess`. */
  readonly source?: "inProcess" | "process";
  /** True: what it answers in place of a tool needs no approval. */
  readonly trusted?: boolean;
  readonly timeouts?: HookTimeouts;
  /** Kinds that `onEvent` hears: names, `agent.tool.*`, or `*`. Default all. */
  readonly events?: readonly string[];
  beforeModel?(request: BeforeModelRequest, context: HookContext): Answer<BeforeModelDecision>;
  afterModel?(request: AfterModelRequest, context: HookContext): Answer<AfterModelDecision>;
  beforeTool?(request: BeforeToolRequest, context: HookContext): Answer<BeforeToolDecision>;
  approveTool?(request: ApproveToolRequest, context: HookContext): Answer<ApprovalDecision>;
  afterTool?(request: AfterToolRequest, context: HookContext): Answer<AfterToolDecision>;
  /** One event at a time, from a queue of the hook's own. */
  onEvent?(event: AgentEvent, context: HookContext): void | Promise<void>;
  /** Called once, when a loop takes the hook: `report` says that the hook is not what it should be (`agent.hook.degraded`). */
  attach?(report: (problem: string) => void): void;
  close?(): void | Promise<void>;
}

/** Names of stages as they go over wires. */
export type HookStage = "before_llm" | "after_llm" | "before_tool" | "approve_tool" | "after_tool";
