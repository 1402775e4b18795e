// The outside of a loop, in which a seed decides what happens next: models, tools, hooks and stores wait here until it is
// their turn.

import { ManualClock } from "../manual-clock.js";
import { Random } from "./random.js";

export class World {
  readonly random: Random;
  readonly clock = new ManualClock();
  /** True: everybody does the plain thing from now on, so that everything comes to an end. */
  calm = false;
  #waiting: (() => void)[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** Waits until it is chosen. */
  pause(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  /** Sometimes waits. */
  async perhapsPause(): Promise<void> {
    while (this.random.chance(0.4)) await this.pause();
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets one of those that wait go on. */
  wakeOne(): void {
    const at = this.random.below(this.#waiting.length);
    const [resolve] = this.#waiting.splice(at, 1);
    resolve?.();
  }

  /** Something that seldom happens, and never in calm. */
  trouble(probability: number): boolean {
    return !this.calm && this.random.chance(probability);
  }
}

/** Lets everything run that can run now. */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}
