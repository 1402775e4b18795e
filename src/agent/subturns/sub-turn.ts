// What a sub-turn is asked for and what comes back: a task that a turn hands to a turn of its own.

import type { Message } from "../messages.js";

export interface SubTurnRequest {
  /** The first user message of the sub-turn. */
  task: string;
  /** Shown where sub-turns are listed. */
  label?: string;
  /** Default: the model of the agent that runs it. */
  model?: string;
  /** Replaces the agent's. */
  systemPrompt?: string;
  /** Names of the tools it may use; default: all that the agent that runs it has. */
  tools?: string[];
  /** One of `AgentOptions.agents` that runs it; default: the parent's. */
  agent?: string;
  /** Of the run, from its slot on. Default `limits.subTurnTimeoutMs`. */
  timeoutMs?: number;
  /** True: goes on when its parent has ended. False (default): ends then, before its next step. */
  critical?: boolean;
  /** Tokens, in and out, for it and for its own sub-turns. Default: what is left of the parent's, else no limit. */
  tokenBudget?: number;
  /** Of each answer. */
  maxTokens?: number;
  temperature?: number;
  /** Come before the task, as if they had been said. */
  initialMessages?: Message[];
  /**
   * The one way of the result: `return`, to whoever awaits `result`; `mailbox`, into the context of the parent, before its
   * next model call. A mailbox whose turn is over makes it an orphan.
   */
  deliver: "return" | "mailbox";
}

export type SubTurnStatus = "completed" | "ended_by_parent" | "aborted" | "timeout" | "budget" | "error";

export interface SubTurnResult {
  /** Of the sub-turn. */
  id: string;
  status: SubTurnStatus;
  /** The reply; for a failure, a sentence that says what happened. Never empty but for `completed` and `ended_by_parent`. */
  text: string;
  iterations: number;
}

export interface SubTurnHandle {
  /** `subturn-<n>`: its turn id and its session key. */
  readonly id: string;
  /** Always resolves. */
  readonly result: Promise<SubTurnResult>;
  /** Aborts it and its own sub-turns. */
  cancel(): void;
}

/** A result whose parent was over. */
export interface Orphan {
  parentTurnId: string;
  /** Session of the user whose turn it descends from. */
  sessionKey: string;
  reason: "parent_finished" | "parent_finished_waiting";
  at: number;
  result: SubTurnResult;
}
