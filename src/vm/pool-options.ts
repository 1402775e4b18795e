import type { LuaVm } from "./lua-vm.js";

/** Sizes and times of a `VmPool`; every field is optional. */
export interface PoolOptions {
  /** VMs that `prewarm()` creates and that reaping leaves alive. Default 1. */
  minSize?: number;
  /** Most leases that `use()` gives out at once; nested and synchronous work may exceed it. Default 64. */
  maxSize?: number;
  /** Milliseconds after which an idle VM beyond `minSize` is closed; `Infinity` keeps all. Default 60,000. */
  idleTtlMs?: number;
  /** Milliseconds that `use()` waits for a VM; `Infinity` waits without limit. Default 30,000. */
  acquireTimeoutMs?: number;
  /** Called with a VM whose lease left it unusable, before it is closed. */
  onDiscard?: (vm: LuaVm) => void;
}

/** Node's timers fire at once when they are given more than this many milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError when an option is not a number
 * @throws RangeError when a number is out of its range
 */
export function resolvePoolOptions(options: PoolOptions = {}): Required<PoolOptions> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`VmPool: options must be an object, got ${describe(options)}`);
  }
  const maxSize = wholeNumber("maxSize", options.maxSize ?? 64, 1);
  const minSize = wholeNumber("minSize", options.minSize ?? 1, 0);
  if (minSize > maxSize) {
    throw new RangeError(`VmPool: minSize must be at most maxSize (${maxSize}), got ${minSize}`);
  }
  return {
    minSize,
    maxSize,
    idleTtlMs: milliseconds("idleTtlMs", options.idleTtlMs ?? 60_000),
    acquireTimeoutMs: milliseconds("acquireTimeoutMs", options.acquireTimeoutMs ?? 30_000),
    onDiscard: callback("onDiscard", options.onDiscard),
  };
}

function wholeNumber(name: string, value: unknown, least: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`VmPool: ${name} must be a number, got ${describe(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`VmPool: ${name} must be a whole number of at least ${least}, got ${value}`);
  }
  return value;
}

function milliseconds(name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(`VmPool: ${name} must be a number, got ${describe(value)}`);
  }
  const inRange = value >= 0 && (value <= LONGEST_TIMER_MS || value === Number.POSITIVE_INFINITY);
  if (!inRange) {
    throw new RangeError(
      `VmPool: ${name} must be between 0 and ${LONGEST_TIMER_MS} milliseconds or Infinity, got ${value}`,
    );
  }
  return value;
}

function callback(name: string, value: PoolOptions["onDiscard"]): (vm: LuaVm) => void {
  if (value === undefined) return () => {};
  if (typeof value === "function") return value;
  throw new TypeError(`VmPool: ${name} must be a function, got ${describe(value)}`);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
