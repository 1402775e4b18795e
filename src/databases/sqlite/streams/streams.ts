// The streams of all databases of one engine: query_stream and its companions. Everything here runs where the engine does;
// the queries run on other threads.

import { tmpdir } from "node:os";
import type { DatabaseAnswer } from "../../answer.js";
import type { DatabaseRequest } from "../../provider.js";
import { readNumbers, readQuery } from "./input.js";
import { type StartStream, Stream, type StreamMetrics } from "./stream.js";

/** Each has a file; who forgets to close them must not fill the disk. */
const mostOpenStreams = 64;

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
    const name = `sqlite.${request.action}`;
    try {
      switch (request.action) {
        case "query_stream_wait_metrics": {
          const { stream_id } = readNumbers(request.head, "stream_id");
          return metricsAnswer(stream_id, await this.#use(file, stream_id).metrics(signal));
        }
        case "query_stream_chunk": {
          const { stream_id, index } = readNumbers(request.head, "stream_id", "index");
          return chunkAnswer(stream_id, index, await this.#use(file, stream_id).chunk(index, signal));
        }
        default:
          return this.#performAtOnce(file, request);
      }
    } catch (error) {
      throw named(name, signal.aborted ? new Error("the call has ended") : error);
    }
  }

  /** `perform` on the calling stack. @param timeoutMs that the caller has left */
  performSync(file: string, request: DatabaseRequest, timeoutMs = Number.POSITIVE_INFINITY): DatabaseAnswer {
    try {
      switch (request.action) {
        case "query_stream_wait_metrics": {
          const { stream_id } = readNumbers(request.head, "stream_id");
          return metricsAnswer(stream_id, this.#use(file, stream_id).metricsSync(timeoutMs));
        }
        case "query_stream_chunk": {
          const { stream_id, index } = readNumbers(request.head, "stream_id", "index");
          return chunkAnswer(stream_id, index, this.#use(file, stream_id).chunkSync(index, timeoutMs));
        }
        default:
          return this.#performAtOnce(file, request);
      }
    } catch (error) {
      throw named(`sqlite.${request.action}`, error);
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

  #performAtOnce(file: string, request: DatabaseRequest): DatabaseAnswer {
    if (request.action === "query_stream") {
      const stream_id = this.#open(file, request);
      return JSON.stringify({ success: true, stream_id, metrics_ready: false });
    }
    const { stream_id } = readNumbers(request.head, "stream_id");
    this.#close(this.#use(file, stream_id));
    this.#databases.get(file)?.streams.delete(stream_id);
    return JSON.stringify({ success: true, stream_id, message: `stream ${stream_id} is closed` });
  }

  #open(file: string, request: DatabaseRequest): number {
    const query = { file, ...readQuery(request) };
    const open = this.#databases.get(file) ?? { streams: new Map<number, Stream>(), count: 0 };
    this.#databases.set(file, open);
    const stream = new Stream(query, this.#start, this.#folder);
    open.count += 1;
    open.streams.set(open.count, stream);
    for (const [id, oldest] of open.streams) {
      if (open.streams.size <= mostOpenStreams) break;
      open.streams.delete(id);
      this.#close(oldest);
    }
    return open.count;
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

function named(name: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`${name}: ${message}`, { cause: error });
}
