// The sessions in one SQLite file, on the thread that has opened it (worker.ts).

import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { openConnection, type SqliteConnection } from "../../databases/sqlite/connection.js";
import { describeFailure } from "../../databases/sqlite/failure.js";
import { loadSqlite } from "../../databases/sqlite/library.js";
import type { Compaction, TurnStart, TurnSummary } from "../session-store.js";
import { prepareSchema, rowsOf } from "./schema.js";

export interface StoredHistory {
  summary: string;
  /** How often the session was compacted when it was read. */
  compactions: number;
  /** JSON text each. */
  messages: string[];
}

export interface FinishedTurn extends TurnStart, TurnSummary {
  sessionKey: string;
  /** JSON text of the array of messages; undefined: the turn was rolled back and only its log stays. */
  messages: string | undefined;
  /** With the `compactions` of the history that it is about. */
  compaction?: Compaction & { compactions: number };
}

export interface SessionListing {
  key: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
  updatedAt: number;
  /** That were committed. */
  turns: number;
  /** What the user said last; "" where nothing is left of it. */
  lastText: string;
}

export class SessionFile implements Disposable {
  readonly #connection: SqliteConnection;
  readonly #file: string;

  /** @throws Error that names the file and says what to do */
  constructor(file: string) {
    // Before there is a file: without SQLite there will be nothing in it.
    loadSqlite();
    // Conversations are private: the file is its owner's alone, and SQLite gives its companions the same rights.
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, "a", 0o600));
    this.#connection = openConnection(file, prepareSchema);
    this.#file = this.#connection.file;
  }

  read(sessionKey: string): StoredHistory {
    const native = this.#native;
    // One transaction, so that the summary and the messages are of one moment.
    native.script("BEGIN");
    const [session] = rowsOf<{ summary: string; compactions: number }>(
      native,
      "SELECT summary, compactions FROM sessions WHERE key = ?1",
      [sessionKey],
    );
    const rows = rowsOf<{ message: string }>(
      native,
      "SELECT message FROM messages WHERE session = ?1 ORDER BY id",
      [sessionKey],
    );
    native.script("COMMIT");
    return {
      summary: session?.summary ?? "",
      compactions: session?.compactions ?? 0,
      messages: rows.map(row => row.message),
    };
  }

  /** Writes all of it, or nothing. */
  finish(turn: FinishedTurn): void {
    const { sessionKey, turnId, messages, compaction } = turn;
    this.#inTransaction(() => {
      if (messages !== undefined) {
        this.#touch(sessionKey, turn.startedAt, turn.endedAt);
        if (compaction !== undefined) this.#compact(sessionKey, compaction, compaction.compactions);
        this.#execute(
          "INSERT INTO messages (session, turn_id, message) SELECT ?1, ?2, value FROM json_each(?3) ORDER BY key",
          [sessionKey, turnId, messages],
        );
      }
      this.#execute(
        `INSERT INTO turns (session, turn_id, agent_id, status, iterations, started_at, ended_at, error)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
        [
          sessionKey,
          turnId,
          turn.agentId,
          turn.status,
          turn.iterations,
          turn.startedAt,
          turn.endedAt,
          turn.error ?? null,
        ],
      );
    });
  }

  /** @param compactions of the history that it is about */
  compact(sessionKey: string, compaction: Compaction, compactions: number): void {
    this.#inTransaction(() => this.#compact(sessionKey, compaction, compactions));
  }

  clear(sessionKey: string): void {
    this.#inTransaction(() => {
      this.#execute("DELETE FROM sessions WHERE key = ?1", [sessionKey]);
      this.#execute("DELETE FROM turns WHERE session = ?1", [sessionKey]);
    });
  }

  /** By key. */
  list(): SessionListing[] {
    return rowsOf<SessionListing>(
      this.#native,
      `SELECT key, created_at AS createdAt, updated_at AS updatedAt,
         (SELECT count(*) FROM turns WHERE session = key AND status = 'completed') AS turns,
         coalesce((SELECT message ->> 'content' FROM messages
           WHERE session = key AND message ->> 'role' = 'user' ORDER BY id DESC LIMIT 1), '') AS lastText
       FROM sessions ORDER BY key`,
    );
  }

  /**
   * Runs one of the above as a request that can be interrupted.
   *
   * @throws Error that names the file
   */
  request<Result>(token: number, work: (file: this) => Result): Result {
    const native = this.#native;
    const start = performance.now();
    native.begin(token, 0);
    try {
      return work(this);
    } catch (error) {
      throw new Error(describeFailure(error, this.#file, performance.now() - start), { cause: error });
    } finally {
      native.end();
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  get #native() {
    return this.#connection.native;
  }

  /** What fails leaves the transaction open; the end of the request rolls it back. */
  #inTransaction(work: () => void): void {
    this.#native.script("BEGIN IMMEDIATE");
    work();
    this.#native.script("COMMIT");
  }

  /** Another process may have compacted meanwhile: then the messages that this one speaks for may be others. */
  #compact(sessionKey: string, { summary, dropped }: Compaction, compactions: number): void {
    const { rowsChanged } = this.#execute(
      "UPDATE sessions SET summary = ?2, compactions = compactions + 1 WHERE key = ?1 AND compactions = ?3",
      [sessionKey, summary, compactions],
    );
    if (rowsChanged === 0) return;
    this.#execute(
      "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE session = ?1 ORDER BY id LIMIT ?2)",
      [sessionKey, dropped],
    );
  }

  #touch(sessionKey: string, createdAt: number, updatedAt: number): void {
    this.#execute(
      `INSERT INTO sessions (key, created_at, updated_at) VALUES (?1, ?2, ?3)
       ON CONFLICT (key) DO UPDATE SET updated_at = max(updated_at, excluded.updated_at)`,
      [sessionKey, createdAt, updatedAt],
    );
  }

  #execute(sql: string, params: readonly unknown[]) {
    return this.#native.execute(sql, JSON.stringify(params));
  }
}
