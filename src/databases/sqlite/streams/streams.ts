// The streams of all databases of one engine: query_stream and its companions. Everything here runs where the engine does;
// the queries run on other threads.

import { tmpdir } from "node:os";
import type { DatabaseAnswer } from "../../answer.js";
import { DatabaseInput } from "../../input.js";
import type { DatabaseRequest } from "../../provider.js";
import { type QueryInput, readQuery } from "./input.js";
import { type StartStream, Stream, type StreamMetrics } from "./stream.js";

/** Each has a file; who forgets to close them must not fill the disk. */
const mostOpenStreams = 64;

/** An answer that may have to be waited for. */
interface Pending {
  wait(signal: AbortSignal): Promise<DatabaseAnswer>;
  /** On the calling stack. */
  block(timeoutMs: number): DatabaseAnswer;
}

/** Of one database. */
interface OpenStreams {
  /** The one that was used last at the end. */
  readonly streams: Map<number, Stream>;
  count: number;
}

const actions = new Set([
  "query_stream",
  "query_stream_wait_metrics",
  "query_stream_chunk",
  "query_stream_close",
]);

/** True for the operations that `Streams` performs. */
export function isStreamAction(action: string): boolean {
  return actions.has(action);
}

export class Streams {
  readonly #start: StartStream;
  readonly #folder: string;
  readonly #databases = new Map<string, OpenStreams>();
  /** Streams that nobody can use any more. */
  readonly #closing = new Set<Promise<void>>();

  /**
   * @param start hands the query of a stream to a thread
   * @param folder for the files of the streams
   */
  constructor(start: StartStream, folder = tmpdir()) {
    this.#start = start;
    this.#folder = folder;
  }

  /**
   * @param file the database; streams are numbered for each, from 1 on
   * @param signal aborts when the call that waits has ended; the stream goes on
   */
  async perform(file: string, request: DatabaseRequest, signal: AbortSignal): Promise<DatabaseAnswer> {
    try {
      return await this.#begin(file, request).wait(signal);
    } catch (error) {
      throw named(request, signal.aborted ? new Error("the call has ended") : error);
    }
  }

  /** `perform` on the calling stack. @param timeoutMs that the caller has left */
  performSync(file: string, request: DatabaseRequest, timeoutMs = Number.POSITIVE_INFINITY): DatabaseAnswer {
    try {
      return this.#begin(file, request).block(timeoutMs);
    } catch (error) {
      throw named(request, error);
    }
  }

  /** Closes the streams of a database. @returns resolves when none uses it any more */
  async release(file: string): Promise<void> {
    for (const stream of this.#databases.get(file)?.streams.values() ?? []) this.#close(stream);
    this.#databases.delete(file);
    await Promise.all(this.#closing);
  }

  /** Closes all. */
  async close(): Promise<void> {
    await Promise.all([...this.#databases.keys()].map(file => this.release(file)));
    await Promise.all(this.#closing);
  }

  #begin(file: string, request: DatabaseRequest): Pending {
    if (request.action === "query_stream") return atOnce(this.#open(file, readQuery(request)));
    const input = new DatabaseInput(request.head);
    const id = input.requiredCount("stream_id");
    switch (request.action) {
      case "query_stream_wait_metrics": {
        const stream = this.#use(file, id);
        return {
          wait: async signal => metricsAnswer(id, await stream.metrics(signal)),
          block: timeoutMs => metricsAnswer(id, stream.metricsSync(timeoutMs)),
        };
      }
      case "query_stream_chunk": {
        const index = input.requiredCount("index");
        const stream = this.#use(file, id);
        return {
          wait: async signal => chunkAnswer(id, index, await stream.chunk(index, signal)),
          block: timeoutMs => chunkAnswer(id, index, stream.chunkSync(index, timeoutMs)),
        };
      }
      default:
        this.#close(this.#use(file, id));
        this.#databases.get(file)?.streams.delete(id);
        return atOnce({ success: true, stream_id: id, message: `stream ${id} is closed` });
    }
  }

  #open(file: string, input: QueryInput) {
    const open = this.#databases.get(file) ?? { streams: new Map<number, Stream>(), count: 0 };
    this.#databases.set(file, open);
    const stream = new Stream({ file, ...input }, this.#start, this.#folder);
    open.count += 1;
    open.streams.set(open.count, stream);
    for (const [id, oldest] of open.streams) {
      if (open.streams.size <= mostOpenStreams) break;
      open.streams.delete(id);
      this.#close(oldest);
    }
    return { success: true, stream_id: open.count, metrics_ready: false };
  }

  #use(file: string, id: number): Stream {
    const streams = this.#databases.get(file)?.streams;
    const stream = streams?.get(id);
    if (streams === undefined || stream === undefined) {
      throw new Error(`there is no open stream ${id} (at most ${mostOpenStreams} stay open)`);
    }
    streams.delete(id);
    streams.set(id, stream);
    return stream;
  }

  #close(stream: Stream): void {
    const closing = stream.close();
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

function metricsAnswer(stream_id: number, { rows, chunks, bytes }: StreamMetrics): DatabaseAnswer {
  return JSON.stringify({
    success: true,
    stream_id,
    metrics_ready: true,
    row_count: rows,
    chunk_count: chunks,
    total_bytes: bytes,
  });
}

/** The body is the chunk in base64, written where it stays: chunks are large. */
function chunkAnswer(stream_id: number, index: number, bytes: Buffer): DatabaseAnswer {
  const head = `${JSON.stringify({ success: true, stream_id, index, byte_count: bytes.length })}\n`;
  const body = bytes.toString("base64");
  const answer = Buffer.allocUnsafeSlow(head.length + body.length);
  answer.write(head, "latin1");
  answer.write(body, head.length, "latin1");
  return answer;
}

function atOnce(result: { [name: string]: unknown }): Pending {
  const answer = JSON.stringify(result);
  return { wait: () => Promise.resolve(answer), block: () => answer };
}

function named({ action }: DatabaseRequest, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`sqlite.${action}: ${message}`, { cause: error });
}
