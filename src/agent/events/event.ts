// Everything the agent tells about itself: one kind per thing that happens, one shape of payload per kind.

import type { JsonObject } from "../messages.js";
import type { ModelErrorKind, ModelUsage } from "../model-port.js";
import type { Orphan, SubTurnResult, SubTurnStatus } from "../subturns/sub-turn.js";

export type EndStatus = "completed" | "error" | "aborted";

/** How a tool call ended. Every `exec_start` is followed by exactly one `exec_end` of the same call. */
export type ToolEndStatus = "completed" | "error" | "aborted" | "timeout";

/** Payloads by kind. Durations are milliseconds, lengths characters. */
export interface AgentEventPayloads {
  "agent.turn.start": { userMessage: string; mediaCount: number };
  "agent.turn.end": {
    status: EndStatus;
    iterations: number;
    durationMs: number;
    finalContent: string;
    finalContentLen: number;
    error?: string;
    usage: ModelUsage;
  };
  "agent.llm.request": {
    model: string;
    messagesCount: number;
    toolsCount: number;
    maxTokens?: number;
    temperature?: number;
  };
  "agent.llm.delta": { contentDeltaLen: number; reasoningDeltaLen: number };
  /** `status` is not `completed` when no response came. Every `llm.request` has exactly one. */
  "agent.llm.response": {
    status: EndStatus;
    model: string;
    contentLen: number;
    toolCalls: number;
    hasReasoning: boolean;
    durationMs: number;
    usage?: ModelUsage;
    error?: string;
  };
  "agent.llm.retry": {
    attempt: number;
    maxRetries: number;
    reason: ModelErrorKind;
    error: string;
    backoffMs: number;
    nextModel?: string;
  };
  "agent.context.compress": {
    reason: "proactive_budget" | "llm_retry";
    droppedMessages: number;
    remainingMessages: number;
  };
  "agent.session.summarize": { summarizedMessages: number; keptMessages: number; summaryLen: number };
  "agent.tool.exec_start": { tool: string; toolCallId: string; arguments?: JsonObject };
  "agent.tool.exec_end": {
    tool: string;
    toolCallId: string;
    status: ToolEndStatus;
    durationMs: number;
    forModelLen: number;
    forUserLen: number;
    isError: boolean;
    async: boolean;
    /** True when a hook answered in place of the tool. */
    responded: boolean;
    errorCode?: string;
  };
  "agent.tool.exec_skipped": { tool: string; toolCallId: string; reason: string };
  "agent.steering.injected": { count: number; totalContentLen: number };
  "agent.follow_up.queued": { sourceTool?: string; contentLen: number };
  "agent.interrupt.received": {
    kind: "steering" | "graceful" | "hard_abort";
    role?: "user";
    contentLen?: number;
    queueDepth?: number;
    hintLen?: number;
  };
  "agent.subturn.spawn": {
    agentId: string;
    childTurnId: string;
    label: string;
    parentTurnId: string;
    deliver: "return" | "mailbox";
    critical: boolean;
  };
  "agent.subturn.end": {
    agentId: string;
    childTurnId: string;
    parentTurnId: string;
    status: SubTurnStatus;
    iterations: number;
    durationMs: number;
    textLen: number;
  };
  "agent.subturn.result_delivered": {
    parentTurnId: string;
    childTurnId: string;
    contentLen: number;
    result: SubTurnResult;
  };
  "agent.subturn.orphan": Orphan & { childTurnId: string };
  "agent.hook.degraded": { hook: string; stage?: string; problem: string };
  "agent.events.dropped": { subscriber: string; dropped: number };
  "agent.error": {
    stage: "llm" | "session_save" | "session_restore" | "tools" | "context" | "hook" | "output";
    message: string;
  };
}

export type AgentEventKind = keyof AgentEventPayloads;

export type Severity = "debug" | "info" | "warn" | "error";

/** What all events have. */
export interface AgentEventHead {
  /** `evt-<n>`, ascending within a loop. */
  id: string;
  severity: Severity;
  /** Milliseconds since the epoch. */
  at: number;
  agentId: string;
  sessionKey: string;
  /** "" where no turn is concerned. */
  turnId: string;
  parentTurnId?: string;
  /** Sessions of sub-turns descend from this one. */
  rootSessionKey: string;
  iteration?: number;
  depth: number;
  channel: string;
  chatId: string;
  senderId?: string;
}

export type AgentEvent = {
  [Kind in AgentEventKind]: AgentEventHead & { kind: Kind; payload: AgentEventPayloads[Kind] };
}[AgentEventKind];
