// Runs the query of a stream on the thread that does the work, and fills the stream's file.

import { setImmediate } from "node:timers/promises";
import { SqliteDatabase } from "../database.js";
import { describeFailure } from "../failure.js";
import type { JiebaInstances } from "../jieba-instances.js";
import type { NativeCursor } from "../native.js";
import { ArrowStreamWriter, loadArrow, type StreamColumn } from "./arrow-writer.js";
import { columnType } from "./column-types.js";
import { SpoolWriter } from "./spool.js";
import { StreamState } from "./stream-state.js";

/** What a thread needs to know of a stream. Plain data. */
export interface StreamJob {
  /** The database. */
  readonly file: string;
  readonly sql: string;
  /** JSON text, "" where there are none. */
  readonly params: string;
  /** Of the request, for interruptSqlite. */
  readonly token: number;
  /** Of the stream's file, which the owner closes once the producer has ended. */
  readonly fd: number;
  readonly memory: SharedArrayBuffer;
}

const streamClosed = "the stream was closed";
/** Rows of a record batch, and how long the thread is taken for at a time. */
const batchRows = 1000;

export class StreamProducer {
  readonly #job: StreamJob;
  readonly #instances: JiebaInstances;
  readonly #state: StreamState;
  readonly #spool: SpoolWriter;

  /** @param instances of the thread, for queries that search */
  constructor(job: StreamJob, instances: JiebaInstances) {
    this.#job = job;
    this.#instances = instances;
    this.#state = new StreamState(job.memory);
    this.#spool = new SpoolWriter(job.fd);
  }

  /**
   * Runs the query to its end, on a connection of its own, and lets other work of the thread in between batches.
   *
   * @returns settles when the database is closed and the file no longer used; never rejects: a failure is told to who reads
   */
  async run(): Promise<void> {
    const start = performance.now();
    try {
      this.#refuseCancelled();
      const database = new SqliteDatabase(this.#job.file, this.#instances);
      try {
        // What the query sorts may be as large as the result.
        database.native.script("PRAGMA temp_store = FILE");
        await this.#request(database);
      } finally {
        database[Symbol.dispose]();
      }
    } catch (error) {
      this.#fail(error, performance.now() - start);
    }
  }

  async #request(database: SqliteDatabase): Promise<void> {
    database.begin({ token: this.#job.token, timeoutMs: 0 });
    try {
      // Who cancels says so and interrupts then; only one of the two can have come before the request began.
      this.#refuseCancelled();
      const cursor = database.native.cursor(this.#job.sql, this.#job.params);
      try {
        await this.#spoolRows(cursor);
      } finally {
        cursor.close();
      }
    } finally {
      database.end();
    }
    this.#state.complete();
  }

  async #spoolRows(cursor: NativeCursor): Promise<void> {
    const arrow = await loadArrow();
    // What changes the database holds its lock until the last row.
    const inOneGo = !cursor.readonly;
    let types = new Uint8Array();
    let writer: ArrowStreamWriter | undefined;
    let rows = 0;
    let batch = cursor.fetch(batchRows);
    while (batch !== undefined) {
      if (writer === undefined) {
        const columns = typedColumns(cursor, batch.seen);
        types = Uint8Array.from(columns, column => column.type);
        writer = new ArrowStreamWriter(arrow, columns);
      }
      this.#spool.write(writer.batch(batch.rows, cursor.build(types)));
      rows += batch.rows;
      this.#state.publish(this.#spool.position, rows);
      if (batch.last) break;
      if (!inOneGo) await setImmediate();
      this.#refuseCancelled();
      batch = cursor.fetch(batchRows);
    }
    if (writer !== undefined) this.#spool.write(writer.end());
    this.#state.publish(this.#spool.position, rows);
  }

  #refuseCancelled(): void {
    if (this.#state.isCancelled) throw new Error(streamClosed);
  }

  #fail(error: unknown, tookMs: number): void {
    if (this.#state.isOver) return;
    try {
      this.#spool.clear();
    } catch {
      // The file goes with the stream.
    }
    this.#state.fail(this.#state.isCancelled ? streamClosed : describeFailure(error, this.#job.file, tookMs));
  }
}

function typedColumns({ columns }: NativeCursor, seen: Uint8Array): StreamColumn[] {
  return columns.map(({ name, declared }, index) => ({
    name,
    type: columnType(declared, seen[index] as number),
  }));
}
