// One open database of a skill: its connection, its custom words, and the tokenizer "jieba" that uses them.

import { type Stats, statSync } from "node:fs";
import { openConnection, type SqliteConnection } from "./connection.js";
import { Dictionary } from "./dictionary.js";
import { ftsTokens } from "./fts-tokenizer.js";
import type { JiebaInstances } from "./jieba-instances.js";
import type { NativeSqlite } from "./native.js";

export interface RequestLimits {
  /** By which `interruptSqlite` knows the request. */
  readonly token: number;
  /** 0: no deadline. */
  readonly timeoutMs: number;
}

/** Milliseconds for which the file counts as the one at its path, without another look, which would double a small query. */
const lookAgainAfter = 100;

export class SqliteDatabase implements Disposable {
  readonly file: string;
  readonly native: NativeSqlite;
  readonly dictionary: Dictionary;
  readonly instances: JiebaInstances;
  readonly #connection: SqliteConnection;
  readonly #identity: Stats | undefined;
  #lookedAt: number;

  /** Opens the file, which is created where it does not exist. */
  constructor(file: string, instances: JiebaInstances) {
    this.#connection = openConnection(file);
    this.file = this.#connection.file;
    this.native = this.#connection.native;
    this.instances = instances;
    this.dictionary = new Dictionary(this.native, instances);
    this.native.addTokenizer("jieba", (text, isQuery) => ftsTokens(text, isQuery, this.dictionary.cutter()));
    this.#identity = identify(this.file);
    this.#lookedAt = performance.now();
  }

  /** Whether the path still leads to the file that is open: another process may have removed or replaced it. */
  isInPlace(): boolean {
    const time = performance.now();
    if (time - this.#lookedAt < lookAgainAfter) return true;
    this.#lookedAt = time;
    const now = identify(this.file);
    return now?.ino === this.#identity?.ino && now?.dev === this.#identity?.dev;
  }

  /** Statements run between `begin` and `end`. */
  begin({ token, timeoutMs }: RequestLimits): void {
    this.native.begin(token, timeoutMs);
    this.dictionary.beginRequest();
  }

  /** Rolls back what is still open. */
  end(): void {
    this.native.end();
  }

  /** What fails leaves the transaction open, for the end of the request. */
  inTransaction<Result>(work: () => Result): Result {
    this.native.script("BEGIN IMMEDIATE");
    const result = work();
    this.native.script("COMMIT");
    return result;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function identify(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}
