// The bus of one loop: who publishes never knows who listens.

import type { Clock } from "../clock.js";
import { AgentError } from "../errors.js";
import type { AgentEvent, AgentEventKind } from "./event.js";
import { kindsOf } from "./filter.js";
import {
  type EventHandler,
  type SubscribeOptions,
  type SubscriberStats,
  Subscription,
  type SubscriptionHost,
} from "./subscription.js";

/** What became of one event. */
export interface PublishReport {
  matched: number;
  delivered: number;
  dropped: number;
  /** Subscribers that `publish` waited for. */
  blocked: number;
}

export interface BusStats extends PublishReport {
  published: number;
  subscribers: SubscriberStats[];
}

/** Hears events in the moment in which they are published. */
type Listener = { kinds: ReadonlySet<AgentEventKind>; hear(event: AgentEvent): void };

export interface BusReports {
  /** A queue that had dropped events has room again. */
  dropped(subscriber: string, count: number): void;
}

export class EventBus {
  readonly #host: SubscriptionHost;
  #subscriptions: Subscription[] = [];
  readonly #listeners = new Set<Listener>();
  /** How many want each kind, so that what nobody hears is never made. */
  readonly #wanted = new Map<AgentEventKind, number>();
  readonly #counts = { published: 0, matched: 0, delivered: 0, dropped: 0, blocked: 0 };
  #named = 0;
  #listenerFailures = 0;
  #closed = false;

  constructor(clock: Clock, reports: BusReports) {
    this.#host = {
      clock,
      caughtUp: (name, count) => reports.dropped(name, count),
      closed: subscription => this.#remove(subscription),
    };
  }

  /** True if somebody hears events of this kind. */
  wants(kind: AgentEventKind): boolean {
    return (this.#wanted.get(kind) ?? 0) > 0;
  }

  /**
   * Adds a listener that is called before the publisher goes on. What it throws is counted, and disturbs nobody.
   *
   * @returns removes it
   * @throws TypeError for kinds that do not exist
   */
  on(kinds: string | readonly string[], hear: (event: AgentEvent) => void): () => void {
    if (typeof hear !== "function")
      throw new TypeError(`events: listener must be a function, got ${typeof hear}`);
    this.#requireOpen();
    const listener: Listener = { kinds: kindsOf(kinds), hear };
    this.#listeners.add(listener);
    this.#count(listener.kinds, 1);
    return () => {
      if (this.#listeners.delete(listener)) this.#count(listener.kinds, -1);
    };
  }

  /**
   * Adds a subscriber with a queue of its own.
   *
   * @throws TypeError | RangeError for options that are no proper ones; AgentError `AGENT_CLOSED`
   */
  subscribe(handler: EventHandler, options: SubscribeOptions = {}): Subscription {
    if (typeof handler !== "function") {
      throw new TypeError(`events: handler must be a function, got ${typeof handler}`);
    }
    const { buffer = 16 } = options;
    if (!Number.isInteger(buffer) || buffer < 1) {
      throw new RangeError(`events: buffer must be a positive integer, got ${buffer}`);
    }
    this.#requireOpen();
    const name = options.name ?? `subscriber-${++this.#named}`;
    const kinds = kindsOf(options.kinds ?? "*");
    const subscription = new Subscription(this.#host, handler, { ...options, name, kinds });
    this.#count(kinds, 1);
    // Sorting is stable: among equals, who came first hears first.
    this.#subscriptions = [...this.#subscriptions, subscription].sort((a, b) => b.priority - a.priority);
    return subscription;
  }

  /** Tells everybody and never waits: a full queue drops, also one that would rather block. */
  emit(event: AgentEvent): PublishReport {
    const report = this.#begin();
    for (const subscription of this.#subscriptions) {
      if (subscription.wants(event)) this.#account(report, subscription.offer(event));
    }
    this.#tellListeners(event, report);
    return this.#end(report);
  }

  /** Tells everybody, and waits for room in queues that block. */
  async publish(event: AgentEvent): Promise<PublishReport> {
    const report = this.#begin();
    this.#tellListeners(event, report);
    for (const subscription of this.#subscriptions) {
      if (!subscription.wants(event)) continue;
      if (subscription.blocks) report.blocked++;
      this.#account(report, await subscription.deliver(event));
    }
    return this.#end(report);
  }

  /** Resolves when every queue is empty and every handler has ended. */
  async flush(): Promise<void> {
    await Promise.all(this.#subscriptions.map(subscription => subscription.flush()));
  }

  stats(): BusStats {
    return { ...this.#counts, subscribers: this.#subscriptions.map(subscription => subscription.stats()) };
  }

  /** Ends all subscriptions; publishers that wait go on. */
  close(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.close();
    this.#listeners.clear();
    this.#wanted.clear();
  }

  /** Listeners that threw. */
  get listenerFailures(): number {
    return this.#listenerFailures;
  }

  #begin(): PublishReport {
    this.#counts.published++;
    return { matched: 0, delivered: 0, dropped: 0, blocked: 0 };
  }

  #end(report: PublishReport): PublishReport {
    this.#counts.matched += report.matched;
    this.#counts.delivered += report.delivered;
    this.#counts.dropped += report.dropped;
    this.#counts.blocked += report.blocked;
    return report;
  }

  #account(report: PublishReport, outcome: "delivered" | "dropped" | "closed"): void {
    report.matched++;
    if (outcome === "delivered") report.delivered++;
    if (outcome === "dropped") report.dropped++;
  }

  #tellListeners(event: AgentEvent, report: PublishReport): void {
    for (const listener of this.#listeners) {
      if (!listener.kinds.has(event.kind)) continue;
      report.matched++;
      report.delivered++;
      try {
        const outcome: unknown = listener.hear(event);
        if (outcome instanceof Promise) outcome.catch(() => this.#listenerFailures++);
      } catch {
        this.#listenerFailures++;
      }
    }
  }

  #requireOpen(): void {
    if (this.#closed)
      throw new AgentError("AGENT_CLOSED", "events: the loop was closed; nothing happens any more");
  }

  #count(kinds: ReadonlySet<AgentEventKind>, by: number): void {
    for (const kind of kinds) this.#wanted.set(kind, (this.#wanted.get(kind) ?? 0) + by);
  }

  #remove(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter(other => other !== subscription);
    this.#count(subscription.kinds, -1);
  }
}
