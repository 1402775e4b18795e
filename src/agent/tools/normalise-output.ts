// Keeps bytes out of the model's context: data URLs become media, long base64 becomes a note.

import type { MediaStore } from "../media.js";
import type { ToolResult } from "./tool.js";

const dataUrl = /data:([\w.+-]+\/[\w.+-]+);base64,([A-Za-z0-9+/=\r\n]{16,})/g;
const longText = 1_024;
const base64Share = 0.97;

/** The result with media where it had bytes. Without a store the bytes go, with a note. */
export async function normaliseOutput(
  result: ToolResult,
  store: MediaStore | undefined,
): Promise<ToolResult> {
  const media: string[] = [];
  const forModel = await withoutBytes(result.forModel, store, media);
  const forUser = result.forUser === undefined ? undefined : await withoutBytes(result.forUser, store, media);
  return {
    ...result,
    forModel,
    ...(forUser === undefined ? {} : { forUser }),
    ...(media.length === 0 ? {} : { media: [...(result.media ?? []), ...media] }),
  };
}

/** True if `normaliseOutput` would change anything; most results are short and plain, and need no pass over a store. */
export function holdsBytes({ forModel, forUser }: ToolResult): boolean {
  return [forModel, forUser ?? ""].some(text => text.includes(";base64,") || looksLikeBase64(text));
}

async function withoutBytes(text: string, store: MediaStore | undefined, media: string[]): Promise<string> {
  let rest = "";
  let end = 0;
  for (const match of text.matchAll(dataUrl)) {
    const [url, contentType = "", bytes = ""] = match;
    rest += text.slice(end, match.index);
    end = match.index + url.length;
    if (store === undefined) {
      rest += `[inline ${contentType} omitted]`;
      continue;
    }
    const ref = await store.put({ data: Buffer.from(bytes, "base64"), contentType });
    media.push(ref);
    rest += `[${contentType} attached as ${ref}]`;
  }
  rest += text.slice(end);
  if (!looksLikeBase64(rest)) return rest;
  return `[${rest.length} characters of base64-like data omitted]`;
}

function looksLikeBase64(text: string): boolean {
  if (text.length < longText) return false;
  // Prose has a blank every few characters; base64 has at most line breaks. Looking at a sample first keeps long texts cheap.
  if (/[ \t,.;:!?(){}"'<>]/.test(text.slice(0, 256))) return false;
  const own = text.match(/[A-Za-z0-9+/=\r\n]/g)?.length ?? 0;
  return own / text.length >= base64Share;
}
