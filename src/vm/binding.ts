import { AsyncResource } from "node:async_hooks";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "./encode.js";
import { LuaError, type LuaErrorCode } from "./errors.js";
import type { Json } from "./json.js";
import { LuaOpaque } from "./lua-opaque.js";
import type { LimitValues } from "./run-options.js";

/** What the addon returns instead of starting a call on a VM that is in use. */
const busyMark = Object.freeze({ busy: true });

/** A result, or the promise of one when the call went on elsewhere, or the mark of a busy VM. */
export type Outcome<T> = T | Promise<T> | typeof busyMark;

/**
 * Every result of a run. A single string comes bare: to make an array through Node-API costs a third of a short call.
 */
export type PackedResults = Json[] | string;

export function unpacked(results: PackedResults): Json[] {
  return typeof results === "string" ? [results] : results;
}

/** A Lua function in the addon; its members carry their own receiver. */
export interface NativeFunction {
  callSync(...args: unknown[]): Json | undefined;
  callAllSync(...args: unknown[]): PackedResults;
  start(...args: unknown[]): Outcome<Json | undefined>;
  startAll(...args: unknown[]): Outcome<PackedResults>;
  limited(sync: boolean, all: boolean, ...limitsAndArgs: unknown[]): unknown;
  release(): void;
}

/** A JavaScript function that Lua code calls. */
export type HostFunction = (...args: unknown[]) => unknown;

/** native/node/native_class.cc */
export interface NativeVm {
  run(
    code: string,
    chunkName: string,
    sync: boolean,
    ...limitsArgsAndAll: [...LimitValues, unknown, boolean]
  ): unknown;
  load(
    code: string,
    chunkName: string,
    sync: boolean,
    ...limitsAndEnvironment: [...LimitValues, string]
  ): unknown;
  check(code: string, chunkName: string): void;
  /**
   * @param environment path of the table that runs of the function have as their globals, "" for the VM's
   * @param results how many are read where every one is wanted, 0 for all
   * @param takesJson a string that is the only argument is the JSON text of it
   */
  getFunction(path: string, environment: string, results: number, takesJson: boolean): NativeFunction;
  register(path: string, fn: HostFunction, sync: HostFunction | undefined): void;
  /** @param make returns each member's function and its synchronous form or undefined, in the order of the names */
  registerGroup(group: number, make: () => (HostFunction | undefined)[]): number;
  runChunk(chunk: number): void;
  openToolbox(): void;
  closeToolbox(): void;
  setGlobal(path: string, value: unknown): void;
  getGlobal(path: string): Json | undefined;
  openJson(path: string): void;
  setJit(on: boolean): void;
  abort(serial: number): void;
  /** As `abort`, with the error of a deadline. */
  expire(serial: number): void;
  settle(serial: number, fulfilled: boolean, value: unknown): void;
  close(): void;
  /** What was registered, held for the addon, whose references are weak: functions often capture the LuaVm itself. */
  hostFunctions?: unknown[] | undefined;
  readonly memoryUsed: number;
  /** 1: busy, 2: closed, 4: broken, 8: something guarded was changed (broken as well then). */
  readonly state: number;
  readonly serial: number;
}

interface Addon {
  NativeVm: new (memoryLimit: number, safeLibraries: boolean, jit: boolean, budgetUs: number) => NativeVm;
  initialize(...helpers: unknown[]): void;
  setLaneCount(count: number): boolean;
  addChunk(text: string): number;
  addGroup(path: string, names: readonly string[]): number;
}

function makeError(
  code: LuaErrorCode,
  message: string,
  traceback?: string,
  chunk?: string,
  line?: number,
  value?: Json,
): LuaError {
  return new LuaError(code, message, { traceback, chunk, line, value });
}

function watch(promise: Promise<unknown>, vm: NativeVm, serial: number): void {
  promise.then(
    value => vm.settle(serial, true, value),
    error => vm.settle(serial, false, error),
  );
}

function makeOpaque(type: string): LuaOpaque {
  return new LuaOpaque(type);
}

type Runner = (fn: (...args: unknown[]) => unknown, ...args: unknown[]) => unknown;

/** Runs functions in the asynchronous context of now: AsyncLocalStorage would be empty in a wake-up from another thread. */
function captureContext(): Runner {
  const resource = new AsyncResource("LuaCall");
  return (fn, ...args) => resource.runInAsyncScope(fn, undefined, ...args);
}

function loadAddon(): { addon: Addon; file: string } {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const require = createRequire(import.meta.url);
  const finder = require("node-gyp-build") as { path(directory: string): string };
  let addon: Addon;
  let file: string;
  try {
    file = realpathSync(finder.path(root));
    addon = require(file) as Addon;
  } catch (error) {
    throw new Error(
      `luaskills: no native addon for ${process.platform}-${process.arch} could be loaded from prebuilds/ or build/Release/ of the package (${error instanceof Error ? error.message : String(error)}). Build it from source with: npx node-gyp rebuild --directory node_modules/luaskills`,
      { cause: error },
    );
  }
  addon.initialize(makeError, encode, JSON.parse, watch, busyMark, captureContext, makeOpaque);
  return { addon, file };
}

const loaded = loadAddon();

/** The addon of this JavaScript environment. */
export const addon: Addon = loaded.addon;

/** The file it was loaded from, with links resolved: one that is loaded again under this name is the same library. */
export const addonFile: string = loaded.file;

export function isBusy<T>(outcome: Outcome<T>): outcome is typeof busyMark {
  return outcome === busyMark;
}
