// Hooks that listen: each has a queue of its own, so that a slow one loses its own events and nobody else's.

import type { EventBus } from "../events/bus.js";
import type { Subscription } from "../events/subscription.js";
import type { Hook } from "./hook.js";

const buffer = 64;
const defaultObserverMs = 500;

export class Observers {
  readonly #bus: EventBus;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(bus: EventBus) {
    this.#bus = bus;
  }

  /** @throws TypeError for kinds that do not exist */
  add(hook: Hook): void {
    this.remove(hook.name);
    if (hook.onEvent === undefined) return;
    const subscription = this.#bus.subscribe(
      (event, signal) => hook.onEvent?.(structuredClone(event), { signal }),
      {
        name: hook.name,
        buffer,
        timeoutMs: hook.timeouts?.observerMs ?? defaultObserverMs,
        ...(hook.events === undefined ? {} : { kinds: hook.events }),
      },
    );
    this.#subscriptions.set(hook.name, subscription);
  }

  remove(name: string): void {
    this.#subscriptions.get(name)?.close();
    this.#subscriptions.delete(name);
  }
}
