// The context policy of the package: the oldest turns go, and a summary by the model speaks for them.

import type { Message } from "../messages.js";
import { ModelError } from "../model-port.js";
import type { Compaction } from "../session-store.js";
import type { CompactionRequest, ContextParts, ContextPolicy } from "./context-policy.js";
import { summarize } from "./summarizer.js";
import { isKnown, messagesTokens, textTokens, toolsTokens } from "./token-estimate.js";

export interface ContextPolicyOptions {
  /** After a turn the history is summarized when it has more messages than this. Default 20. */
  summarizeAfterMessages?: number;
  /** … or when the context takes more than this part of the budget. Default 0.75. */
  summarizeAfterPart?: number;
  /** Newest messages that a summary after a turn leaves alone, rounded up to whole turns. Default 4. */
  keepMessages?: number;
  /** False: what goes is only counted, the model is not asked. Default true. */
  summaries?: boolean;
}

/** Tokens that a new summary may come to. */
const summaryTokens = 1_000;

export function defaultContextPolicy(options: ContextPolicyOptions = {}): ContextPolicy {
  const {
    summarizeAfterMessages = 20,
    summarizeAfterPart = 0.75,
    keepMessages = 4,
    summaries = true,
  } = options;

  /** How many of the oldest messages go after a turn; 0: none. */
  const surplus = (request: CompactionRequest): number => {
    const { history, budget } = request;
    const isFull = isKnown(budget) && estimate(request) > budget * summarizeAfterPart;
    if (history.length <= summarizeAfterMessages && !isFull) return 0;
    return history.findLastIndex(({ role }, at) => role === "user" && at <= history.length - keepMessages);
  };

  return {
    estimate,
    async compact(request) {
      const isForced = request.reason !== "summarize";
      const dropped = isForced ? excess(request) : surplus(request);
      if (dropped <= 0) return undefined;
      const summary = summaries ? await summaryOf(request, dropped) : "";
      if (summary !== "") return { summary, dropped };
      // Without a summary nothing goes unless it must.
      return isForced || !summaries ? note(request, dropped) : undefined;
    },
  };
}

function estimate({ systemPrompt, summary, history, turn, tools }: ContextParts): number {
  return (
    textTokens(systemPrompt) +
    textTokens(summary) +
    messagesTokens(history) +
    messagesTokens(turn) +
    toolsTokens(tools)
  );
}

/** How many of the oldest messages must go: half of them, up to a whole turn, and more until the rest fits. */
function excess(request: CompactionRequest): number {
  const { history, budget, summary } = request;
  const starts = turnStarts(history);
  const reserve = " ".repeat(3 * Math.min(summaryTokens, Math.floor(isKnown(budget) ? budget / 4 : 0)));
  const fits = (start: number) =>
    !isKnown(budget) ||
    estimate({
      ...request,
      history: history.slice(start),
      summary: summary.length > reserve.length ? summary : reserve,
    }) <= budget;
  const half = starts.filter(start => start >= history.length / 2);
  return half.find(fits) ?? history.length;
}

/** Where the history can be cut: before a message of the user. At the first place there is nothing to drop. */
function turnStarts(history: readonly Message[]): number[] {
  return history.flatMap(({ role }, at) => (role === "user" && at > 0 ? [at] : []));
}

/** "" when the model cannot say. */
async function summaryOf(request: CompactionRequest, dropped: number): Promise<string> {
  const { model, summary: earlier, history, budget, signal } = request;
  try {
    return await summarize({ model, earlier, messages: history.slice(0, dropped), budget, signal });
  } catch (error) {
    if (error instanceof ModelError && !signal.aborted) return "";
    throw error;
  }
}

function note({ summary }: CompactionRequest, dropped: number): Compaction {
  const text = `[${dropped} earlier messages were dropped because the conversation had become too long.]`;
  return { summary: summary === "" ? text : `${summary}\n${text}`, dropped };
}
