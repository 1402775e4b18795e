// What the operating system refused, as the text a Lua caller sees.

import { withoutVerbatimPrefixes } from "../path-syntax.js";

/**
 * Rethrows what an operation threw as `fs.read: ENOENT: no such file or directory, open '/x'`.
 *
 * @param fn the function as Lua code calls it, for instance `fs.read`
 */
export function fail(fn: string, error: unknown): never {
  throw new Error(`${fn}: ${describeFailure(error)}`, { cause: error });
}

/** `operation()`; what it throws carries the name of the function. */
export function attempt<T>(fn: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    return fail(fn, error);
  }
}

/** As `attempt`, for an operation that may answer with a promise. */
export function attemptWaiting<T>(fn: string, operation: () => T | Promise<T>): T | Promise<T> {
  const answer = attempt(fn, operation);
  return answer instanceof Promise ? answer.catch(error => fail(fn, error)) : answer;
}

export function describeFailure(error: unknown): string {
  return withoutVerbatimPrefixes(error instanceof Error ? error.message : String(error));
}

/** There is nothing of that name: it does not exist, or what should be a folder on the way to it is none. */
export function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
