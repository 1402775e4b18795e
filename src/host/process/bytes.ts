// Bytes between Lua and JavaScript, which exchange text only: what is UTF-8 crosses as it is, everything else as Latin-1,
// one character for one byte.

import { isUtf8 } from "node:buffer";
import { completeLength, utf8 } from "../encoding.js";

/** Text, then the bytes after it. The Lua half joins them. */
export type CrossingBytes = string | { text: string; latin1: string };

export function toLua(bytes: Uint8Array): CrossingBytes {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString("utf8");
  // Most often a character was cut at the end.
  const whole = completeLength(buffer, utf8);
  const start = buffer.subarray(0, whole);
  if (!isUtf8(start)) return { text: "", latin1: buffer.toString("latin1") };
  return { text: start.toString("utf8"), latin1: buffer.subarray(whole).toString("latin1") };
}

/** @param latin1 each character is a byte */
export function fromLua(text: string, latin1: boolean): Buffer {
  return Buffer.from(text, latin1 ? "latin1" : "utf8");
}
