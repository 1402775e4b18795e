// The state of the engine, once a second: what the charts of the page show.

import type { SkillEngine } from "../index.js";
import { Ring } from "./ring.js";
import type { Sample } from "./wire.js";

const intervalMs = 1_000;
/** Three minutes. */
const keptSamples = 180;

export class Sampler {
  readonly #engine: SkillEngine;
  readonly #samples = new Ring<Sample>(keptSamples);
  readonly #timer: NodeJS.Timeout;

  constructor(engine: SkillEngine, send: (sample: Sample) => void) {
    this.#engine = engine;
    this.#samples.push(this.#take());
    this.#timer = setInterval(() => {
      const sample = this.#take();
      this.#samples.push(sample);
      send(sample);
    }, intervalMs);
    this.#timer.unref();
  }

  samples(): Sample[] {
    return this.#samples.items();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #take(): Sample {
    const { pool, calls } = this.#engine.stats();
    const { idle, leased, waiting } = pool;
    return {
      at: Date.now(),
      idle,
      leased,
      waiting,
      running: calls.running,
      memory: process.memoryUsage.rss(),
    };
  }
}
