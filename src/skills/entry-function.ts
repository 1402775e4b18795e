// The function of one entry on one VM, with the limits of a call applied.

import type { LuaFunction, RunOptions } from "../vm/index.js";

export class EntryFunction {
  readonly #plain: LuaFunction;
  /** Hosts use the same deadline for most calls, so its handle is kept instead of made for each. */
  #last: { timeoutMs: number | undefined; jit: boolean | undefined; fn: LuaFunction } | undefined;

  constructor(plain: LuaFunction) {
    this.#plain = plain;
  }

  /** @param limits undefined when nothing limits the call: the plain handle is the fastest path */
  limited(limits: RunOptions | undefined): LuaFunction {
    if (limits === undefined) return this.#plain;
    const { timeoutMs, jit, signal } = limits;
    if (signal !== undefined) return this.#plain.with(limits);
    if (this.#last === undefined || this.#last.timeoutMs !== timeoutMs || this.#last.jit !== jit) {
      this.#last = { timeoutMs, jit, fn: this.#plain.with(limits) };
    }
    return this.#last.fn;
  }

  /** Lets the VM forget the function. */
  release(): void {
    this.#plain.release();
  }
}
