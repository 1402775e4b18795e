// What users say to a session while it works, or before it does: first in, first out, per session.

import { AgentError } from "../errors.js";
import type { UserMessage } from "../messages.js";

/** How many messages one look takes: the oldest, or all. */
export type SteeringMode = "one-at-a-time" | "all";

/** Messages that were pushed for no session: the next turn takes them. */
export const manualScope = "__manual__";

export class SteeringQueue {
  readonly #capacity: number;
  readonly #queues = new Map<string, UserMessage[]>();
  #mode: SteeringMode = "one-at-a-time";

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get mode(): SteeringMode {
    return this.#mode;
  }

  /** Can change at any time. Anything that is no mode means one at a time. */
  set mode(mode: string) {
    this.#mode = mode === "all" ? "all" : "one-at-a-time";
  }

  /**
   * @returns how many wait now
   * @throws AgentError `STEERING_FULL`
   */
  push(scope: string, message: UserMessage): number {
    const key = scopeOf(scope);
    const queue = this.#queues.get(key) ?? [];
    if (queue.length >= this.#capacity) {
      throw new AgentError(
        "STEERING_FULL",
        `steering queue is full: ${queue.length} messages wait for session ${JSON.stringify(key)}`,
      );
    }
    queue.push(message);
    this.#queues.set(key, queue);
    return queue.length;
  }

  /** Takes what the mode says; where the scope has nothing and `manual` is set, of the messages for no session. */
  poll(scope: string, manual = false): UserMessage[] {
    const own = this.#take(scopeOf(scope));
    return own.length > 0 || !manual ? own : this.#take(manualScope);
  }

  /** Puts messages back in front that a turn has taken and not heard. */
  giveBack(scope: string, messages: readonly UserMessage[]): void {
    if (messages.length === 0) return;
    const key = scopeOf(scope);
    this.#queues.set(key, [...messages, ...(this.#queues.get(key) ?? [])]);
  }

  count(scope: string): number {
    return this.#queues.get(scopeOf(scope))?.length ?? 0;
  }

  /** @returns how many were dropped */
  clear(scope: string): number {
    const count = this.count(scope);
    this.#queues.delete(scopeOf(scope));
    return count;
  }

  #take(key: string): UserMessage[] {
    const queue = this.#queues.get(key);
    if (queue === undefined) return [];
    const taken = queue.splice(0, this.#mode === "all" ? queue.length : 1);
    if (queue.length === 0) this.#queues.delete(key);
    return taken;
  }
}

function scopeOf(sessionKey: string): string {
  const key = sessionKey.trim();
  return key === "" ? manualScope : key;
}
