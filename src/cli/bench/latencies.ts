// Durations of calls, and what they come to.

export interface Bucket {
  /** Microseconds, included. */
  from: number;
  /** Microseconds, excluded. */
  to: number;
  calls: number;
}

export interface LatencySummary {
  /** Microseconds. */
  latencyUs: { min: number; mean: number; p50: number; p90: number; p99: number; max: number };
  /** Without gaps, in steps of 1, 2, 5, 10, … */
  histogram: Bucket[];
}

/** 32 MiB of durations; a run that fills them ends early. */
const capacity = 4 << 20;

export class Latencies {
  #durations = new Float64Array(1 << 12);
  #size = 0;
  #sum = 0;

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size === capacity;
  }

  /** Milliseconds of all durations together. */
  get sum(): number {
    return this.#sum;
  }

  /** @param duration milliseconds */
  add(duration: number): void {
    if (this.#size === this.#durations.length) {
      const larger = new Float64Array(this.#size * 2);
      larger.set(this.#durations);
      this.#durations = larger;
    }
    this.#durations[this.#size] = duration;
    this.#size += 1;
    this.#sum += duration;
  }

  /** Of at least one duration. */
  summarize(): LatencySummary {
    const sorted = this.#durations.slice(0, this.#size).sort();
    const at = (share: number) => microseconds(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
    const [min, max] = [microseconds(sorted[0] ?? 0), at(1)];
    return {
      latencyUs: {
        min,
        mean: microseconds(this.#sum / this.#size),
        p50: at(0.5),
        p90: at(0.9),
        p99: at(0.99),
        max,
      },
      histogram: histogramOf(sorted),
    };
  }
}

/** Three decimals: clocks do not tell more. */
function microseconds(duration: number): number {
  return Math.round(duration * 1e6) / 1e3;
}

function histogramOf(sorted: Float64Array): Bucket[] {
  const buckets: Bucket[] = [];
  for (const duration of sorted) {
    const value = duration * 1e3;
    let last = buckets.at(-1);
    while (last === undefined || value >= last.to) {
      const from = last === undefined ? stepBelow(value) : last.to;
      last = { from, to: nextStep(from), calls: 0 };
      buckets.push(last);
    }
    last.calls += 1;
  }
  return buckets;
}

/** The largest of 1, 2, 5 × 10ⁿ that is not above the value; from 0.1 on. */
function stepBelow(value: number): number {
  let step = 0.1;
  for (let next = nextStep(step); next <= value; next = nextStep(step)) step = next;
  return value < step ? 0 : step;
}

function nextStep(step: number): number {
  if (step === 0) return 0.1;
  const power = 10 ** Math.floor(Math.log10(step) + 1e-9);
  const factor = Math.round(step / power);
  const next = (factor === 1 ? 2 : factor === 2 ? 5 : 10) * power;
  return Number(next.toPrecision(1));
}
