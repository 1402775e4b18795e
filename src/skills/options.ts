// Options of the engine: what a host may set, the defaults, and the checks at the edge.

import type { PoolOptions } from "../vm/index.js";
import { isLogger, type Logger } from "./log.js";

export interface SkillEngineOptions {
  /** VMs that calls run on. */
  pool?: PoolOptions;
  /** Microseconds a call may run on the JS thread before it moves to a worker lane. Default 500. */
  inlineBudgetUs?: number;
  /**
   * Worker threads that continue long calls, 1 to 256, for all engines of this JavaScript environment; the first call that
   * needs one settles it. Default: one per core, at most 8.
   */
  lanes?: number;
  /** Bytes one VM may hold. Default: no limit. */
  memoryLimit?: number;
  /** False: VMs interpret only. Default true. */
  jit?: boolean;
  /** Milliseconds a call may take when it names no limit of its own, waiting included. Default: no limit. */
  callTimeoutMs?: number;
  /** Milliseconds the body of an entry file may take to hand out its function. Default 10,000. */
  initTimeoutMs?: number;
  /** Names that no entry may get; whoever would, gets a numbered one. */
  reservedEntryNames?: string[];
  /** Ids of skills that are not loaded, whatever root holds them. */
  ignoredSkillIds?: string[];
  /**
   * Receives every log message: a function `(level, message)`, or a logger such as pino's, whose methods get the fields of
   * the event and the message. `on("log")` receives the events.
   */
  logger?: Logger;
}

export interface EngineSettings {
  lanes: number | undefined;
  pool: PoolOptions;
  vm: { inlineBudgetUs?: number; memoryLimit?: number; jit?: boolean };
  callTimeoutMs: number | undefined;
  initTimeoutMs: number;
  reservedEntryNames: readonly string[];
  ignoredSkillIds: ReadonlySet<string>;
  logger: Logger | undefined;
}

const defaultInitTimeoutMs = 10_000;

/**
 * Checks the options and fills in defaults. Limits of `pool` and of VMs are checked by the layer that owns them.
 *
 * @throws TypeError | RangeError naming the option
 */
export function resolveOptions(options: SkillEngineOptions = {}): EngineSettings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("SkillEngine.create: options must be an object");
  }
  const { inlineBudgetUs, memoryLimit, jit, logger } = options;
  if (logger !== undefined && !isLogger(logger)) {
    throw new TypeError(
      "SkillEngine.create: logger must be a function (level, message) or an object with the methods info, warn and error",
    );
  }
  return {
    lanes: options.lanes,
    pool: options.pool ?? {},
    vm: {
      ...(inlineBudgetUs === undefined ? {} : { inlineBudgetUs }),
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(jit === undefined ? {} : { jit }),
    },
    callTimeoutMs: milliseconds("callTimeoutMs", options.callTimeoutMs),
    initTimeoutMs: milliseconds("initTimeoutMs", options.initTimeoutMs) ?? defaultInitTimeoutMs,
    reservedEntryNames: names("reservedEntryNames", options.reservedEntryNames),
    ignoredSkillIds: new Set(names("ignoredSkillIds", options.ignoredSkillIds).map(id => id.trim())),
    logger,
  };
}

function milliseconds(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number")
    throw new TypeError(`SkillEngine.create: ${option} must be a number of milliseconds`);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(
      `SkillEngine.create: ${option} must be a positive number of milliseconds, got ${value}`,
    );
  }
  return value;
}

function names(option: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(name => typeof name === "string")) {
    throw new TypeError(`SkillEngine.create: ${option} must be an array of strings`);
  }
  return [...value];
}
