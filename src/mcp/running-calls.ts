// The calls that are under way: each ends with its client, and all of them with the server.

import { settlesWithin } from "../skills/settles-within.js";

export class RunningCalls {
  readonly #running = new Set<AbortController>();
  readonly #idle: (() => void)[] = [];

  /** Runs a call. @param ends each of these ends it */
  async run<T>(ends: readonly AbortSignal[], call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    for (const signal of ends) {
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort);
    }
    this.#running.add(controller);
    try {
      return await call(controller.signal);
    } finally {
      for (const signal of ends) signal.removeEventListener("abort", abort);
      this.#running.delete(controller);
      if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Ends them all; resolves when they have ended, or after so many milliseconds: a native library cannot be ended. */
  async abort(milliseconds: number): Promise<void> {
    for (const controller of this.#running) controller.abort();
    await this.drain(milliseconds);
  }

  /** Resolves when none is left, or after so many milliseconds. */
  async drain(milliseconds: number): Promise<void> {
    await settlesWithin(this.#untilIdle(), milliseconds);
  }

  #untilIdle(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise(resolve => this.#idle.push(resolve));
  }
}
