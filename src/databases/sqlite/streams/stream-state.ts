// How far a stream is, in memory that every thread of the process sees: one thread produces, any thread reads or waits,
// on its stack or not.

declare global {
  interface Atomics {
    /** Part of ES2024; every Node that we support has it. */
    waitAsync(
      array: Int32Array,
      index: number,
      value: number,
      timeoutMs?: number,
    ):
      | { async: false; value: "not-equal" | "timed-out" }
      | { async: true; value: Promise<"ok" | "timed-out"> };
  }
}

// Words of 32 bits.
const phaseWord = 0;
/** Changes with whatever else does; what waiters sleep on. */
const changeWord = 1;
const cancelWord = 2;
const messageLengthWord = 3;
// Words of 64 bits behind them.
const bytesWord = 2;
const rowsWord = 3;
const messageStart = 32;
const messageLimit = 4096;

const Phase = { Running: 0, Complete: 1, Failed: 2 } as const;

/**
 * The producer writes bytes to the file first, then counts them here, then wakes who waits; it sets the phase last. So what
 * is counted can be read, and who sees the end sees the final counts.
 */
export class StreamState {
  /** To hand to the constructor on another thread. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #counts: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(messageStart + messageLimit)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, messageStart / Int32Array.BYTES_PER_ELEMENT);
    this.#counts = new BigInt64Array(memory, 0, messageStart / BigInt64Array.BYTES_PER_ELEMENT);
  }

  /** True once nothing will be added. */
  get isOver(): boolean {
    return Atomics.load(this.#words, phaseWord) !== Phase.Running;
  }

  /** Why the query failed; undefined while it runs and after success. */
  get failure(): string | undefined {
    if (Atomics.load(this.#words, phaseWord) !== Phase.Failed) return undefined;
    const length = Atomics.load(this.#words, messageLengthWord);
    return Buffer.from(new Uint8Array(this.memory, messageStart, length)).toString();
  }

  /** Bytes of the stream that are in the file. */
  get bytes(): number {
    return Number(Atomics.load(this.#counts, bytesWord));
  }

  /** Rows in them. */
  get rows(): number {
    return Number(Atomics.load(this.#counts, rowsWord));
  }

  /** Nobody wants the rest: the producer looks at this between two batches. */
  get isCancelled(): boolean {
    return Atomics.load(this.#words, cancelWord) !== 0;
  }

  cancel(): void {
    Atomics.store(this.#words, cancelWord, 1);
  }

  /** Producer: so much is in the file now. */
  publish(bytes: number, rows: number): void {
    Atomics.store(this.#counts, bytesWord, BigInt(bytes));
    Atomics.store(this.#counts, rowsWord, BigInt(rows));
    this.#wake();
  }

  complete(): void {
    this.#end(Phase.Complete);
  }

  /** Without effect once the stream is over. */
  fail(message: string): void {
    if (this.isOver) return;
    // encodeInto() never writes half a character.
    const room = new Uint8Array(messageLimit);
    const { written } = new TextEncoder().encodeInto(message, room);
    new Uint8Array(this.memory, messageStart).set(room.subarray(0, written));
    Atomics.store(this.#words, messageLengthWord, written);
    this.#end(Phase.Failed);
  }

  /** @returns resolves when `ready()` is true; rejects with the reason of the signal */
  async wait(ready: () => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const before = Atomics.load(this.#words, changeWord);
      if (ready()) return;
      const change = Atomics.waitAsync(this.#words, changeWord, before);
      if (change.async) await orAborted(change.value, signal);
    }
  }

  /** `wait` on the calling stack. @throws when the time has passed */
  waitSync(ready: () => boolean, timeoutMs: number): void {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const before = Atomics.load(this.#words, changeWord);
      if (ready()) return;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error("the time for this call is over");
      Atomics.wait(this.#words, changeWord, before, left);
    }
  }

  #end(phase: number): void {
    Atomics.store(this.#words, phaseWord, phase);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#words, changeWord, 1);
    Atomics.notify(this.#words, changeWord);
  }
}

/** Waits for the promise, but not longer than for the signal. */
function orAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}
