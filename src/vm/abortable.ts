import type { NativeVm } from "./binding.js";
import { LuaError } from "./errors.js";

/** The error of a call whose signal was aborted before Lua ran. */
export function aborted(): LuaError {
  return new LuaError("LUA_ABORTED", "the call was aborted");
}

/**
 * Runs what holds the JavaScript thread (a synchronous call, the first piece of an asynchronous one) so that host
 * functions may end it through `signal`.
 */
export function runAbortable<T>(native: NativeVm, signal: AbortSignal | undefined, run: () => T): T {
  if (signal === undefined) return run();
  if (signal.aborted) throw aborted();
  const abort = () => native.abort(native.serial);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return run();
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
