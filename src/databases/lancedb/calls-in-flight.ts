// Calls into the library that have not returned. LanceDB frees what its calls work on when the JavaScript thread that made
// them ends, whether they have returned or not, and then the whole process dies (seen with 0.37 under Node 20 to 24). So a
// thread that runs LanceDB must not end before its calls have, and a process that exits has to wait for them.

const running = 0;
const stopped = 1;

/** Memory of a `CallsInFlight` that several threads share. */
export type CallCounter = SharedArrayBuffer;

export function newCallCounter(): CallCounter {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
}

export class CallsInFlight {
  readonly #state: Int32Array;

  constructor(counter: CallCounter = newCallCounter()) {
    this.#state = new Int32Array(counter);
  }

  /** @param call starts the call. Rejects without starting it once `stopCalls` was used */
  async run<T>(call: () => Promise<T>): Promise<T> {
    Atomics.add(this.#state, running, 1);
    try {
      if (Atomics.load(this.#state, stopped) !== 0) throw new Error("the process is about to end");
      return await call();
    } finally {
      Atomics.sub(this.#state, running, 1);
      Atomics.notify(this.#state, running);
    }
  }
}

/**
 * Lets no new call start, and holds this thread until those that run have returned: for handlers of the event `exit`, after
 * which Node ends the other threads wherever they are.
 *
 * @returns false if some still run after `timeoutMs`
 */
export function stopCalls(counter: CallCounter, timeoutMs: number): boolean {
  const state = new Int32Array(counter);
  Atomics.store(state, stopped, 1);
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const count = Atomics.load(state, running);
    if (count === 0) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    Atomics.wait(state, running, count, left);
  }
}
