// Time as the agent sees it. Everything that waits or measures takes it from here, so that tests can own it.

/** A source of time. Milliseconds everywhere. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls once after `ms`, unless it is taken back before.
   *
   * @returns takes it back; does nothing afterwards
   */
  after(ms: number, callback: () => void): () => void;
}

/** The time of the machine. Its timers keep the process alive, as work in progress should. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Waits.
 *
 * @throws the reason of the signal, as soon as it aborts
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
