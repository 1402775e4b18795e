// One question to the model: what it is shown, hooks around it, and another try with less history where it was too much.

import { untilAborted } from "../abortable.js";
import type { CompactionReason, ContextParts } from "../context/context-policy.js";
import { messageOf } from "../errors.js";
import type { BeforeModelRequest } from "../hooks/hook.js";
import type { JsonObject, Message } from "../messages.js";
import { type ModelCall, ModelError, type ModelRequest, type ModelResponse } from "../model-port.js";
import { BudgetExhausted } from "./endings.js";
import { mediaOf } from "./media-input.js";
import type { TurnServices } from "./services.js";
import { endTurn, hookMeta } from "./tool-call.js";
import type { Transcript } from "./transcript.js";
import type { Turn } from "./turn.js";
import { sendText } from "./user-output.js";

const compressing = "Context window exceeded. Compressing history and retrying...";

/** What the model said, and whether it was asked for a last word: then its tool calls do not count. */
export interface ModelAnswer {
  response: ModelResponse;
  terminal: boolean;
}

/** @throws ModelError; TurnAborted, TurnEndedByHook, BudgetExhausted */
export async function askModel(
  turn: Turn,
  services: TurnServices,
  transcript: Transcript,
): Promise<ModelAnswer> {
  turn.phase = "running";
  turn.signal.throwIfAborted();
  if (turn.budget?.isExhausted) throw new BudgetExhausted();
  const terminal = turn.isInterrupted;
  // Of this call only: the hint is no part of the conversation.
  const hint: Message[] = terminal ? [{ role: "user", content: turn.takeInterrupt() }] : [];
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await askOnce(turn, services, transcript, hint, terminal);
      return { response, terminal };
    } catch (error) {
      const tooLong = error instanceof ModelError && error.kind === "context_limit";
      if (!tooLong || attempt > services.limits.contextRetries) throw error;
      if (attempt === 1) await sendText(turn, services, "notice", compressing);
      const made = await compact(turn, services, transcript, "llm_retry");
      if (!made) throw error;
      services.events.emit(turn, "agent.llm.retry", {
        attempt,
        maxRetries: services.limits.contextRetries,
        reason: "context_limit",
        error: error.message,
        backoffMs: 0,
      });
    }
  }
}

/** Makes room where the request would be too long by the estimate. */
export async function fitContext(turn: Turn, services: TurnServices, transcript: Transcript): Promise<void> {
  const { context, model } = services;
  const window = model.contextWindow;
  if (context === undefined || window === undefined) return;
  const need = context.estimate(contextParts(turn, transcript)) + (turn.settings.maxTokens ?? 0);
  if (need > window) await compact(turn, services, transcript, "proactive_budget");
}

export function contextParts(turn: Turn, transcript: Transcript): ContextParts {
  return {
    systemPrompt: turn.systemPrompt,
    summary: transcript.summary,
    history: transcript.history,
    turn: transcript.messages,
    tools: turn.registry.definitions(),
  };
}

/** @returns false when nothing could go */
async function compact(
  turn: Turn,
  { context, model, events }: TurnServices,
  transcript: Transcript,
  reason: Exclude<CompactionReason, "summarize">,
): Promise<boolean> {
  if (context === undefined) return false;
  const { signal } = turn;
  const budget = Math.max(0, (model.contextWindow ?? 0) - (turn.settings.maxTokens ?? 0));
  const work = context.compact({ ...contextParts(turn, transcript), reason, budget, model, signal });
  const compaction = await untilAborted(signal, work);
  if (compaction === undefined || compaction.dropped === 0) return false;
  await transcript.compact(compaction);
  events.emit(turn, "agent.context.compress", {
    reason,
    droppedMessages: compaction.dropped,
    remainingMessages: transcript.history.length,
  });
  return true;
}

async function askOnce(
  turn: Turn,
  services: TurnServices,
  transcript: Transcript,
  hint: readonly Message[],
  terminal: boolean,
): Promise<ModelResponse> {
  const { hooks, model } = services;
  const messages = [
    ...systemMessages(turn, transcript),
    ...transcript.history,
    ...transcript.messages,
    ...hint,
  ];
  let request: BeforeModelRequest = {
    meta: hookMeta(turn),
    model: turn.model ?? model.model,
    messages,
    tools: terminal ? [] : turn.registry.definitions(),
    settings: turn.settings,
    gracefulTerminal: terminal,
  };
  if (hooks.has("beforeModel")) {
    const before = await hooks.beforeModel(request, turn.signal);
    if (before.kind === "end") return endTurn(turn, before);
    // Tools are the registry's to give: a hook may bring hidden ones up, within the profile, and change none.
    const tools = terminal ? [] : turn.registry.definitions(before.addTools);
    turn.registry.promote(before.addTools, 1);
    request = { ...before.request, tools };
  }
  const response = await generate(turn, services, {
    model: request.model,
    messages: request.messages,
    tools: request.tools,
    settings: request.settings,
    media: await mediaOf(request.messages, services.media),
  });
  if (response.usage !== undefined) {
    turn.usage.inputTokens += response.usage.inputTokens;
    turn.usage.outputTokens += response.usage.outputTokens;
    turn.budget?.spend(response.usage);
  }
  if (!hooks.has("afterModel")) return response;
  const question = { meta: hookMeta(turn), model: response.model, response };
  const after = await hooks.afterModel(question, turn.signal);
  if (after.kind === "end") return endTurn(turn, after);
  return withSoundCalls(after.response, turn);
}

function systemMessages(turn: Turn, transcript: Transcript): Message[] {
  const { summary } = transcript;
  const parts = [turn.systemPrompt, summary === "" ? "" : `Summary of the conversation so far:\n${summary}`];
  const content = parts.filter(part => part !== "").join("\n\n");
  return content === "" ? [] : [{ role: "system", content }];
}

/** Asks the port. Every request that is told about ends with exactly one response. */
async function generate(turn: Turn, services: TurnServices, request: ModelRequest): Promise<ModelResponse> {
  const { events, clock, model } = services;
  const { maxTokens, temperature } = request.settings;
  const name = request.model ?? model.model;
  events.emit(turn, "agent.llm.request", {
    model: name,
    messagesCount: request.messages.length,
    toolsCount: request.tools.length,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
  });
  const startedAt = clock.now();
  try {
    const ask = () => untilAborted(turn.signal, model.generate(request, modelCall(turn, services)));
    const answer = await (turn.telemetry?.modelCall(name, ask) ?? ask());
    const response = withSoundCalls(answer, turn);
    events.emit(turn, "agent.llm.response", {
      status: "completed",
      model: response.model,
      contentLen: response.content.length,
      toolCalls: response.toolCalls.length,
      hasReasoning: (response.reasoning ?? "") !== "",
      durationMs: clock.now() - startedAt,
      ...(response.usage === undefined ? {} : { usage: { ...response.usage } }),
    });
    return response;
  } catch (error) {
    events.emit(turn, "agent.llm.response", {
      status: turn.signal.aborted ? "aborted" : "error",
      model: name,
      contentLen: 0,
      toolCalls: 0,
      hasReasoning: false,
      durationMs: clock.now() - startedAt,
      error: messageOf(error),
    });
    throw error;
  }
}

function modelCall(turn: Turn, { events, output }: TurnServices): ModelCall {
  return {
    signal: turn.signal,
    ...(output.delta === undefined
      ? {}
      : {
          onDelta: delta => {
            if (turn.signal.aborted) return;
            events.emit(turn, "agent.llm.delta", {
              contentDeltaLen: delta.content?.length ?? 0,
              reasoningDeltaLen: delta.reasoning?.length ?? 0,
            });
            try {
              output.delta?.(turn.origin, delta);
            } catch (error) {
              events.emit(turn, "agent.error", { stage: "output", message: messageOf(error) });
            }
          },
        }),
    onRetry: retry => events.emit(turn, "agent.llm.retry", { ...retry }),
  };
}

/** Ids that answers can refer to, and arguments that are objects: whatever a port or a hook has made of them. */
function withSoundCalls(response: ModelResponse, turn: Turn): ModelResponse {
  const seen = new Set<string>();
  const toolCalls = (response.toolCalls ?? []).map((call, at) => {
    let { id } = call;
    if (typeof id !== "string" || id === "" || seen.has(id))
      id = `call-${turn.id}-${turn.iteration}-${at + 1}`;
    seen.add(id);
    const isObject =
      typeof call.arguments === "object" && call.arguments !== null && !Array.isArray(call.arguments);
    const args: JsonObject = isObject ? call.arguments : {};
    return { id, name: String(call.name), arguments: args };
  });
  return { ...response, content: response.content ?? "", toolCalls };
}
