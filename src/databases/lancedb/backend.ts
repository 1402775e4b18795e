// LanceDB beside us, in a worker thread of its own. It answers later, so synchronous calls cannot have it.

import type { DatabaseAnswer } from "../answer.js";
import type { DatabaseBinding, SkillDatabase } from "../binding.js";
import type { DatabaseSources } from "../options.js";
import type { DatabaseBackend, DatabaseRequest, LibraryStatus } from "../provider.js";
import { atExit } from "../scheduling/at-exit.js";
import { Operations } from "../scheduling/operations.js";
import { WorkerThread } from "../scheduling/worker-thread.js";
import { newCallCounter, stopCalls } from "./calls-in-flight.js";
import { lanceLibrary, lanceLibraryProblem } from "./library.js";
import type { LanceWork, LanceWorkerData } from "./worker.js";

/** Milliseconds that operations in progress get to end at close, and when the process exits: they cannot be interrupted. */
const graceMs = 30_000;

export class EmbeddedLance implements DatabaseBackend {
  readonly logged = true;
  readonly #storage: DatabaseSources["lancedbStorage"];
  /** Every skill has its turn at once: the work is done in threads of the library. */
  readonly #operations = new Operations<WorkerThread>({ take: () => this.#start(), give: () => {} });
  readonly #calls = newCallCounter();
  #thread: WorkerThread | undefined;
  #forgetExit = () => {};
  #isInstalled = false;

  /** @param storage where tables lie instead of the folders of the roots */
  constructor(storage: DatabaseSources["lancedbStorage"]) {
    this.#storage = storage;
  }

  problem(): string | undefined {
    // Asked for each operation, and it looks at the disk.
    if (this.#isInstalled) return undefined;
    const problem = lanceLibraryProblem();
    this.#isInstalled = problem === undefined;
    return problem;
  }

  library(): LibraryStatus {
    return { integrationMode: "dynamic_library", ...lanceLibrary(), stage: "embedded" };
  }

  locate({ root_name, skill_id, default_database_path }: DatabaseBinding): string {
    if (this.#storage === undefined) return default_database_path;
    return `${this.#storage.uri}/${root_name}/${skill_id}`;
  }

  perform(
    { binding }: SkillDatabase,
    request: DatabaseRequest,
    signal: AbortSignal,
  ): Promise<DatabaseAnswer> {
    const uri = this.locate(binding);
    const location = { uri, ...(this.#storage && { storageOptions: this.#storage.options }) };
    const work: LanceWork = { op: "perform", location, request };
    return this.#operations.perform(
      {
        owner: uri,
        name: `lancedb.${request.action}`,
        run: thread => thread.ask(work) as Promise<DatabaseAnswer>,
      },
      signal,
    );
  }

  performSync(_database: SkillDatabase, { action }: DatabaseRequest): DatabaseAnswer {
    throw new Error(`lancedb.${action}: LanceDB answers later, and a synchronous call cannot wait for it`);
  }

  async release(binding: DatabaseBinding): Promise<void> {
    const uri = this.locate(binding);
    const work: LanceWork = { op: "release", uri };
    await this.#thread?.ask(work);
    this.#operations.forget(uri);
  }

  async close(): Promise<void> {
    this.#operations.close();
    const thread = this.#thread;
    this.#thread = undefined;
    const work: LanceWork = { op: "close" };
    // A thread that ended below a call of the library would take the process with it.
    if (thread !== undefined && !(await thread.leave(work, graceMs))) thread.abandon();
    else this.#forgetExit();
  }

  #start(): WorkerThread {
    if (this.#thread === undefined || this.#thread.isGone) {
      const workerData: LanceWorkerData = { calls: this.#calls };
      this.#thread = new WorkerThread(new URL("./worker.js", import.meta.url), "LanceDB", workerData);
      this.#forgetExit();
      this.#forgetExit = atExit(() => stopCalls(this.#calls, graceMs));
    }
    return this.#thread;
  }
}
