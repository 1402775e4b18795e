// Operations on databases that somebody waits for: one after the other per database, and cut loose when the call that
// waits has ended.

import { type Slots, TurnQueue } from "./turn-queue.js";

export interface Operation<Slot, Result> {
  /** The database; its operations run in the order in which they came. */
  readonly owner: string;
  /** For messages, such as `sqlite.query_json`. */
  readonly name: string;
  run(slot: Slot): Promise<Result>;
  /** Nobody waits for the running operation any more. @param ended settles when it has ended */
  interrupt?(ended: Promise<unknown>): void;
}

export class Operations<Slot> {
  readonly #queue: TurnQueue<Slot>;
  /** What cuts an operation that waits or runs loose. */
  readonly #active = new Set<(reason: Error) => void>();
  #closed = false;

  constructor(slots: Slots<Slot>) {
    this.#queue = new TurnQueue(slots);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** @param signal aborts when the call that waits has ended */
  perform<Result>(operation: Operation<Slot, Result>, signal: AbortSignal): Promise<Result> {
    const { owner, name } = operation;
    return new Promise((resolve, reject) => {
      this.requireOpen(name);
      const ended = () => new Error(`${name}: the call has ended`);
      if (signal.aborted) throw ended();
      let running: Promise<Result> | undefined;
      let takeOut = () => false;
      const cancel = (reason: Error) => {
        if (takeOut()) leave();
        else if (running !== undefined) operation.interrupt?.(running);
        reject(reason);
      };
      const abort = () => cancel(ended());
      const leave = () => {
        this.#active.delete(cancel);
        signal.removeEventListener("abort", abort);
      };
      this.#active.add(cancel);
      signal.addEventListener("abort", abort, { once: true });
      // Runs at once where there is a slot.
      takeOut = this.#queue.add({
        owner,
        run: async slot => {
          try {
            running = operation.run(slot);
            resolve(await running);
          } catch (error) {
            reject(error);
          } finally {
            leave();
          }
        },
      });
    });
  }

  requireOpen(name: string): void {
    if (this.#closed) throw new Error(`${name}: the engine is closed`);
  }

  /** Forgets a database on which nothing waits or runs. */
  forget(owner: string): void {
    this.#queue.forget(owner);
  }

  /** Cuts every operation loose; new ones are refused. */
  close(): void {
    this.#closed = true;
    for (const cancel of [...this.#active]) cancel(new Error("the engine was closed"));
  }
}
