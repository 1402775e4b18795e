// One subscriber of the bus: a queue of its own, so that a slow one delays nobody but itself.

import type { Clock } from "../clock.js";
import type { AgentEvent, AgentEventKind } from "./event.js";

/** What happens to an event when the queue of a subscriber is full. `block` makes `publish` wait. */
export type BackPressure = "drop_newest" | "drop_oldest" | "block";

export interface SubscribeOptions {
  /** For counters and messages. Default `subscriber-<n>`. */
  name?: string;
  /** Kinds, see `kindsOf`. Default all. */
  kinds?: string | readonly string[];
  /** Further condition. */
  where?(event: AgentEvent): boolean;
  /** Events that may wait. Default 16. */
  buffer?: number;
  /** Default `drop_newest`. */
  backPressure?: BackPressure;
  /** Higher hears an event first. Default 0. */
  priority?: number;
  /** `sequential` (default): one event at a time, in order. `concurrent`: as they come. */
  concurrency?: "sequential" | "concurrent";
  /** After this many milliseconds a handler is not waited for any longer; its signal aborts. Default: no limit. */
  timeoutMs?: number;
  /** Hears one event, then the subscription is closed. */
  once?: boolean;
}

export type EventHandler = (event: AgentEvent, signal: AbortSignal) => void | Promise<void>;

export interface SubscriberStats {
  name: string;
  /** Taken into the queue. */
  received: number;
  handled: number;
  /** Handlers that threw or rejected. */
  failed: number;
  timedOut: number;
  /** For want of room. */
  dropped: number;
  queued: number;
}

/** What the bus does for its subscribers. */
export interface SubscriptionHost {
  readonly clock: Clock;
  /** The queue has room again after it had dropped `count` events. */
  caughtUp(name: string, count: number): void;
  closed(subscription: Subscription): void;
}

export class Subscription {
  readonly name: string;
  readonly priority: number;
  readonly kinds: ReadonlySet<AgentEventKind>;
  readonly #host: SubscriptionHost;
  readonly #handler: EventHandler;
  readonly #options: Omit<SubscribeOptions, "kinds">;
  readonly #buffer: number;
  readonly #queue: AgentEvent[] = [];
  /** Publishers that wait for room, and those that wait for the end of all work. */
  #roomWaiters: (() => void)[] = [];
  #idleWaiters: (() => void)[] = [];
  #running = 0;
  #closed = false;
  #droppedSinceRoom = 0;
  readonly #counts = { received: 0, handled: 0, failed: 0, timedOut: 0, dropped: 0 };

  constructor(
    host: SubscriptionHost,
    handler: EventHandler,
    options: Omit<SubscribeOptions, "kinds"> & { name: string; kinds: ReadonlySet<AgentEventKind> },
  ) {
    this.#host = host;
    this.#handler = handler;
    this.#options = options;
    this.#buffer = options.buffer ?? 16;
    this.name = options.name;
    this.priority = options.priority ?? 0;
    this.kinds = options.kinds;
  }

  get closed(): boolean {
    return this.#closed;
  }

  wants(event: AgentEvent): boolean {
    return !this.#closed && this.kinds.has(event.kind) && (this.#options.where?.(event) ?? true);
  }

  /** Takes the event, or drops one. Never waits. */
  offer(event: AgentEvent): "delivered" | "dropped" {
    if (this.#isFull()) {
      this.#counts.dropped++;
      this.#droppedSinceRoom++;
      if (this.#options.backPressure !== "drop_oldest") return "dropped";
      this.#queue.shift();
    }
    this.#take(event);
    return "delivered";
  }

  /** Takes the event, waiting for room where the subscriber wants that. "closed": the wait ended with the subscription. */
  async deliver(event: AgentEvent): Promise<"delivered" | "dropped" | "closed"> {
    if (this.#options.backPressure !== "block") return this.offer(event);
    while (this.#isFull()) {
      await new Promise<void>(resolve => this.#roomWaiters.push(resolve));
      if (this.#closed) return "closed";
    }
    this.#take(event);
    return "delivered";
  }

  /** Whether `deliver` would wait. */
  get blocks(): boolean {
    return this.#options.backPressure === "block" && this.#isFull();
  }

  /** Resolves when everything that was taken has been handled. */
  flush(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise(resolve => this.#idleWaiters.push(resolve));
  }

  stats(): SubscriberStats {
    return { name: this.name, ...this.#counts, queued: this.#queue.length };
  }

  /** What waits in the queue is dropped; publishers that wait go on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#counts.dropped += this.#queue.length;
    this.#queue.length = 0;
    this.#wake();
    this.#host.closed(this);
  }

  #isFull(): boolean {
    return this.#queue.length >= this.#buffer;
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && this.#running === 0;
  }

  #take(event: AgentEvent): void {
    this.#counts.received++;
    this.#queue.push(event);
    // Not at once: the publisher goes on first, and a handler that publishes does not nest.
    if (this.#running === 0 || this.#options.concurrency === "concurrent") queueMicrotask(() => this.#next());
  }

  #next(): void {
    if (this.#running > 0 && this.#options.concurrency !== "concurrent") return;
    const event = this.#queue.shift();
    if (event === undefined) return;
    this.#running++;
    if (this.#options.once) this.close();
    void this.#handle(event).then(() => {
      this.#running--;
      this.#wake();
      if (this.#queue.length > 0) this.#next();
    });
    this.#roomWaiters.shift()?.();
  }

  async #handle(event: AgentEvent): Promise<void> {
    const controller = new AbortController();
    const { timeoutMs } = this.#options;
    let cancel = () => {};
    try {
      const work = this.#handler(event, controller.signal);
      if (!(work instanceof Promise)) {
        this.#counts.handled++;
        return;
      }
      if (timeoutMs === undefined) {
        await work;
        this.#counts.handled++;
        return;
      }
      const late = new Promise<"late">(resolve => {
        cancel = this.#host.clock.after(timeoutMs, () => resolve("late"));
      });
      // What a handler does after its time is nobody's business, its rejection included.
      const outcome = await Promise.race([work.then(() => "done" as const), late]);
      if (outcome === "late") {
        this.#counts.timedOut++;
        controller.abort(new Error(`the handler took longer than ${timeoutMs} ms`));
      } else {
        this.#counts.handled++;
      }
    } catch {
      this.#counts.failed++;
    } finally {
      cancel();
    }
  }

  #wake(): void {
    if (this.#closed) {
      for (const resolve of this.#roomWaiters.splice(0)) resolve();
    }
    if (this.#droppedSinceRoom > 0 && !this.#isFull()) {
      const count = this.#droppedSinceRoom;
      this.#droppedSinceRoom = 0;
      if (!this.#closed) this.#host.caughtUp(this.name, count);
    }
    if (this.#isIdle()) {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
  }
}
