// SQLite beside us: in worker threads for calls that can wait, on the JS thread for those that cannot.

import type { DatabaseAnswer } from "../answer.js";
import type { DatabaseBinding, SkillDatabase } from "../binding.js";
import type { DatabaseBackend, DatabaseRequest, LibraryStatus } from "../provider.js";
import { Operations } from "../scheduling/operations.js";
import type { WorkerThread } from "../scheduling/worker-thread.js";
import { SqliteDatabases } from "./databases.js";
import { followRequest, interruptUntil } from "./interruption.js";
import { sqliteLibrary, sqliteLibraryProblem } from "./library.js";
import { newSqliteToken } from "./native.js";
import { isStreamAction, Streams } from "./streams/streams.js";
import { SqliteThreads } from "./threads.js";
import type { SqliteWork } from "./worker.js";

export class EmbeddedSqlite implements DatabaseBackend {
  readonly logged = true;
  readonly #threads = new SqliteThreads();
  readonly #operations = new Operations<WorkerThread>(this.#threads);
  /** Streams run long, and begin at once: the caller may be blocked while it waits for them. */
  readonly #streamThreads = new SqliteThreads();
  readonly #streams = new Streams(job => {
    const work: SqliteWork = { op: "stream", job };
    const ended = this.#streamThreads.share().ask(work);
    followRequest(job.token, ended);
    return ended;
  });
  #inline: SqliteDatabases | undefined;

  problem(): string | undefined {
    return sqliteLibraryProblem();
  }

  library(): LibraryStatus {
    return { integrationMode: "dynamic_library", ...sqliteLibrary(), stage: "embedded" };
  }

  locate(binding: DatabaseBinding): string {
    return binding.default_database_path;
  }

  perform(
    { binding }: SkillDatabase,
    request: DatabaseRequest,
    signal: AbortSignal,
  ): Promise<DatabaseAnswer> {
    const file = this.locate(binding);
    if (isStreamAction(request.action)) return this.#stream(file, request, signal);
    const token = newSqliteToken();
    const work: SqliteWork = { op: "perform", file, request, token };
    return this.#operations.perform(
      {
        owner: file,
        name: `sqlite.${request.action}`,
        run: thread => {
          const answer = thread.ask(work) as Promise<DatabaseAnswer>;
          followRequest(token, answer);
          return answer;
        },
        interrupt: ended => interruptUntil(token, ended),
      },
      signal,
    );
  }

  performSync(
    { binding }: SkillDatabase,
    request: DatabaseRequest,
    timeoutMs: number | undefined,
  ): DatabaseAnswer {
    this.#operations.requireOpen(`sqlite.${request.action}`);
    const file = this.locate(binding);
    if (isStreamAction(request.action)) return this.#streams.performSync(file, request, timeoutMs);
    this.#inline ??= new SqliteDatabases();
    return this.#inline.perform(file, request, { token: newSqliteToken(), timeoutMs: timeoutMs ?? 0 });
  }

  async release(binding: DatabaseBinding): Promise<void> {
    const file = this.locate(binding);
    await this.#streams.release(file);
    this.#inline?.release(file);
    const work: SqliteWork = { op: "release", file };
    await Promise.all(this.#threads.all.map(thread => thread.ask(work)));
    this.#operations.forget(file);
  }

  async close(): Promise<void> {
    this.#operations.close();
    await this.#streams.close();
    await Promise.all([this.#threads.close(), this.#streamThreads.close()]);
    this.#inline?.[Symbol.dispose]();
    this.#inline = undefined;
  }

  async #stream(file: string, request: DatabaseRequest, signal: AbortSignal): Promise<DatabaseAnswer> {
    this.#operations.requireOpen(`sqlite.${request.action}`);
    return this.#streams.perform(file, request, signal);
  }
}
