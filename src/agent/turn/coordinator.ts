// One turn from its first event to its last: model calls and tool batches until there is an answer, then one commit, or
// none of it ever was.

import { AgentError, messageOf } from "../errors.js";
import type { AgentEventPayloads, EndStatus } from "../events/event.js";
import type { Message } from "../messages.js";
import type { SubTurnResult, SubTurnStatus } from "../subturns/sub-turn.js";
import { BudgetExhausted, TurnAborted, TurnEndedByHook } from "./endings.js";
import { askModel, fitContext } from "./model-step.js";
import type { TurnServices } from "./services.js";
import { runToolBatch } from "./tool-batch.js";
import type { Transcript } from "./transcript.js";
import type { Turn } from "./turn.js";

export interface TurnOutcome {
  turnId: string;
  status: EndStatus;
  /** The reply; "" when the user has the output already, and when the turn was aborted. */
  text: string;
  iterations: number;
  /** What failed, of a turn whose status is `error`. */
  error?: string;
}

/** As `TurnOutcome`, with what only sub-turns can end with. */
export interface TurnEnd extends TurnOutcome {
  ending: SubTurnStatus;
}

const handledSummary = "Requested output delivered via tool attachment.";

/** @param results of sub-turns that nobody has read when the turn is over */
export type Finish = (turn: Turn, results: SubTurnResult[]) => void;

/**
 * Runs a turn to its end. Never throws: what goes wrong is in the outcome.
 *
 * @param open begins the transcript, once the turn has started
 */
export async function runTurn(
  turn: Turn,
  services: TurnServices,
  open: () => Transcript | Promise<Transcript>,
  finish: Finish,
): Promise<TurnEnd> {
  turn.telemetry = await services.telemetry;
  const run = () => runPhases(turn, services, open, finish);
  if (turn.telemetry === undefined) return run();
  const { id: turnId, agent, sessionKey, depth, role } = turn;
  return turn.telemetry.turn(
    { turnId, agentId: agent.id, sessionKey, depth, parentTurnId: role?.parent.id },
    run,
  );
}

async function runPhases(
  turn: Turn,
  services: TurnServices,
  open: () => Transcript | Promise<Transcript>,
  finish: Finish,
): Promise<TurnEnd> {
  const { events, clock } = services;
  const { text, media = [] } = turn.input;
  events.emit(turn, "agent.turn.start", { userMessage: text, mediaCount: media.length });
  let transcript: Transcript | undefined;
  let end: TurnEnd;
  try {
    turn.signal.throwIfAborted();
    transcript = await open();
    turn.signal.throwIfAborted();
    const reply = await converse(turn, services, transcript);
    end = outcome(turn, "completed", reply.text, reply.ending);
  } catch (error) {
    end = failed(turn, error, lastWords(transcript));
    if (end.status === "error") {
      events.emit(turn, "agent.error", { stage: stageOf(error, transcript), message: end.error ?? "" });
    }
  }
  end = await conclude(turn, services, transcript, end);
  finish(turn, turn.finish());
  turn.phase = end.status === "error" ? "failed" : end.status;
  events.emit(turn, "agent.turn.end", {
    status: end.status,
    iterations: end.iterations,
    durationMs: clock.now() - turn.startedAt,
    finalContent: end.text,
    finalContentLen: end.text.length,
    usage: { ...turn.usage },
    ...(end.error === undefined ? {} : { error: end.error }),
  });
  services.steering.giveBack(turn.sessionKey, turn.pending.splice(0));
  turn.leave();
  return end;
}

function outcome(turn: Turn, status: EndStatus, text: string, ending: SubTurnStatus): TurnEnd {
  return { turnId: turn.id, status, text, iterations: turn.iteration, ending };
}

function failed(turn: Turn, error: unknown, lastWords = ""): TurnEnd {
  if (error instanceof TurnAborted) {
    return {
      ...outcome(turn, "aborted", "", error.why === "timeout" ? "timeout" : "aborted"),
      error: error.message,
    };
  }
  if (error instanceof BudgetExhausted) {
    return outcome(
      turn,
      "completed",
      lastWords === "" ? error.message : `${lastWords}\n\n${error.message}`,
      "budget",
    );
  }
  return { ...outcome(turn, "error", "", "error"), error: messageOf(error) };
}

/** Ends the transaction: a turn that was aborted leaves nothing, any other one a history that a provider takes. */
async function conclude(
  turn: Turn,
  services: TurnServices,
  transcript: Transcript | undefined,
  end: TurnEnd,
): Promise<TurnEnd> {
  const { events, clock } = services;
  if (transcript === undefined) return end;
  const summary = (status: EndStatus, error = end.error) => ({
    status,
    iterations: turn.iteration,
    endedAt: clock.now(),
    ...(error === undefined ? {} : { error }),
  });
  const discard = async (status: EndStatus, error = end.error) => {
    try {
      await transcript.discard(summary(status, error));
    } catch (failure) {
      // Stores promise not to; one that does must not keep the turn from ending.
      events.emit(turn, "agent.error", { stage: "session_save", message: messageOf(failure) });
    }
  };
  if (end.status === "aborted") {
    await discard("aborted");
    return end;
  }
  try {
    for (const call of transcript.openCalls) await transcript.answerUnmade(call);
    // Until here an abort is in time; from here on the turn has happened.
    turn.seal();
    turn.phase = "finalizing";
    await transcript.commit(summary(end.status));
    return end;
  } catch (error) {
    const after = failed(turn, error);
    await discard(after.status, after.error);
    if (after.status === "error") {
      events.emit(turn, "agent.error", { stage: "session_save", message: after.error ?? "" });
    }
    return after;
  }
}

function stageOf(
  error: unknown,
  transcript: Transcript | undefined,
): AgentEventPayloads["agent.error"]["stage"] {
  if (error instanceof TurnEndedByHook) return "hook";
  if (error instanceof AgentError && error.code === "TOOL_SOURCE") return "tools";
  if (error instanceof AgentError && error.code === "SESSION_STORE") return "session_save";
  return transcript === undefined ? "session_restore" : "llm";
}

/** What the model said last, beside calling tools. */
function lastWords(transcript: Transcript | undefined): string {
  const said = transcript?.messages.findLast(({ role, content }) => role === "assistant" && content !== "");
  return said?.content ?? "";
}

interface Reply {
  text: string;
  ending: "completed" | "ended_by_parent";
}

async function converse(turn: Turn, services: TurnServices, transcript: Transcript): Promise<Reply> {
  const { limits, steering, texts } = services;
  const { text, media } = turn.input;
  if (text !== "" || (media?.length ?? 0) > 0) {
    await transcript.append({ role: "user", content: text, ...(media === undefined ? {} : { media }) });
    transcript.pin();
  }
  await fitContext(turn, services, transcript);
  turn.pending.push(...steering.poll(turn.sessionKey, turn.depth === 0));

  while (turn.iteration < limits.maxIterations || turn.pending.length > 0 || turn.isInterrupted) {
    turn.signal.throwIfAborted();
    if (turn.isForsaken) return { text: "", ending: "ended_by_parent" };
    turn.iteration++;
    await inject(turn, services, transcript);

    const { response, terminal } = await askModel(turn, services, transcript);
    turn.signal.throwIfAborted();
    if (terminal || response.toolCalls.length === 0) {
      const answer = response.content || response.reasoning || "";
      // Somebody spoke while the model answered: its answer is about yesterday.
      turn.pending.push(...steering.poll(turn.sessionKey));
      if (turn.pending.length > 0 || hasMail(turn, services)) continue;
      const reply = answer || (turn.depth === 0 ? texts.emptyReply : "");
      await transcript.append({ role: "assistant", content: reply });
      return { text: reply, ending: "completed" };
    }

    const { content, reasoning, toolCalls } = response;
    await transcript.append({
      role: "assistant",
      content,
      ...(reasoning === undefined ? {} : { reasoning }),
      toolCalls: structuredClone(toolCalls),
    });
    const batch = await runToolBatch(turn, services, transcript, toolCalls);
    if (turn.pending.length === 0) turn.pending.push(...steering.poll(turn.sessionKey));
    if (turn.pending.length > 0 || turn.isInterrupted) continue;
    if (batch.handled && !hasMail(turn, services)) {
      const { attachments } = batch;
      await transcript.append({
        role: "assistant",
        content: handledSummary,
        ...(attachments.length === 0 ? {} : { attachments }),
      });
      return { text: "", ending: "completed" };
    }
    turn.registry.tick();
  }
  await transcript.append({ role: "assistant", content: texts.toolLimit });
  return { text: texts.toolLimit, ending: "completed" };
}

/** Results of sub-turns that another model call can still take in. */
function hasMail(turn: Turn, { limits }: TurnServices): boolean {
  return turn.mailbox.size > 0 && turn.iteration < limits.maxIterations;
}

/** What has come since the last model call becomes part of the conversation: users first, then sub-turns. */
async function inject(turn: Turn, { events, secrets }: TurnServices, transcript: Transcript): Promise<void> {
  let count = 0;
  let totalContentLen = 0;
  for (let said = turn.pending[0]; said !== undefined; said = turn.pending[0]) {
    await transcript.append(said);
    // Only now: what could not be written has not been heard.
    turn.pending.shift();
    count++;
    totalContentLen += said.content.length;
  }
  if (count > 0) events.emit(turn, "agent.steering.injected", { count, totalContentLen });
  for (let result = turn.mailbox.next; result !== undefined; result = turn.mailbox.next) {
    const message: Message = { role: "user", content: secrets.apply(`[SubTurn Result] ${result.text}`) };
    await transcript.append(message);
    turn.mailbox.take();
    events.emit(turn, "agent.subturn.result_delivered", {
      parentTurnId: turn.id,
      childTurnId: result.id,
      contentLen: result.text.length,
      result,
    });
  }
}
