// After a turn: old messages become a summary, so that the next turn need not wait for that.

import { untilAborted } from "../abortable.js";
import { messageOf } from "../errors.js";
import type { TurnServices } from "./services.js";
import type { Turn } from "./turn.js";

/** @param signal ends it; the session stays as it is then. Never throws */
export async function summarize(turn: Turn, services: TurnServices, signal: AbortSignal): Promise<void> {
  const { context, sessions, model, events } = services;
  if (context === undefined || turn.input.profile?.history === "none") return;
  const { sessionKey } = turn;
  try {
    const { summary, messages } = await sessions.read(sessionKey);
    const work = context.compact({
      systemPrompt: turn.systemPrompt,
      summary,
      history: messages,
      turn: [],
      tools: turn.registry.definitions(),
      reason: "summarize",
      budget: model.contextWindow ?? Number.POSITIVE_INFINITY,
      model,
      signal,
    });
    const compaction = await untilAborted(signal, work);
    if (compaction === undefined || compaction.dropped === 0) return;
    await sessions.compact(sessionKey, compaction);
    events.emit(turn, "agent.session.summarize", {
      summarizedMessages: compaction.dropped,
      keptMessages: messages.length - compaction.dropped,
      summaryLen: compaction.summary.length,
    });
  } catch (error) {
    if (signal.aborted) return;
    events.emit(turn, "agent.error", { stage: "context", message: messageOf(error) });
  }
}
