// File operations of several steps, written once for both forms: on the calling stack, and without holding the thread.

/** One operation of the file system in both forms. */
export interface Step {
  sync(): unknown;
  wait(): Promise<unknown>;
}

/** An operation of several steps. What a step threw is thrown at its `yield*`, so try and finally mean what they say. */
export type Steps<T> = Generator<Step, T, unknown>;

export function* step<T>(sync: () => T, wait: () => Promise<T>): Steps<T> {
  return (yield { sync, wait }) as T;
}

export function runSync<T>(steps: Steps<T>): T {
  let next = steps.next();
  while (!next.done) {
    let answer: unknown;
    try {
      answer = next.value.sync();
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
  return next.value;
}

export async function runWaiting<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (!next.done) {
    let answer: unknown;
    try {
      answer = await next.value.wait();
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(answer);
  }
  return next.value;
}
