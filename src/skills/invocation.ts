// One call of one entry on a leased VM: initialise the entry where it is new, run it, read what it returned.

import type { Json, RunOptions } from "../vm/index.js";
import { LuaError } from "../vm/index.js";
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
}

/** A call as the parts below the engine see it. */
export interface Invocation {
  target: RegisteredEntry;
  args: Json | undefined;
  /** Undefined when nothing limits the call. */
  limits: RunOptions | undefined;
}

/**
 * Runs the entry. A call that ended inline comes back without a promise, which most calls do and which is dear per call.
 *
 * @throws LuaError | SkillError, each naming the entry; or returns a promise that rejects with them
 */
export function invoke(
  host: SkillVm,
  { target, args, limits }: Invocation,
): InvocationResult | Promise<InvocationResult> {
  const { entry } = target;
  const name = target.descriptor.canonicalName;
  host.enter({ skillId: entry.skillId, sync: false });
  try {
    const fn = host.ready(entry);
    const outcome =
      fn === undefined
        ? host
            .initialise(entry, limits?.signal)
            .then(initialised => initialised.limited(limits).startAll(argumentTable(args)))
        : fn.limited(limits).startAll(argumentTable(args));
    if (outcome instanceof Promise) return finish(host, name, outcome);
    const result = readResult(name, outcome);
    host.leave();
    return result;
  } catch (error) {
    host.leave();
    throw nameEntry(name, error);
  }
}

async function finish(host: SkillVm, name: string, values: Promise<Json[]>): Promise<InvocationResult> {
  try {
    return readResult(name, await values);
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.leave();
  }
}

/** `invoke` on the calling stack. */
export function invokeSync(host: SkillVm, { target, args, limits }: Invocation): InvocationResult {
  const { entry } = target;
  const name = target.descriptor.canonicalName;
  host.enter({ skillId: entry.skillId, sync: true });
  try {
    const fn = host.ready(entry) ?? host.initialiseSync(entry);
    return readResult(name, fn.limited(limits).callAllSync(argumentTable(args)));
  } catch (error) {
    throw nameEntry(name, error);
  } finally {
    host.leave();
  }
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
