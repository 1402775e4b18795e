// What becomes of a result, whoever made it: the tool, or a hook in its place. Media and text go to the user, the filtered
// content to the model and into the history. There is no second way.

import { messageOf } from "../errors.js";
import type { ToolMessage } from "../messages.js";
import type { MediaPart } from "../output.js";
import { holdsBytes, normaliseOutput } from "../tools/normalise-output.js";
import { contentForModel, errorResult } from "../tools/result.js";
import type { ToolResult } from "../tools/tool.js";
import { deliverMedia, mediaParts } from "./media-output.js";
import type { TurnServices } from "./services.js";
import type { CallOutcome } from "./tool-call.js";
import type { Transcript } from "./transcript.js";
import type { Turn } from "./turn.js";
import { sendText } from "./user-output.js";

/** What a settled call means for the turn. */
export interface Settled {
  /** The user has the output, so the model need not be asked again because of it. */
  handled: boolean;
  /** Media that went to the user. */
  attachments: string[];
}

/**
 * Settles one call: exactly one tool message in the transcript, and one end of whatever was begun.
 *
 * @throws TurnAborted; what the session store throws
 */
export async function settle(
  turn: Turn,
  services: TurnServices,
  transcript: Transcript,
  outcome: CallOutcome,
): Promise<Settled> {
  if (outcome.kind === "denied") {
    const { call, tool, text } = outcome;
    await skip(turn, services, transcript, { toolCallId: call.id, tool, reason: text, text });
    return { handled: false, attachments: [] };
  }

  const { execution } = outcome;
  const { call } = execution;
  const whole = holdsBytes(outcome.result)
    ? await normaliseOutput(outcome.result, services.media)
    : outcome.result;
  const parts = whole.media === undefined ? [] : await mediaParts(services.media, whole.media);
  const result = await withDeliveredMedia(turn, services, whole, parts);
  const { forUser = "" } = result;
  const handled = result.handled === true;
  if (!result.silent && forUser !== "" && (handled || turn.input.sendToolOutput !== false)) {
    await sendText(turn, services, "tool", forUser);
    turn.signal.throwIfAborted();
  }

  const tags = handled || result.media === undefined ? [] : parts.flatMap(artifactTag);
  const content = services.secrets.apply(contentForModel(result, tags));
  const message: ToolMessage = {
    role: "tool",
    toolCallId: call.id,
    toolName: execution.tool,
    content,
    ...(result.isError ? { isError: true } : {}),
    ...(handled || result.media === undefined ? {} : { media: result.media }),
  };
  execution.end(result, { forModelLen: content.length, forUserLen: forUser.length });
  await transcript.append(message);
  return { handled, attachments: handled ? (result.media ?? []) : [] };
}

/** Answers a call that is not made, for everybody who should know. */
export async function skip(
  turn: Turn,
  { events }: TurnServices,
  transcript: Transcript,
  { toolCallId, tool, reason, text }: { toolCallId: string; tool: string; reason: string; text: string },
): Promise<void> {
  events.emit(turn, "agent.tool.exec_skipped", { tool, toolCallId, reason });
  await transcript.append({ role: "tool", toolCallId, toolName: tool, content: text, isError: true });
}

/** Media of a handled result go to the user now. Only what has arrived there counts as handled. */
async function withDeliveredMedia(
  turn: Turn,
  services: TurnServices,
  result: ToolResult,
  parts: MediaPart[],
): Promise<ToolResult> {
  if (!result.handled || parts.length === 0) return result;
  try {
    const arrived = await deliverMedia(turn, services, parts);
    return arrived ? result : { ...result, handled: false };
  } catch (error) {
    turn.signal.throwIfAborted();
    return errorResult(`failed to deliver attachment: ${messageOf(error)}`, "MEDIA_DELIVERY");
  }
}

function artifactTag({ type, path }: MediaPart & { path?: string }): string[] {
  return path === undefined ? [] : [`[${type}:${path}]`];
}
