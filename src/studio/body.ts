// The JSON body of a request, within a limit.

import type { IncomingMessage } from "node:http";
import { RequestError } from "./refusal.js";

/** Bytes. */
const largestBody = 4 << 20;
/** A client that is still sending does not read: up to this many bytes are passed over, so that the refusal reaches it. */
const largestDiscarded = 64 << 20;

/** @throws RequestError */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers["content-type"] ?? "";
  const bytes = await readBytes(request);
  // Forms of other sites cannot send this type without asking first.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new RequestError(415, "CONTENT_TYPE", "the body must be application/json");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new RequestError(400, "JSON", `the body is not JSON: ${(error as Error).message}`);
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
    else chunks.length = 0;
    if (size > largestDiscarded) break;
  }
  if (size > largestBody) {
    throw new RequestError(413, "BODY_TOO_LARGE", `the body is larger than ${largestBody} bytes`);
  }
  return Buffer.concat(chunks);
}
