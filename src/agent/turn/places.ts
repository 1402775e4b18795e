// Where the user of each session was last, for turns that start without one: follow-ups and late steering.

import type { RunInput } from "../input.js";

export type Place = Omit<RunInput, "sessionKey" | "text" | "media">;

/** Sessions beyond this are forgotten, the longest unused first: they are those of the main agent, in no place. */
const remembered = 10_000;

export class Places {
  readonly #places = new Map<string, Place>();

  remember(sessionKey: string, place: Place): void {
    this.#places.delete(sessionKey);
    if (Object.keys(place).length === 0) return;
    this.#places.set(sessionKey, place);
    if (this.#places.size <= remembered) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#places.delete(oldest);
  }

  of(sessionKey: string): Place {
    return { ...this.#places.get(sessionKey) };
  }
}
