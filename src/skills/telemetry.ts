// Traces and metrics of an engine for hosts that have set up OpenTelemetry. For all others there is no object of this class.

import { randomUUID } from "node:crypto";
import type {
  Attributes,
  Counter,
  Histogram,
  Meter,
  ObservableResult,
  Span,
  Tracer,
} from "@opentelemetry/api";
import { type OpenTelemetry, openTelemetry, recordFailure } from "./open-telemetry.js";

/** What a span is about. Absent members belong to no skill: `runLua`, exec. */
export interface CallTarget {
  skillId?: string;
  /** Name of the entry in its manifest. */
  entry?: string;
  canonicalName?: string;
}

/** What the gauges of a pool show. */
export interface PoolGauges {
  idle: number;
  leased: number;
  /** Calls that wait for a VM. */
  waiting: number;
}

/** From 50 µs, a short call, to a minute. */
const durationBuckets = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  30, 60,
];

/**
 * One span per operation of the engine, named `<operation> <canonical name>`, and
 *
 * | instrument | kind, unit | attributes |
 * |---|---|---|
 * | `luaskills.calls` | counter | operation, entry.canonical_name, outcome (ok, error), error.type |
 * | `luaskills.call.duration` | histogram, s | the same |
 * | `luaskills.pool.vms` | gauge | engine.id, pool, state (idle, leased) |
 * | `luaskills.pool.waiting` | gauge | engine.id, pool |
 *
 * Attributes other than `error.type` begin with `luaskills.`; `error.type` is the code of the error.
 */
export class Telemetry {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;
  readonly #meter: Meter;
  readonly #calls: Counter;
  readonly #duration: Histogram;
  /** Keeps the gauges of engines in one process apart. */
  readonly #engineId = randomUUID();

  /** Undefined unless the process has registered a tracer or a meter provider. */
  static async detect(): Promise<Telemetry | undefined> {
    const api = await openTelemetry();
    return api && new Telemetry(api);
  }

  private constructor(api: OpenTelemetry) {
    this.#api = api;
    this.#tracer = api.trace.getTracer("luaskills");
    this.#meter = api.metrics.getMeter("luaskills");
    this.#calls = this.#meter.createCounter("luaskills.calls", {
      description: "Operations that have ended",
      unit: "{call}",
    });
    this.#duration = this.#meter.createHistogram("luaskills.call.duration", {
      description: "Wall clock of operations, waiting included",
      unit: "s",
      advice: { explicitBucketBoundaries: durationBuckets },
    });
  }

  /**
   * Runs an operation in a span of its own. What runs inside, host tools and nested calls among it, sees that span as its
   * parent.
   *
   * @param run its result comes back as it is; when that is a promise, the span ends with it
   */
  call<T>(operation: string, target: CallTarget, run: () => T): T {
    const { canonicalName } = target;
    const started = performance.now();
    const labels: Attributes = {
      "luaskills.operation": operation,
      ...(canonicalName === undefined ? {} : { "luaskills.entry.canonical_name": canonicalName }),
    };
    const span = this.#tracer.startSpan(
      canonicalName === undefined ? operation : `${operation} ${canonicalName}`,
      {
        attributes: { ...labels, ...owner(target) },
      },
    );
    const inside = this.#api.trace.setSpan(this.#api.context.active(), span);
    let result: T;
    try {
      result = this.#api.context.with(inside, run);
    } catch (error) {
      this.#end(span, labels, started, error);
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.#end(span, labels, started);
      return result;
    }
    return result.then(
      value => {
        this.#end(span, labels, started);
        return value;
      },
      error => {
        this.#end(span, labels, started, error);
        throw error;
      },
    ) as T;
  }

  /**
   * Shows a pool.
   *
   * @param read asked at each collection
   * @returns ends it
   */
  observePool(pool: string, read: () => PoolGauges): () => void {
    const vms = this.#meter.createObservableGauge("luaskills.pool.vms", {
      description: "VMs of the pool",
      unit: "{vm}",
    });
    const waiting = this.#meter.createObservableGauge("luaskills.pool.waiting", {
      description: "Calls that wait for a VM",
      unit: "{call}",
    });
    const name = { "luaskills.engine.id": this.#engineId, "luaskills.pool": pool };
    const observeVms = (result: ObservableResult) => {
      const { idle, leased } = read();
      result.observe(idle, { ...name, "luaskills.state": "idle" });
      result.observe(leased, { ...name, "luaskills.state": "leased" });
    };
    const observeWaiting = (result: ObservableResult) => result.observe(read().waiting, name);
    vms.addCallback(observeVms);
    waiting.addCallback(observeWaiting);
    return () => {
      vms.removeCallback(observeVms);
      waiting.removeCallback(observeWaiting);
    };
  }

  #end(span: Span, labels: Attributes, started: number, ...failure: [error?: unknown]): void {
    labels["luaskills.outcome"] = failure.length === 0 ? "ok" : "error";
    if (failure.length > 0) {
      const [error] = failure;
      labels["error.type"] = recordFailure(this.#api, span, error);
    }
    span.end();
    this.#calls.add(1, labels);
    this.#duration.record((performance.now() - started) / 1_000, labels);
  }
}

function owner({ skillId, entry }: CallTarget): Attributes {
  return {
    ...(skillId === undefined ? {} : { "luaskills.skill.id": skillId }),
    ...(entry === undefined ? {} : { "luaskills.entry.name": entry }),
  };
}
