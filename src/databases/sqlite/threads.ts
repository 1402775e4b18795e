// The worker threads of one engine that run SQLite. They are started when they are needed.

import { WorkerThread } from "../scheduling/worker-thread.js";

/** Enough that a few long queries hold nobody else up. */
const mostThreads = 4;
/** Milliseconds that a thread gets to close its databases, once nothing runs on it. */
const graceMs = 10_000;

export class SqliteThreads {
  readonly #free = new Set<WorkerThread>();
  readonly #all = new Set<WorkerThread>();

  /** All that were started and have not ended. */
  get all(): readonly WorkerThread[] {
    return [...this.#all].filter(thread => !thread.isGone);
  }

  /** A free one, `preferred` if that is free; undefined when all are taken. */
  take(preferred: WorkerThread | undefined): WorkerThread | undefined {
    if (preferred !== undefined && this.#free.delete(preferred) && !preferred.isGone) return preferred;
    for (const thread of this.#free) {
      this.#free.delete(thread);
      if (!thread.isGone) return thread;
      this.#all.delete(thread);
    }
    return this.all.length < mostThreads ? this.#start() : undefined;
  }

  /** The one with the fewest requests, for work that lets other work in between; a new one rather than a busy one. */
  share(): WorkerThread {
    const threads = this.all;
    const idlest = [...threads].sort((a, b) => a.waiting - b.waiting)[0];
    if (idlest !== undefined && (idlest.waiting === 0 || threads.length >= mostThreads)) return idlest;
    return this.#start();
  }

  give(thread: WorkerThread): void {
    if (thread.isGone) this.#all.delete(thread);
    else this.#free.add(thread);
  }

  async close(): Promise<void> {
    const farewell = { op: "close" };
    await Promise.all(
      this.all.map(async thread => {
        if (!(await thread.leave(farewell, graceMs))) await thread.terminate();
      }),
    );
    this.#all.clear();
    this.#free.clear();
  }

  #start(): WorkerThread {
    const thread = new WorkerThread(new URL("./worker.js", import.meta.url), "SQLite");
    this.#all.add(thread);
    return thread;
  }
}
