// Host functions that work on files: arguments first, then the operation in the form that the caller can take.

import type { GroupMember } from "../vm/host-support.js";
import { attempt, attemptWaiting } from "./fs/failure.js";
import { runSync, runWaiting, type Steps } from "./fs/steps.js";

/** What is to be done, on the calling stack or without holding the thread. */
export interface Operation {
  sync(): unknown;
  /** May answer with a promise. */
  wait(): unknown;
}

/**
 * @param fn the function as Lua code calls it
 * @param prepare checks the arguments, whose errors speak for themselves; what the operation then throws is the system's, and
 *   gets the name of the function
 */
export function operation(fn: string, prepare: (...args: unknown[]) => Operation): GroupMember {
  const { sync, wait } = namedOperation((_, ...args) => prepare(...args));
  return {
    sync: (...args: unknown[]) => sync(fn, ...args),
    wait: (...args: unknown[]) => wait(fn, ...args),
  };
}

/** As `operation`, for private functions of Lua halves that are called on behalf of several: the first argument is the name. */
export function namedOperation(prepare: (fn: string, ...args: unknown[]) => Operation) {
  return {
    sync: (fn: unknown, ...args: unknown[]) => {
      const prepared = prepare(String(fn), ...args);
      return attempt(String(fn), () => prepared.sync());
    },
    wait: (fn: unknown, ...args: unknown[]) => {
      const prepared = prepare(String(fn), ...args);
      return attemptWaiting(String(fn), () => prepared.wait());
    },
  };
}

export function immediate(run: () => unknown): Operation {
  return { sync: run, wait: run };
}

/** @param waits whether it may take long */
export function stepwise<T>(start: () => Steps<T>, waits: boolean): Operation {
  const sync = () => runSync(start());
  return { sync, wait: waits ? () => runWaiting(start()) : sync };
}

/** `map` of what an operation answers. */
export function mapped<T, R>(answer: T | Promise<T>, map: (value: T) => R): R | Promise<R> {
  return answer instanceof Promise ? answer.then(map) : map(answer);
}
