// How many sub-turns of one parent run at a time.

import type { Clock } from "../clock.js";
import { AgentError } from "../errors.js";

interface Waiter {
  grant(): void;
}

export class Slots {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #waiters: Waiter[] = [];
  #taken = 0;

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /**
   * Waits for a slot, in order of arrival.
   *
   * @returns gives it back; does nothing afterwards
   * @throws the reason of the signal; AgentError `SUBTURN_SLOT`
   */
  async acquire(timeoutMs: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < this.#capacity) this.#taken++;
    else await this.#wait(timeoutMs, signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      // Handed over: what waits next has it before anybody else can come.
      const next = this.#waiters.shift();
      if (next === undefined) this.#taken--;
      else next.grant();
    };
  }

  #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        cancel();
        signal.removeEventListener("abort", onAbort);
      };
      const leave = () => {
        settle();
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
      };
      const waiter: Waiter = {
        grant() {
          settle();
          resolve();
        },
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const cancel = this.#clock.after(timeoutMs, () => {
        leave();
        reject(
          new AgentError(
            "SUBTURN_SLOT",
            `timeout waiting for concurrency slot: all ${this.#capacity} slots occupied for ${timeoutMs / 1_000}s`,
          ),
        );
      });
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }
}
