// Whose turn it is: one at a time per session, in order of arrival, and so many sessions at a time.

/** Work that has been handed in. */
export interface Ticket {
  /** Takes it back. @returns false when it has begun */
  cancel(): boolean;
}

interface Job {
  run(): Promise<void>;
  cancelled(): void;
}

export class Scheduler {
  readonly #maxParallel: number;
  /** Jobs that wait, by session; in the order in which sessions began to wait. */
  readonly #waiting = new Map<string, Job[]>();
  readonly #busy = new Map<string, Promise<void>>();

  constructor(maxParallel: number) {
    this.#maxParallel = maxParallel;
  }

  /** True if something waits for the session. */
  isWaiting(sessionKey: string): boolean {
    return this.#waiting.has(sessionKey);
  }

  /**
   * Hands work in. It may begin at once.
   *
   * @param run never rejects
   * @param cancelled called instead, when it is taken back
   */
  submit(sessionKey: string, run: () => Promise<void>, cancelled: () => void): Ticket {
    const job: Job = { run, cancelled };
    const queue = this.#waiting.get(sessionKey);
    if (queue === undefined) this.#waiting.set(sessionKey, [job]);
    else queue.push(job);
    this.#pump();
    return { cancel: () => this.#cancel(sessionKey, job) };
  }

  /** Takes back what would begin next in the session. @returns false when nothing waits */
  cancelNext(sessionKey: string): boolean {
    const [next] = this.#waiting.get(sessionKey) ?? [];
    return next !== undefined && this.#cancel(sessionKey, next);
  }

  /** Takes back everything that waits, and resolves when everything that runs has ended. */
  async drain(): Promise<void> {
    for (const [sessionKey, queue] of this.#waiting) {
      for (const job of [...queue]) this.#cancel(sessionKey, job);
    }
    while (this.#busy.size > 0) await Promise.all(this.#busy.values());
  }

  #cancel(sessionKey: string, job: Job): boolean {
    const queue = this.#waiting.get(sessionKey);
    const at = queue?.indexOf(job) ?? -1;
    if (queue === undefined || at < 0) return false;
    queue.splice(at, 1);
    if (queue.length === 0) this.#waiting.delete(sessionKey);
    job.cancelled();
    return true;
  }

  #pump(): void {
    for (const [sessionKey, queue] of this.#waiting) {
      if (this.#busy.size >= this.#maxParallel) return;
      if (this.#busy.has(sessionKey)) continue;
      const job = queue.shift();
      // Behind the others, so that a session that always has something to do starves nobody.
      this.#waiting.delete(sessionKey);
      if (queue.length > 0) this.#waiting.set(sessionKey, queue);
      if (job !== undefined) this.#begin(sessionKey, job);
    }
  }

  #begin(sessionKey: string, job: Job): void {
    const work = job.run().finally(() => {
      this.#busy.delete(sessionKey);
      this.#pump();
    });
    this.#busy.set(sessionKey, work);
  }
}
