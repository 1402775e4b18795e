// A database with streams whose queries run on a thread of their own, as those of an engine do.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Table, tableFromIPC } from "apache-arrow";
import type { DatabaseAnswer } from "#dist/databases/answer.js";
import { openConnection, type SqliteConnection } from "#dist/databases/sqlite/connection.js";
import type { StreamJob } from "#dist/databases/sqlite/streams/producer.js";
import { Streams } from "#dist/databases/sqlite/streams/streams.js";

/** `{}` as long as nothing else is wanted. */
export type Answer = { [name: string]: unknown };

export interface Input {
  sql?: unknown;
  params?: unknown;
  [name: string]: unknown;
}

export interface StreamBench {
  readonly folder: string;
  /** The database. */
  readonly file: string;
  /** Where the files of the streams are. */
  readonly spools: string;
  readonly streams: Streams;
  readonly database: SqliteConnection;
  /** `query_stream` and so on, without `query_`. */
  ask(action: string, input: Input, signal?: AbortSignal): Promise<Answer>;
  askSync(action: string, input: Input, timeoutMs?: number): Answer;
  /** Opens a stream; its number. */
  open(sql: string, more?: Input): Promise<number>;
  /** All bytes of a stream, chunk by chunk. */
  bytes(stream: number): Promise<Buffer>;
  /** The result of a query, as it comes out of its stream. */
  table(sql: string, params?: unknown[]): Promise<Table>;
  /** Ends the thread while it works. */
  killThread(): Promise<void>;
}

/** Hands jobs to a thread, which is started with the first one. */
class ProducerThread {
  readonly #waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  #worker: Worker | undefined;

  start(job: StreamJob): Promise<void> {
    this.#worker ??= this.#started();
    this.#worker.postMessage(job);
    return new Promise((resolve, reject) => this.#waiting.set(job.token, { resolve, reject }));
  }

  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  #started(): Worker {
    const worker = new Worker(new URL("./stream-thread.js", import.meta.url));
    worker.on("message", (token: number) => {
      this.#waiting.get(token)?.resolve();
      this.#waiting.delete(token);
    });
    worker.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the thread has ended"));
    });
    return worker;
  }
}

/** @param t a test, or what stands for all tests of a file */
export function streamBench(t: { after(clean: () => Promise<void>): void }): StreamBench {
  const folder = mkdtempSync(join(tmpdir(), "luaskills-streams-"));
  const spools = mkdtempSync(join(folder, "spools-"));
  const file = join(folder, "skill.sqlite3");
  const database = openConnection(file);
  const thread = new ProducerThread();
  const streams = new Streams(job => thread.start(job), spools);
  t.after(async () => {
    await streams.close();
    await thread.kill();
    database.close();
    rmSync(folder, { recursive: true });
  });

  const request = (action: string, { params, ...input }: Input) => ({
    action: `query_${action}`,
    head: JSON.stringify(input),
    ...(params !== undefined && { payload: JSON.stringify(params) }),
  });
  const never = new AbortController().signal;
  const ask: StreamBench["ask"] = async (action, input, signal = never) =>
    parsed(await streams.perform(file, request(action, input), signal));
  const open: StreamBench["open"] = async (sql, more = {}) =>
    (await ask("stream", { sql, ...more })).stream_id as number;
  const bytes: StreamBench["bytes"] = async stream_id => {
    const { chunk_count } = await ask("stream_wait_metrics", { stream_id });
    const chunks: Buffer[] = [];
    for (let index = 0; index < (chunk_count as number); index++) {
      chunks.push(chunkOf(await ask("stream_chunk", { stream_id, index })));
    }
    return Buffer.concat(chunks);
  };
  return {
    folder,
    file,
    spools,
    streams,
    database,
    ask,
    askSync: (action, input, timeoutMs) =>
      parsed(streams.performSync(file, request(action, input), timeoutMs)),
    open,
    bytes,
    table: async (sql, params = []) => tableFromIPC(await bytes(await open(sql, { params }))),
    killThread: () => thread.kill(),
  };
}

/** The bytes of a chunk's answer. */
export function chunkOf({ chunk_base64 }: Answer): Buffer {
  return Buffer.from(String(chunk_base64), "base64");
}

function parsed(answer: DatabaseAnswer): Answer {
  const text = Buffer.from(answer as string).toString();
  const end = text.indexOf("\n");
  if (end === -1) return JSON.parse(text);
  return { ...JSON.parse(text.slice(0, end)), chunk_base64: text.slice(end + 1) };
}

/** SQL for the numbers from 1 to `count` as `i`. */
export function numbers(count: number | string): string {
  return `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n)`;
}
