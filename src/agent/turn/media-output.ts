// Media on their way to the user.

import { untilAborted } from "../abortable.js";
import { messageOf } from "../errors.js";
import type { MediaStore } from "../media.js";
import type { MediaPart } from "../output.js";
import type { TurnServices } from "./services.js";
import type { Turn } from "./turn.js";

/** A part, and where its file lies on this machine, if anywhere. */
export type ResolvedPart = MediaPart & { path?: string };

/** What the store knows of references; one that it does not know is passed on as it is. */
export async function mediaParts(
  store: MediaStore | undefined,
  refs: readonly string[],
): Promise<ResolvedPart[]> {
  return Promise.all(
    refs.map(async ref => {
      const content = await store?.get(ref);
      if (content === undefined) return { ref, type: "file" as const };
      const { contentType, filename, path } = content;
      return {
        ref,
        contentType,
        type: typeOf(contentType),
        ...(filename === undefined ? {} : { filename }),
        ...(path === undefined ? {} : { path }),
      };
    }),
  );
}

/**
 * Sends media to the user.
 *
 * @returns false when they were only queued
 * @throws what the sender throws; TurnAborted
 */
export async function deliverMedia(
  turn: Turn,
  { output, events }: TurnServices,
  parts: readonly ResolvedPart[],
): Promise<boolean> {
  const message = { ...turn.origin, parts: parts.map(({ path: _path, ...part }) => part) };
  if (output.sendMedia !== undefined) {
    await untilAborted(turn.signal, output.sendMedia(message));
    return true;
  }
  try {
    const queued = output.queueMedia?.(message);
    if (queued !== undefined) await untilAborted(turn.signal, queued);
  } catch (error) {
    turn.signal.throwIfAborted();
    events.emit(turn, "agent.error", { stage: "output", message: messageOf(error) });
  }
  return false;
}

function typeOf(contentType: string): MediaPart["type"] {
  const [family] = contentType.split("/");
  return family === "image" || family === "audio" || family === "video" ? family : "file";
}
