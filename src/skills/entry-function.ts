// The function of one entry on one VM, with the limits of a call applied.

import type { Json, LuaFunction, RunOptions } from "../vm/index.js";

export class EntryFunction {
  readonly #plain: LuaFunction;
  /** Hosts use the same deadline for most calls, so its handle is kept instead of made for each. */
  #last: { timeoutMs: number | undefined; jit: boolean | undefined; fn: LuaFunction } | undefined;

  constructor(plain: LuaFunction) {
    this.#plain = plain;
  }

  /** @returns every result; a promise of them when the call did not end inline */
  start(args: Json, limits: RunOptions | undefined): Json[] | Promise<Json[]> {
    if (limits === undefined) return this.#plain.startAll(args);
    return this.#limited(limits).startAllUnder(limits.signal, [args]);
  }

  /** `start` on the calling stack. */
  startSync(args: Json, limits: RunOptions | undefined): Json[] {
    if (limits === undefined) return this.#plain.callAllSync(args);
    const fn = this.#limited(limits);
    return (limits.signal === undefined ? fn : fn.with({ signal: limits.signal })).callAllSync(args);
  }

  /** Lets the VM forget the function. */
  release(): void {
    this.#plain.release();
  }

  #limited({ timeoutMs, jit }: RunOptions): LuaFunction {
    if (this.#last === undefined || this.#last.timeoutMs !== timeoutMs || this.#last.jit !== jit) {
      this.#last = { timeoutMs, jit, fn: this.#plain.with({ timeoutMs, jit }) };
    }
    return this.#last.fn;
  }
}
