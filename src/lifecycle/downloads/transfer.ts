// Getting a body completely: to a file, going on after a break where the server can, or as text.

import type { HttpAnswer, HttpClient, HttpRequest } from "./http-client.js";
import { PartialFile } from "./partial-file.js";
import { type RetryPolicy, withRetries } from "./retries.js";
import { connectionFailure, TransferFailure } from "./transfer-failure.js";

export interface TransferOptions {
  readonly limitBytes: number;
  readonly signal: AbortSignal | undefined;
  readonly progress?: (bytesDone: number, bytesTotal: number | undefined) => void;
}

/**
 * Downloads into a file that is not there yet. After a failure there may be a file.
 *
 * @returns the digest (SHA-256, hexadecimal) and the length of the file
 * @throws TransferFailure; what the signal was aborted with
 */
export async function transferToFile(
  client: HttpClient,
  retries: RetryPolicy,
  request: HttpRequest,
  path: string,
  options: TransferOptions,
): Promise<{ sha256: string; bytes: number }> {
  const file = await PartialFile.create(path);
  try {
    const attempt = async () => {
      const answer = await askForRest(client, request, file, options.signal);
      await file.begin(answer).catch(error => {
        answer.body.destroy();
        throw error;
      });
      options.progress?.(file.bytes, file.total);
      await readBody(answer, options, file.total, file.bytes, async chunk => {
        await file.write(chunk);
        options.progress?.(file.bytes, file.total);
      });
    };
    await withRetries(retries, options.signal, attempt, () => file.bytes);
    return { sha256: file.digest(), bytes: file.bytes };
  } finally {
    await file.close();
  }
}

/**
 * Downloads a text.
 *
 * @throws TransferFailure; what the signal was aborted with
 */
export async function transferText(
  client: HttpClient,
  retries: RetryPolicy,
  request: HttpRequest,
  options: TransferOptions,
): Promise<{ text: string; headers: HttpAnswer["headers"] }> {
  return withRetries(retries, options.signal, async () => {
    const answer = await client.get(request, {}, options.signal);
    const chunks: Buffer[] = [];
    await readBody(answer, options, lengthOf(answer), 0, async chunk => void chunks.push(chunk));
    return { text: Buffer.concat(chunks).toString("utf8"), headers: answer.headers };
  });
}

async function askForRest(
  client: HttpClient,
  request: HttpRequest,
  file: PartialFile,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  try {
    return await client.get(request, file.wanted, signal);
  } catch (error) {
    const rangeRefused = error instanceof TransferFailure && error.status === 416 && file.bytes > 0;
    if (!rangeRefused) throw error;
    await file.restart();
    return client.get(request, {}, signal);
  }
}

async function readBody(
  { body }: HttpAnswer,
  { limitBytes, signal }: TransferOptions,
  total: number | undefined,
  before: number,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  let bytes = before;
  try {
    if (total !== undefined && total > limitBytes) throw tooLarge(limitBytes);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limitBytes) throw tooLarge(limitBytes);
      await take(chunk);
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : connectionFailure(error);
  } finally {
    body.destroy();
  }
  if (total !== undefined && bytes !== total) {
    throw new TransferFailure(`the answer was cut off after ${bytes} of ${total} bytes`, { passing: true });
  }
}

function tooLarge(limitBytes: number): TransferFailure {
  return new TransferFailure(`it is larger than ${limitBytes} bytes`);
}

function lengthOf({ headers }: HttpAnswer): number | undefined {
  const length = headers["content-length"];
  return typeof length === "string" ? Number(length) : undefined;
}
