// One call of one entry on a leased VM: initialise the entry where it is new, run it, read what it returned.

import { hostResultCapability } from "../host/host-result.js";
import { bodyFrame, type InvocationContext } from "../host/scope.js";
import type { Json, RunOptions } from "../vm/index.js";
import { LuaError } from "../vm/index.js";
import { refreshDebugEntry } from "./debug-entry.js";
import type { EntryFunction } from "./entry-function.js";
import { SkillError } from "./errors.js";
import type { RegisteredEntry } from "./registry.js";
import { type InvocationResult, readResult } from "./result.js";
import type { SkillVm } from "./skill-vm.js";

/** Limits of one call. */
export interface CallOptions {
  /** Milliseconds of wall clock, waiting included; the default is the engine's `callTimeoutMs`. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** False: interpret only. */
  jit?: boolean;
  /** What the request says about itself and its client; skills read it as `vulcan.context`. */
  context?: InvocationContext;
}

/** A call as the parts below the engine see it. */
export interface Invocation {
  target: RegisteredEntry;
  args: Json | undefined;
  /** Undefined when nothing limits the call. */
  limits: RunOptions | undefined;
  context: InvocationContext | undefined;
}

/**
 * Runs the entry. A call that ended inline comes back without a promise, which most calls do and which is dear per call.
 *
 * @throws LuaError | SkillError, each naming the entry; or returns a promise that rejects with them
 */
export function invoke(
  host: SkillVm,
  { target, args, limits, context }: Invocation,
): InvocationResult | Promise<InvocationResult> {
  const name = target.descriptor.canonicalName;
  try {
    const fn = readyFunction(host, target, context);
    if (fn === undefined) return initialiseAndRun(host, { target, args, limits, context });
    host.begin({ frame: target.frame, context, sync: false, timeoutMs: limits?.timeoutMs });
    const outcome = fn.limited(limits).startAll(argumentTable(args));
    if (outcome instanceof Promise) return finish(host, name, outcome, context);
    const result = readResult(name, outcome, context);
    host.end();
    return result;
  } catch (error) {
    host.end();
    throw nameEntry(name, error);
  }
}

/** The function that the VM has for the entry; none for skills that people work on, whose files may have changed. */
function readyFunction(
  host: SkillVm,
  target: RegisteredEntry,
  context: InvocationContext | undefined,
): EntryFunction | undefined {
  if (target.skill.manifest.debug) {
    if (refreshDebugEntry(target)) {
      host.log("info", `[LuaSkill] Hot reload ${target.entry.luaModule}: ${target.entry.file}`);
    }
    host.forget(target.entry);
  }
  return host.ready(target.entry, takesHostResults(context));
}

function madeFunction(
  host: SkillVm,
  { entry }: RegisteredEntry,
  context: InvocationContext | undefined,
): EntryFunction {
  const fn = host.ready(entry, takesHostResults(context));
  if (fn === undefined) throw new Error(`${entry.name} was initialised, and has no function`);
  return fn;
}

function takesHostResults(context: InvocationContext | undefined): boolean {
  return context !== undefined && hostResultCapability(context).enabled;
}

async function initialiseAndRun(
  host: SkillVm,
  { target, args, limits, context }: Invocation,
): Promise<InvocationResult> {
  const name = target.descriptor.canonicalName;
  try {
    host.begin({ frame: bodyFrame(target.entry.skillId), sync: false });
    await host.initialise(target.entry, limits?.signal);
    host.end();
    const fn = madeFunction(host, target, context);
    host.begin({ frame: target.frame, context, sync: false, timeoutMs: limits?.timeoutMs });
    return readResult(name, await fn.limited(limits).startAll(argumentTable(args)), context);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.end();
  }
}

async function finish(
  host: SkillVm,
  name: string,
  values: Promise<Json[]>,
  context: InvocationContext | undefined,
): Promise<InvocationResult> {
  try {
    return readResult(name, await values, context);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.end();
  }
}

/** `invoke` on the calling stack. */
export function invokeSync(host: SkillVm, { target, args, limits, context }: Invocation): InvocationResult {
  const name = target.descriptor.canonicalName;
  try {
    const fn = readyFunction(host, target, context) ?? initialiseSync(host, target, context);
    host.begin({ frame: target.frame, context, sync: true, timeoutMs: limits?.timeoutMs });
    return readResult(name, fn.limited(limits).callAllSync(argumentTable(args)), context);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.end();
  }
}

function initialiseSync(
  host: SkillVm,
  target: RegisteredEntry,
  context: InvocationContext | undefined,
): EntryFunction {
  host.begin({ frame: bodyFrame(target.entry.skillId), sync: true });
  try {
    host.initialiseSync(target.entry);
  } finally {
    host.end();
  }
  return madeFunction(host, target, context);
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
