// The function of one entry on one VM, with the limits of a call applied.

import { encode } from "../vm/encode.js";
import type { Json, LuaFunction, RunOptions } from "../vm/index.js";

/** First step of the path in messages about arguments. */
const root = "args";

export class EntryFunction {
  readonly #plain: LuaFunction;
  /** Hosts use the same deadline for most calls, so its handle is kept instead of made for each. */
  #last: (Pick<RunOptions, "timeoutMs" | "jit" | "start"> & { fn: LuaFunction }) | undefined;

  /** @param plain takes its argument as JSON text: made here it spares the addon a call back */
  constructor(plain: LuaFunction) {
    this.#plain = plain;
  }

  /** @returns every result; a promise of them when the call did not end inline */
  start(args: Json, limits: RunOptions | undefined): Json[] | Promise<Json[]> {
    const text = encode(args, root);
    if (limits === undefined) return this.#plain.startAll(text);
    return this.#limited(limits).startAllUnder(limits.signal, [text]);
  }

  /** `start` on the calling stack. */
  startSync(args: Json, limits: RunOptions | undefined): Json[] {
    const text = encode(args, root);
    if (limits === undefined) return this.#plain.callAllSync(text);
    const fn = this.#limited(limits);
    return (limits.signal === undefined ? fn : fn.with({ signal: limits.signal })).callAllSync(text);
  }

  /** Lets the VM forget the function. */
  release(): void {
    this.#plain.release();
  }

  #limited({ timeoutMs, jit, start }: RunOptions): LuaFunction {
    const last = this.#last;
    if (last !== undefined && last.timeoutMs === timeoutMs && last.jit === jit && last.start === start) {
      return last.fn;
    }
    const fn = this.#plain.with({ timeoutMs, jit, start });
    this.#last = { timeoutMs, jit, start, fn };
    return fn;
  }
}
