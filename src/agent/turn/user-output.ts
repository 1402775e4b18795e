// What goes to the user while a turn runs.

import { untilAborted } from "../abortable.js";
import { messageOf } from "../errors.js";
import type { JsonObject } from "../messages.js";
import type { OutboundText } from "../output.js";
import type { TurnServices } from "./services.js";
import type { ToolExecution } from "./tool-execution.js";
import type { Turn } from "./turn.js";

/** Sends text to the user; what goes wrong there is told as an event, and to nobody else. */
export async function sendText(
  turn: Turn,
  { output, events }: TurnServices,
  kind: OutboundText["kind"],
  content: string,
): Promise<void> {
  try {
    const sent = output.text?.({ ...turn.origin, kind, content });
    if (sent !== undefined) await untilAborted(turn.signal, sent);
  } catch (error) {
    // Nobody waits for a user who has left; the next step of the turn sees the abort.
    if (turn.signal.aborted) return;
    events.emit(turn, "agent.error", { stage: "output", message: messageOf(error) });
  }
}

const previewLength = 300;

/** Which tool runs, and with what. */
export async function sendFeedback(
  turn: Turn,
  services: TurnServices,
  { tool, arguments: args }: ToolExecution,
): Promise<void> {
  const preview = previewOf(args);
  await sendText(
    turn,
    services,
    "feedback",
    `🔧 \`${tool}\`${preview === "" ? "" : `\n\`\`\`json\n${preview}\n\`\`\``}`,
  );
}

function previewOf(args: JsonObject): string {
  if (Object.keys(args).length === 0) return "";
  const text = JSON.stringify(args, null, 2);
  return text.length <= previewLength ? text : `${text.slice(0, previewLength)}…`;
}
