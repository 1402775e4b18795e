// Strict UTF-8: what is not well-formed is refused, never replaced.

import { isUtf8 } from "node:buffer";

/** The text, byte order mark included, or undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
}
