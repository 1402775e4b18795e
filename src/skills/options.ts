// Options of the engine: what a host may set, the defaults, and the checks at the edge.

import { type DatabaseOptions, type DatabaseSources, resolveDatabaseOptions } from "../databases/options.js";
import {
  resolveSourceOptions,
  type SourceOptions,
  type SourceSettings,
} from "../lifecycle/sources/options.js";
import { type HostPaths, type PathOptions, resolvePaths } from "../packages/paths.js";
import type { PoolOptions } from "../vm/index.js";
import { isLogger, type Logger } from "./log.js";
import type { CacheOptions } from "./tool-cache.js";

export interface SkillEngineOptions extends PathOptions, SourceOptions {
  /** VMs that calls run on. */
  pool?: PoolOptions;
  /** VMs that `execLua` and `vulcan.runtime.lua.exec` run on. Default 1 to 4. */
  execPool?: PoolOptions;
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
  /** Milliseconds an `execLua` may take when it names no limit of its own. Default 60,000. */
  execTimeoutMs?: number;
  /** Milliseconds the body of an entry file may take to hand out its function. Default 10,000. */
  initTimeoutMs?: number;
  /** True: arguments of calls are checked against the input schema of the entry. Default false. */
  validateArguments?: boolean;
  /** True: skills are loaded again when their files change. Default false. */
  watch?: boolean;
  /** Names that no entry may get; whoever would, gets a numbered one. */
  reservedEntryNames?: string[];
  /** Ids of skills that are not loaded, whatever root holds them. */
  ignoredSkillIds?: string[];
  /** Ids of skills that only the system plane may install, update, uninstall, enable or disable. */
  protectedSkillIds?: string[];
  /** What skills may do beyond their own work. */
  capabilities?: {
    /** `vulcan.runtime.skills` manages skills, as a delegated tool. Default false. */
    skillManagement?: boolean;
    /** `io` of exec and lease VMs is the managed one of `vulcan.io`. Default true. */
    managedIo?: boolean;
  };
  /** Bounds of `vulcan.cache`. */
  cache?: CacheOptions;
  /** Who keeps the databases of skills. Default: the libraries beside this package. */
  databases?: DatabaseOptions;
  /** Encoding of text of files and processes where a call names none. Default `utf-8`, on Windows the system's. */
  defaultTextEncoding?: string;
  /** Receives every log message, as a function or as an object such as a pino logger; `on("log")` gives events. */
  logger?: Logger;
}

export interface EngineSettings {
  readonly lanes: number | undefined;
  readonly pool: PoolOptions;
  readonly execPool: PoolOptions;
  readonly vm: { inlineBudgetUs?: number; memoryLimit?: number; jit?: boolean };
  readonly callTimeoutMs: number | undefined;
  readonly execTimeoutMs: number;
  readonly initTimeoutMs: number;
  readonly validateArguments: boolean;
  readonly watch: boolean;
  readonly reservedEntryNames: readonly string[];
  readonly ignoredSkillIds: ReadonlySet<string>;
  readonly protectedSkillIds: ReadonlySet<string>;
  readonly capabilities: { readonly skillManagement: boolean; readonly managedIo: boolean };
  readonly sources: SourceSettings;
  readonly cache: CacheOptions;
  readonly databases: DatabaseSources;
  readonly defaultTextEncoding: string | undefined;
  readonly paths: HostPaths;
  readonly logger: Logger | undefined;
}

const defaultInitTimeoutMs = 10_000;
const defaultExecTimeoutMs = 60_000;

/**
 * Checks the options and fills in defaults. Limits of pools, VMs and the cache and the label of the encoding are checked
 * by the layers that own them.
 *
 * @throws TypeError | RangeError naming the option
 */
export function resolveOptions(options: SkillEngineOptions = {}): EngineSettings {
  const given = group("options", options) ?? {};
  const { inlineBudgetUs, memoryLimit, jit } = given;
  const capabilities = group("capabilities", given.capabilities) ?? {};
  return {
    lanes: given.lanes,
    pool: group("pool", given.pool) ?? {},
    execPool: group("execPool", given.execPool) ?? { minSize: 1, maxSize: 4 },
    vm: {
      ...(inlineBudgetUs === undefined ? {} : { inlineBudgetUs }),
      ...(memoryLimit === undefined ? {} : { memoryLimit }),
      ...(jit === undefined ? {} : { jit }),
    },
    callTimeoutMs: milliseconds("callTimeoutMs", given.callTimeoutMs),
    execTimeoutMs: milliseconds("execTimeoutMs", given.execTimeoutMs) ?? defaultExecTimeoutMs,
    initTimeoutMs: milliseconds("initTimeoutMs", given.initTimeoutMs) ?? defaultInitTimeoutMs,
    validateArguments: flag("validateArguments", given.validateArguments, false),
    watch: flag("watch", given.watch, false),
    reservedEntryNames: names("reservedEntryNames", given.reservedEntryNames),
    ignoredSkillIds: ids("ignoredSkillIds", given.ignoredSkillIds),
    protectedSkillIds: ids("protectedSkillIds", given.protectedSkillIds),
    capabilities: {
      skillManagement: flag("capabilities.skillManagement", capabilities.skillManagement, false),
      managedIo: flag("capabilities.managedIo", capabilities.managedIo, true),
    },
    sources: resolveSourceOptions(given),
    cache: group("cache", given.cache) ?? {},
    databases: resolveDatabaseOptions(group("databases", given.databases) ?? {}),
    defaultTextEncoding: text("defaultTextEncoding", given.defaultTextEncoding),
    paths: resolvePaths(given),
    logger: logger(given.logger),
  };
}

/** Options that belong together. */
function group<T extends object>(option: string, value: T | undefined): T | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`SkillEngine.create: ${option} must be an object, got ${describe(value)}`);
  }
  return value;
}

function milliseconds(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number") {
    throw new TypeError(
      `SkillEngine.create: ${option} must be a number of milliseconds, got ${describe(value)}`,
    );
  }
  if (!(value > 0 && Number.isFinite(value))) {
    throw new RangeError(
      `SkillEngine.create: ${option} must be a positive number of milliseconds, got ${value}`,
    );
  }
  return value;
}

function flag(option: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new TypeError(`SkillEngine.create: ${option} must be true or false, got ${describe(value)}`);
}

function text(option: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value;
  throw new TypeError(`SkillEngine.create: ${option} must be a non-empty string, got ${describe(value)}`);
}

function names(option: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || !value.every(name => typeof name === "string")) {
    throw new TypeError(`SkillEngine.create: ${option} must be an array of strings, got ${describe(value)}`);
  }
  return [...value];
}

/** Ids are compared as folder names are written, so blanks around them cannot be meant. */
function ids(option: string, value: unknown): ReadonlySet<string> {
  return new Set(names(option, value).map(id => id.trim()));
}

function logger(value: unknown): Logger | undefined {
  if (value === undefined || isLogger(value)) return value;
  throw new TypeError(
    `SkillEngine.create: logger must be a function (level, message) or an object with the methods info, warn and error, got ${describe(value)}`,
  );
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
