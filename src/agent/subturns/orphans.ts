// Results of sub-turns that nobody was there to read any more. They are kept until somebody fetches them.

import type { Orphan } from "./sub-turn.js";

export class Orphans {
  readonly #capacity: number;
  readonly #kept = new Map<string, Orphan>();
  #lost = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many had to go because nobody fetched them. */
  get lost(): number {
    return this.#lost;
  }

  add(orphan: Orphan): void {
    this.#kept.set(orphan.result.id, orphan);
    if (this.#kept.size <= this.#capacity) return;
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.delete(oldest)) this.#lost++;
  }

  /** Oldest first; of one session, or all. */
  list(sessionKey?: string): Orphan[] {
    const all = [...this.#kept.values()];
    return sessionKey === undefined ? all : all.filter(orphan => orphan.sessionKey === sessionKey);
  }

  /** Fetches one, by the id of its sub-turn: it is no longer kept. */
  take(id: string): Orphan | undefined {
    const orphan = this.#kept.get(id);
    this.#kept.delete(id);
    return orphan;
  }
}
