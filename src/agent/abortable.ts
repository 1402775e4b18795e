// Waiting that ends with a signal, whatever the other side does.

/**
 * Waits for work, or for the signal. Work that goes on after the signal is not waited for; what it ends with is dropped.
 *
 * @throws the reason of the signal; what the work throws
 */
export function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** True for promises of every kind. */
export function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === "function";
}
