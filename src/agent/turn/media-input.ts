// The media that messages refer to, fetched for one question to a model. The messages keep their references.

import type { MediaContent, MediaStore } from "../media.js";
import type { Message } from "../messages.js";

const none: ReadonlyMap<string, MediaContent> = new Map();
const dataUrl = /^data:([^;,]+)(;base64)?,(.*)$/s;

/** By reference; what is not to be found is not there. */
export async function mediaOf(
  messages: readonly Message[],
  store: MediaStore | undefined,
): Promise<ReadonlyMap<string, MediaContent>> {
  const refs = new Set(messages.flatMap(message => ("media" in message ? (message.media ?? []) : [])));
  if (refs.size === 0) return none;
  const found = new Map<string, MediaContent>();
  for (const ref of refs) {
    const content = inline(ref) ?? (await store?.get(ref));
    if (content !== undefined) found.set(ref, content);
  }
  return found;
}

function inline(ref: string): MediaContent | undefined {
  const [, contentType, base64, data = ""] = dataUrl.exec(ref) ?? [];
  if (contentType === undefined) return undefined;
  return {
    contentType,
    data: Buffer.from(base64 ? data : decodeURIComponent(data), base64 ? "base64" : "utf8"),
  };
}
