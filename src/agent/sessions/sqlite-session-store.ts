// Sessions in a SQLite file, which several processes may use at once.

import { resolve } from "node:path";
import { WorkerThread } from "../../databases/scheduling/worker-thread.js";
import { followRequest } from "../../databases/sqlite/interruption.js";
import { newSqliteToken } from "../../databases/sqlite/native.js";
import { AgentError } from "../errors.js";
import type { Message } from "../messages.js";
import type {
  Compaction,
  SessionHistory,
  SessionStore,
  TurnLog,
  TurnStart,
  TurnSummary,
} from "../session-store.js";
import type { FinishedTurn, SessionListing, StoredHistory } from "./session-file.js";
import type { SessionRequest, SessionWork } from "./worker.js";

/** Milliseconds that the thread gets to close the file. */
const closeGraceMs = 10_000;

/**
 * A turn is one transaction: after a crash, at any moment, the file has all of it or nothing. Turns that were rolled back
 * leave a line in the table `turns`, without messages.
 */
export class SqliteSessionStore implements SessionStore, AsyncDisposable {
  /** Absolute. */
  readonly file: string;
  readonly #thread: WorkerThread;
  /** By session: how often it was compacted, as this store has seen it last. */
  readonly #compactions = new Map<string, number>();
  #closing: Promise<void> | undefined;

  /**
   * Opens the file, which is created along with its folder where it does not exist.
   *
   * @throws AgentError SESSION_STORE: the file cannot be opened, is none of sessions, or SQLite is not installed
   */
  static async open(file: string): Promise<SqliteSessionStore> {
    const store = new SqliteSessionStore(resolve(file));
    try {
      const work: SessionWork = { op: "open", file: store.file };
      await store.#thread.ask(work);
    } catch (error) {
      await store.#thread.terminate();
      throw failure(`cannot open the sessions in ${store.file}`, error);
    }
    return store;
  }

  private constructor(file: string) {
    this.file = file;
    this.#thread = new WorkerThread(new URL("./worker.js", import.meta.url), "sessions");
  }

  async read(sessionKey: string): Promise<SessionHistory> {
    return historyOf(await this.#read(sessionKey));
  }

  async begin(sessionKey: string, turn: TurnStart): Promise<TurnLog> {
    const stored = await this.#read(sessionKey);
    return new SqliteTurnLog(stored, (summary, messages, compaction) =>
      this.#finish({
        sessionKey,
        ...turn,
        ...summary,
        messages,
        ...(compaction && { compaction: { ...compaction, compactions: stored.compactions } }),
      }),
    );
  }

  async compact(sessionKey: string, compaction: Compaction): Promise<void> {
    const compactions = this.#compactions.get(sessionKey) ?? (await this.#read(sessionKey)).compactions;
    await this.#ask({ op: "compact", sessionKey, compaction, compactions });
    this.#compactions.set(sessionKey, compactions + 1);
  }

  async clear(sessionKey: string): Promise<void> {
    await this.#ask({ op: "clear", sessionKey });
    this.#compactions.delete(sessionKey);
  }

  async list(): Promise<string[]> {
    return (await this.listings()).map(({ key }) => key);
  }

  /** All sessions by key, with what helps to choose one. */
  async listings(): Promise<SessionListing[]> {
    return (await this.#ask({ op: "list" })) as SessionListing[];
  }

  /** Waits for what was asked before. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const farewell: SessionWork = { op: "close" };
      if (!(await this.#thread.leave(farewell, closeGraceMs))) await this.#thread.terminate();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(sessionKey: string): Promise<StoredHistory> {
    const stored = (await this.#ask({ op: "read", sessionKey })) as StoredHistory;
    this.#compactions.set(sessionKey, stored.compactions);
    return stored;
  }

  async #finish(turn: FinishedTurn): Promise<void> {
    await this.#ask({ op: "finish", turn });
    if (turn.compaction === undefined) return;
    this.#compactions.set(turn.sessionKey, turn.compaction.compactions + 1);
  }

  async #ask(request: SessionRequest): Promise<unknown> {
    if (this.#closing !== undefined)
      throw new AgentError("SESSION_STORE", `the sessions in ${this.file} are closed`);
    const token = newSqliteToken();
    const work: SessionWork = { op: "perform", request, token };
    const answer = this.#thread.ask(work);
    followRequest(token, answer);
    try {
      return await answer;
    } catch (error) {
      throw failure(`the sessions in ${this.file} cannot be used`, error);
    }
  }
}

/** @param messages JSON text; undefined when the turn is rolled back */
type Finish = (
  summary: TurnSummary,
  messages: string | undefined,
  compaction: Compaction | undefined,
) => Promise<void>;

class SqliteTurnLog implements TurnLog {
  readonly history: SessionHistory;
  readonly #finish: Finish;
  readonly #messages: Message[] = [];
  #compaction: Compaction | undefined;
  #ended = false;

  constructor(stored: StoredHistory, finish: Finish) {
    this.history = historyOf(stored);
    this.#finish = finish;
  }

  append(message: Message): void {
    this.#requireOpen();
    this.#messages.push(message);
  }

  compact(compaction: Compaction): void {
    this.#requireOpen();
    this.#compaction = compaction;
  }

  async commit(summary: TurnSummary): Promise<void> {
    this.#requireOpen();
    await this.#finish(summary, JSON.stringify(this.#messages), this.#compaction);
    this.#ended = true;
  }

  async discard(summary: TurnSummary): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    // Nothing was written, so there is nothing to take back: the line in the log is all that can be missing.
    await this.#finish(summary, undefined, undefined).catch(() => {});
  }

  #requireOpen(): void {
    if (this.#ended)
      throw new AgentError("SESSION_STORE", "the turn has ended: nothing can be written to it any more");
  }
}

function historyOf({ summary, messages }: StoredHistory): SessionHistory {
  return { summary, messages: messages.map(text => JSON.parse(text) as Message) };
}

function failure(what: string, cause: unknown): AgentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentError("SESSION_STORE", `${what}: ${reason}`, { cause });
}
