// What a process prints, up to a limit. What is beyond it is read and dropped, so that the process goes on.

import type { Readable } from "node:stream";

export interface Captured {
  bytes: Uint8Array;
  /** There was more than the limit. */
  truncated: boolean;
}

/** Collects a stream. @returns what came so far */
export function capture(stream: Readable, limit: number): () => Captured {
  const chunks: Buffer[] = [];
  let size = 0;
  let truncated = false;
  stream.on("data", (chunk: Buffer) => {
    const kept = chunk.subarray(0, limit - size);
    truncated ||= kept.length < chunk.length;
    if (kept.length === 0) return;
    size += kept.length;
    chunks.push(kept);
  });
  // A pipe that breaks has ended.
  stream.on("error", () => {});
  return () => ({ bytes: Buffer.concat(chunks), truncated });
}
