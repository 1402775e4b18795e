// One stream as its readers see it. The thread that produces it shares its state and its file.

import { interruptSqlite, newSqliteToken } from "../native.js";
import type { StreamJob } from "./producer.js";
import { Spool } from "./spool.js";
import { StreamState } from "./stream-state.js";

/** What the query has come to. */
export interface StreamMetrics {
  readonly rows: number;
  readonly chunks: number;
  readonly bytes: number;
}

export interface StreamQuery {
  /** The database. */
  readonly file: string;
  readonly sql: string;
  /** JSON text, "" where there are none. */
  readonly params: string;
  readonly chunkBytes: number;
}

/**
 * Hands a job to a thread (`StreamProducer`), at once: the caller may block this one then.
 *
 * @returns settles when the producer has ended; rejects when its thread has
 */
export type StartStream = (job: StreamJob) => Promise<unknown>;

/** Everything throws what made the query fail. */
export class Stream {
  readonly #state = new StreamState();
  readonly #spool: Spool;
  readonly #chunkBytes: number;
  readonly #token = newSqliteToken();
  /** Settles when the producer uses neither the file nor the database any more. */
  readonly #ended: Promise<void>;
  /** Of the file; they must come back before it is closed. */
  readonly #reads = new Set<Promise<Buffer>>();
  #closed = false;

  /** @param folder for the file */
  constructor({ file, sql, params, chunkBytes }: StreamQuery, start: StartStream, folder: string) {
    this.#chunkBytes = chunkBytes;
    this.#spool = new Spool(folder);
    const { fd } = this.#spool;
    const { memory } = this.#state;
    try {
      this.#ended = start({ file, sql, params, token: this.#token, fd, memory }).then(
        () => {},
        error => this.#state.fail(error instanceof Error ? error.message : String(error)),
      );
    } catch (error) {
      this.#spool[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits for the end of the query. */
  async metrics(signal: AbortSignal): Promise<StreamMetrics> {
    await this.#state.wait(() => this.#state.isOver, signal);
    return this.#metrics();
  }

  metricsSync(timeoutMs: number): StreamMetrics {
    this.#state.waitSync(() => this.#state.isOver, timeoutMs);
    return this.#metrics();
  }

  /** Waits until there is so much, or no more to come. Chunks may be read in any order and again. */
  async chunk(index: number, signal: AbortSignal): Promise<Buffer> {
    await this.#state.wait(() => this.#hasChunk(index), signal);
    const { start, length } = this.#range(index);
    const read = this.#spool.read(start, length);
    this.#reads.add(read);
    try {
      return this.#whole(await read, length);
    } finally {
      this.#reads.delete(read);
    }
  }

  chunkSync(index: number, timeoutMs: number): Buffer {
    this.#state.waitSync(() => this.#hasChunk(index), timeoutMs);
    const { start, length } = this.#range(index);
    return this.#whole(this.#spool.readSync(start, length), length);
  }

  /**
   * Ends the query if it still runs. Who waits for something of it gets an error.
   *
   * @returns resolves when its database is closed and its file gone
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#state.cancel();
    if (!this.#state.isOver) interruptSqlite(this.#token);
    await this.#ended;
    await Promise.allSettled(this.#reads);
    this.#spool[Symbol.dispose]();
  }

  #metrics(): StreamMetrics {
    this.#refuseFailed();
    const { rows, bytes } = this.#state;
    return { rows, bytes, chunks: Math.ceil(bytes / this.#chunkBytes) };
  }

  #hasChunk(index: number): boolean {
    return this.#state.isOver || this.#state.bytes >= (index + 1) * this.#chunkBytes;
  }

  /** Where a chunk lies that is there or never will be. */
  #range(index: number): { start: number; length: number } {
    this.#refuseFailed();
    if (this.#closed) throw new Error("the stream was closed");
    const { bytes } = this.#state;
    const start = index * this.#chunkBytes;
    if (start >= bytes) {
      const count = Math.ceil(bytes / this.#chunkBytes);
      throw new Error(
        `index ${index} is out of range, the stream has ${count} chunk${count === 1 ? "" : "s"}`,
      );
    }
    return { start, length: Math.min(bytes - start, this.#chunkBytes) };
  }

  /** A query that fails empties the file, perhaps below a read. */
  #whole(bytes: Buffer, length: number): Buffer {
    this.#refuseFailed();
    if (bytes.length !== length) throw new Error("the stream's file has been cut short");
    return bytes;
  }

  #refuseFailed(): void {
    const { failure } = this.#state;
    if (failure !== undefined) throw new Error(failure);
  }
}
