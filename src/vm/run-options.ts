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
  /**
   * Where an asynchronous call starts. `"auto"`: inline, but on a lane when the same function overran below a C function
   * before. `"lane"`: on a lane, and it keeps to lanes: nothing that its Lua code does holds the JavaScript thread.
   */
  start?: "inline" | "lane" | "auto" | undefined;
}

/** Options as the addon takes them, in the order of native/node/call_options.h. */
export type LimitValues = readonly [
  timeoutMs: number,
  jit: number,
  start: number,
  instructionLimit: number,
  every: number,
  onTick: (() => void | "abort") | undefined,
];

/** What a call without options gives the addon. */
const NO_LIMITS: LimitValues = [0, -1, 0, 0, 0, undefined];

const STARTS = ["auto", "inline", "lane"];
// setTimeout's own limit; longer is as good as none.
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Checks options and brings them into the addon's order.
 *
 * @throws TypeError | RangeError naming the member
 */
export function limitValues(where: string, options: RunOptions | undefined): LimitValues {
  if (options === undefined) return NO_LIMITS;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${where}: options must be an object, got ${options === null ? "null" : typeof options}`,
    );
  }
  const { timeoutMs, signal, jit, instructionLimit, instructionHook, start } = options;
  if (timeoutMs !== undefined) {
    requireNumber(where, "timeoutMs", timeoutMs);
    if (!(timeoutMs > 0))
      throw new RangeError(`${where}: timeoutMs must be greater than 0, got ${timeoutMs}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${where}: signal must be an AbortSignal, got ${typeof signal}`);
  }
  if (jit !== undefined && typeof jit !== "boolean") {
    throw new TypeError(`${where}: jit must be a boolean, got ${typeof jit}`);
  }
  if (instructionLimit !== undefined) requireCount(where, "instructionLimit", instructionLimit);
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
  }
  if (start !== undefined && !STARTS.includes(start)) {
    throw new RangeError(`${where}: start must be "inline", "lane" or "auto", got ${JSON.stringify(start)}`);
  }
  return [
    timeoutMs === undefined || timeoutMs > MAX_TIMEOUT_MS ? 0 : timeoutMs,
    jit === undefined ? -1 : Number(jit),
    start === undefined ? 0 : STARTS.indexOf(start),
    instructionLimit ?? 0,
    instructionHook?.every ?? 0,
    instructionHook?.onTick,
  ];
}

/** A deadline counts from the call, so the time that it waited for its turn comes off it. */
export function shortened(limits: LimitValues, waitedMs: number): LimitValues {
  const [timeoutMs, ...others] = limits;
  return waitedMs === 0 || timeoutMs === 0 ? limits : [Math.max(timeoutMs - waitedMs, 0.001), ...others];
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
