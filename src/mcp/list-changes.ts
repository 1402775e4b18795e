// Tells clients that the lists of tools and resources have changed, once for changes that come close together.

import type { SkillEngine } from "../skills/engine.js";

/** Milliseconds without a further change: an installation of several skills is one change to clients. */
const quietMs = 100;

export class ListChanges {
  readonly #tell: () => void;
  readonly #unsubscribe: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: SkillEngine, tell: () => void) {
    this.#tell = tell;
    this.#unsubscribe = engine.on("registry", () => this.#changed());
  }

  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#timer);
  }

  #changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#tell, quietMs);
    this.#timer.unref();
  }
}
