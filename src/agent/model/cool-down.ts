// Which models have failed lately and are left alone for a while, so that a fallback answers at once.

import type { ModelErrorKind } from "../model-port.js";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** After the first, second … failure in a row. */
const pausesMs = [1, 5, 25, 60].map(minutes => minutes * minuteMs);
const billingPauseMs = 5 * hourMs;
const longestBillingPauseMs = 24 * hourMs;

interface Record {
  failures: number;
  until: number;
  kind: ModelErrorKind;
}

export class CoolDown {
  readonly #records = new Map<string, Record>();

  fail(id: string, kind: ModelErrorKind, retryAfterMs: number | undefined, now: number): void {
    const failures = (this.#records.get(id)?.failures ?? 0) + 1;
    const pause =
      kind === "billing"
        ? Math.min(billingPauseMs * 2 ** (failures - 1), longestBillingPauseMs)
        : (pausesMs[Math.min(failures, pausesMs.length) - 1] as number);
    this.#records.set(id, { failures, kind, until: now + Math.max(pause, retryAfterMs ?? 0) });
  }

  succeed(id: string): void {
    this.#records.delete(id);
  }

  isCooling(id: string, now: number): boolean {
    return (this.#records.get(id)?.until ?? 0) > now;
  }

  /** What it failed of last; undefined when it did not. */
  lastKind(id: string): ModelErrorKind | undefined {
    return this.#records.get(id)?.kind;
  }
}
