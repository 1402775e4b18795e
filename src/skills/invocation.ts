// One call of one entry on a leased VM: initialise the entry where it is new, run it, read what it returned.

import { hostResultCapability } from "../host/host-result.js";
import { bodyFrame, type InvocationContext, type Progress } from "../host/scope.js";
import { SkillError } from "../packages/errors.js";
import type { Json, RunOptions } from "../vm/index.js";
import { LuaError } from "../vm/index.js";
import { refreshDebugEntry } from "./debug-entry.js";
import type { EntryFunction } from "./entry-function.js";
import type { RegisteredEntry } from "./registry.js";
import { type InvocationResult, readResult } from "./result.js";
import type { RunStart } from "./skill-run.js";
import type { SkillVm } from "./skill-vm.js";

/** Limits of one call. */
export interface CallOptions {
  /** Milliseconds of wall clock, waiting included; the default is the engine's `callTimeoutMs`. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** False: interpret only. */
  jit?: boolean;
  /**
   * Where the call starts. Default `"auto"`: on the JS thread. Its code keeps to a `"lane"`: there an AbortSignal ends also
   * what never leaves a C function, such as a hopeless pattern; a short call takes longer.
   */
  start?: "inline" | "lane" | "auto";
  /** What the request says about itself and its client; skills read it as `vulcan.context`. */
  context?: InvocationContext;
  /** Hears what the entry says with `vulcan.runtime.progress`, while it runs. What it throws is ignored. */
  onProgress?: (progress: Progress) => void;
}

/** A call as the parts below the engine see it. */
export interface Invocation<Result> {
  target: RegisteredEntry;
  args: Json | undefined;
  /** Undefined when nothing limits the call. */
  limits: RunOptions | undefined;
  context: InvocationContext | undefined;
  /** The tool that started the exec that calls. */
  execCaller?: string | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  form: ResultForm<Result>;
}

/** What becomes of the values that an entry returns. */
export interface ResultForm<Result> {
  /** @param name canonical name of the entry, for messages. @param values every returned value, nil as null */
  read(name: string, values: Json[], context: InvocationContext | undefined): Result;
  /** False: a fourth value does not even leave the VM. */
  takesFourth(context: InvocationContext | undefined): boolean;
}

/** The return protocol of entries. */
export const asResult: ResultForm<InvocationResult> = {
  read: readResult,
  takesFourth: context => context !== undefined && hostResultCapability(context).enabled,
};

/** The values as they are. */
export const asValues: ResultForm<Json[]> = { read: (_name, values) => values, takesFourth: () => true };

/**
 * Runs the entry. A call that ended inline comes back without a promise, which most calls do and which is dear per call.
 *
 * @throws LuaError | SkillError, each naming the entry; or returns a promise that rejects with them
 */
export function invoke<Result>(host: SkillVm, call: Invocation<Result>): Result | Promise<Result> {
  const { target, limits } = call;
  const name = target.descriptor.canonicalName;
  try {
    const fn = readyFunction(host, call);
    if (fn === undefined) return initialiseAndRun(host, call);
    host.begin(startOf(call, false));
    const outcome = fn.start(argumentTable(call.args), limits);
    if (outcome instanceof Promise) return finish(host, call, outcome);
    const result = call.form.read(name, outcome, call.context);
    host.end();
    return result;
  } catch (error) {
    host.end();
    throw nameEntry(name, error);
  }
}

/** `invoke` on the calling stack. */
export function invokeSync<Result>(host: SkillVm, call: Invocation<Result>): Result {
  const { target, limits, form } = call;
  const name = target.descriptor.canonicalName;
  try {
    const fn = readyFunction(host, call) ?? initialiseSync(host, call);
    host.begin(startOf(call, true));
    return form.read(name, fn.startSync(argumentTable(call.args), limits), call.context);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.end();
  }
}

/** The function that the VM has for the entry; none for skills that people work on, whose files may have changed. */
function readyFunction<Result>(host: SkillVm, call: Invocation<Result>): EntryFunction | undefined {
  const { target, form, context } = call;
  if (target.skill.manifest.debug) {
    if (refreshDebugEntry(target)) {
      host.log("info", `[LuaSkill] Hot reload ${target.entry.luaModule}: ${target.entry.file}`);
    }
    host.forget(target.entry);
  }
  return host.ready(target.entry, form.takesFourth(context));
}

async function initialiseAndRun<Result>(host: SkillVm, call: Invocation<Result>): Promise<Result> {
  const { target, limits, form } = call;
  const name = target.descriptor.canonicalName;
  try {
    host.begin({ frame: bodyFrame(target.entry.skillId), sync: false });
    await host.initialise(target.entry, limits?.signal);
    host.end();
    const fn = madeFunction(host, call);
    host.begin(startOf(call, false));
    return form.read(name, await fn.start(argumentTable(call.args), limits), call.context);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.end();
  }
}

function initialiseSync<Result>(host: SkillVm, call: Invocation<Result>): EntryFunction {
  const { entry } = call.target;
  host.begin({ frame: bodyFrame(entry.skillId), sync: true });
  try {
    host.initialiseSync(entry);
  } finally {
    host.end();
  }
  return madeFunction(host, call);
}

function madeFunction<Result>(host: SkillVm, { target, form, context }: Invocation<Result>): EntryFunction {
  const fn = host.ready(target.entry, form.takesFourth(context));
  if (fn === undefined) throw new Error(`${target.entry.name} was initialised, and has no function`);
  return fn;
}

async function finish<Result>(
  host: SkillVm,
  { target, form, context }: Invocation<Result>,
  values: Promise<Json[]>,
): Promise<Result> {
  const name = target.descriptor.canonicalName;
  try {
    return form.read(name, await values, context);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.end();
  }
}

function startOf<Result>(call: Invocation<Result>, sync: boolean): RunStart {
  const { target, context, limits, execCaller, onProgress } = call;
  return { frame: target.frame, context, sync, timeoutMs: limits?.timeoutMs, execCaller, onProgress };
}

/** An entry takes exactly one table; scalars carry no names, so they become the empty one. */
function argumentTable(args: Json | undefined): Json {
  return typeof args === "object" && args !== null ? args : {};
}

/**
 * Says which entry failed. An error of Lua code keeps its class, code, traceback and position; values that could not cross
 * are mistakes of the caller (arguments) or of the entry (results).
 */
function nameEntry(name: string, error: unknown): unknown {
  if (!(error instanceof LuaError)) return error;
  const message = `${name}: ${error.message}`;
  if (error.code === "LUA_CONVERT") {
    // The VM begins the message with the path of the value.
    const code = error.message.startsWith("result") ? "SKILL_RESULT" : "SKILL_ARGUMENTS";
    return new SkillError(code, message, { cause: error });
  }
  error.message = message;
  return error;
}
