// A clock that stands still until a test moves it.

import type { Clock } from "#dist/agent/clock.js";

interface Timer {
  at: number;
  ms: number;
  callback(): void;
}

export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #watchers = new Set<() => void>();
  #now: number;

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, ms, callback };
    this.#timers.add(timer);
    for (const watcher of [...this.#watchers]) watcher();
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Delays of the timers that run, as they were set, shortest first. */
  get pending(): number[] {
    return [...this.#timers].map(timer => timer.ms).sort((a, b) => a - b);
  }

  /** As soon as somebody waits for exactly this long. */
  scheduled(ms: number): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        if (!this.pending.includes(ms)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Goes on, timer by timer. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(timer => timer.at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.at;
      next.callback();
    }
    this.#now = end;
  }
}
