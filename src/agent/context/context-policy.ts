// When a conversation is too long for its model, and what then becomes of the old part of it. A policy only ever sees the
// committed history as something to drop: the messages of the running turn are counted, never touched.

import type { Message } from "../messages.js";
import type { ModelPort, ToolDefinition } from "../model-port.js";
import type { Compaction } from "../session-store.js";

/** What a request to the model is made of. */
export interface ContextParts {
  systemPrompt: string;
  summary: string;
  /** Committed history, oldest first. */
  history: readonly Message[];
  /** Of the running turn. */
  turn: readonly Message[];
  tools: readonly ToolDefinition[];
}

/**
 * | reason | when |
 * |---|---|
 * | `proactive_budget` | before a turn, by the estimate |
 * | `llm_retry` | the provider said that the request is too long, whatever the estimate says |
 * | `summarize` | after a turn, so that the next one need not |
 */
export type CompactionReason = "proactive_budget" | "llm_retry" | "summarize";

export interface CompactionRequest extends ContextParts {
  reason: CompactionReason;
  /** Tokens for all parts together; 0 or infinity where it is not known. */
  budget: number;
  /** Writes summaries, where the policy wants some. */
  model: ModelPort;
  signal: AbortSignal;
}

export interface ContextPolicy {
  /** Tokens, an estimate on the safe side. */
  estimate(parts: ContextParts): number;
  /**
   * What to drop, at the boundary of a turn.
   *
   * @returns undefined when nothing should or can go. Relative to `history`: the caller applies it
   */
  compact(request: CompactionRequest): Promise<Compaction | undefined>;
}
