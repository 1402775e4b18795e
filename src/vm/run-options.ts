import type { NativeRunOptions } from "./binding.js";

/** How one call may run. */
export interface RunOptions {
  /** Wall clock, waiting included; then LUA_TIMEOUT. Milliseconds, may be fractional. */
  timeoutMs?: number | undefined;
  /** Ends the run with LUA_ABORTED. Under `*Sync` only a signal that is already aborted, or aborted by a host function, counts. */
  signal?: AbortSignal | undefined;
  /** `false`: interpreter only, for this run. */
  jit?: boolean | undefined;
  /** Bytecode instructions until LUA_INSTRUCTIONS. By nature runs the interpreter. */
  instructionLimit?: number | undefined;
  /** Calls `onTick` every so many instructions; `"abort"` ends the run. By nature runs the interpreter. */
  instructionHook?: { every: number; onTick: () => void | "abort" } | undefined;
  /** Where an asynchronous call starts. `"auto"`: inline, but on a lane when the same function overran below a C function before. */
  start?: "inline" | "lane" | "auto" | undefined;
}

const STARTS = ["inline", "lane", "auto"];
// setTimeout's own limit; longer is as good as none.
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Checks options and keeps what the addon reads. Undefined when there is nothing to say.
 *
 * @throws TypeError | RangeError naming the member
 */
export function nativeOptions(where: string, options: RunOptions | undefined): NativeRunOptions | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${where}: options must be an object, got ${options === null ? "null" : typeof options}`,
    );
  }
  const { timeoutMs, signal, jit, instructionLimit, instructionHook, start } = options;
  const native: NativeRunOptions = {};
  if (timeoutMs !== undefined) {
    requireNumber(where, "timeoutMs", timeoutMs);
    if (!(timeoutMs > 0))
      throw new RangeError(`${where}: timeoutMs must be greater than 0, got ${timeoutMs}`);
    if (timeoutMs <= MAX_TIMEOUT_MS) native.timeoutMs = timeoutMs;
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${where}: signal must be an AbortSignal, got ${typeof signal}`);
  }
  if (jit !== undefined) {
    if (typeof jit !== "boolean") throw new TypeError(`${where}: jit must be a boolean, got ${typeof jit}`);
    native.jit = jit;
  }
  if (instructionLimit !== undefined) {
    requireCount(where, "instructionLimit", instructionLimit);
    native.instructionLimit = instructionLimit;
  }
  if (instructionHook !== undefined) {
    if (typeof instructionHook !== "object" || instructionHook === null) {
      throw new TypeError(`${where}: instructionHook must be an object with every and onTick`);
    }
    requireCount(where, "instructionHook.every", instructionHook.every);
    if (typeof instructionHook.onTick !== "function") {
      throw new TypeError(
        `${where}: instructionHook.onTick must be a function, got ${typeof instructionHook.onTick}`,
      );
    }
    native.instructionHook = instructionHook;
  }
  if (start !== undefined) {
    if (!STARTS.includes(start)) {
      throw new RangeError(
        `${where}: start must be "inline", "lane" or "auto", got ${JSON.stringify(start)}`,
      );
    }
    native.start = start;
  }
  return native;
}

function requireNumber(where: string, name: string, value: unknown): asserts value is number {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new TypeError(
      `${where}: ${name} must be a number, got ${Number.isNaN(value) ? "NaN" : typeof value}`,
    );
  }
}

function requireCount(where: string, name: string, value: unknown): void {
  requireNumber(where, name, value);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${where}: ${name} must be a positive integer, got ${value}`);
  }
}
