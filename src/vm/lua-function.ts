import { runAbortable } from "./abortable.js";
import {
  isBusy,
  type NativeFunction,
  type NativeRunOptions,
  type NativeVm,
  type Outcome,
} from "./binding.js";
import type { CallLimits, CallQueue } from "./call-queue.js";
import type { Json } from "./json.js";
import { nativeOptions, type RunOptions } from "./run-options.js";

/** The VM that a function belongs to, as its handle needs it. */
export interface FunctionHost {
  readonly native: NativeVm;
  readonly queue: CallQueue;
}

/**
 * A Lua function, callable from JavaScript. Primitives cross directly, everything else as JSON.
 *
 * @example
 * const lookup = vm.getFunction("app.lookup").with({ timeoutMs: 50 });
 * const user = await lookup.call("ada");
 */
export class LuaFunction {
  readonly #host: FunctionHost;
  readonly #native: NativeFunction;
  readonly #options: RunOptions | undefined;
  readonly #nativeOptions: NativeRunOptions | undefined;
  readonly #limits: CallLimits | undefined;

  /**
   * Runs the function to its end on this thread and returns its first result.
   *
   * @throws LuaError; LUA_BUSY while another call is in progress on the VM
   */
  readonly callSync: (...args: Json[]) => Json | undefined;
  /** As `callSync`, with every result; `nil` becomes `null`. */
  readonly callAllSync: (...args: Json[]) => Json[];

  /** @internal Handles come from `LuaVm.getFunction` and `LuaVm.load`. */
  constructor(host: FunctionHost, native: NativeFunction, options?: RunOptions) {
    this.#host = host;
    this.#options = options;
    this.#nativeOptions = nativeOptions("LuaFunction.with", options);
    this.#native = this.#nativeOptions === undefined ? native : native.with(this.#nativeOptions);
    const signal = options?.signal;
    if (signal !== undefined || options?.timeoutMs !== undefined) {
      this.#limits = { signal, timeoutMs: options?.timeoutMs };
    }
    // The addon's functions carry their receiver, so without a signal they serve as they are.
    this.callSync =
      signal === undefined ? this.#native.callSync : this.#abortable(signal, this.#native.callSync);
    this.callAllSync =
      signal === undefined ? this.#native.callAllSync : this.#abortable(signal, this.#native.callAllSync);
  }

  /**
   * Calls the function. It starts on this thread, and goes on elsewhere when it runs long or waits. Queued while another
   * call is in progress on the VM.
   *
   * @returns the first result: `undefined` when there is none, `null` for nil
   */
  async call(...args: Json[]): Promise<Json | undefined> {
    if (this.#limits === undefined && !this.#host.queue.contended) {
      const outcome = this.#native.start(...args);
      if (!(outcome instanceof Promise) && !isBusy(outcome)) return outcome;
      if (outcome instanceof Promise) return this.#host.queue.follow(outcome, undefined);
    }
    return this.#host.queue.run(waited => this.#after(waited).start(...args), this.#limits);
  }

  /** As `call`, with every result; `nil` becomes `null`. */
  async callAll(...args: Json[]): Promise<Json[]> {
    return this.#host.queue.run<Json[]>(
      waited => this.#after(waited).startAll(...args) as Outcome<Json[]>,
      this.#limits,
    );
  }

  /** The same function with other options; those not named stay. */
  with(options: RunOptions): LuaFunction {
    return new LuaFunction(this.#host, this.#native, { ...this.#options, ...options });
  }

  /** Lets the VM forget the function; all handles to it are dead then. Otherwise garbage collection does. */
  release(): void {
    this.#native.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** A deadline counts from the call, so the time in the queue comes off it. */
  #after(waitedMs: number): NativeFunction {
    const timeoutMs = this.#nativeOptions?.timeoutMs;
    if (waitedMs === 0 || timeoutMs === undefined) return this.#native;
    return this.#native.with({ ...this.#nativeOptions, timeoutMs: Math.max(timeoutMs - waitedMs, 0.001) });
  }

  #abortable<T>(signal: AbortSignal, run: (...args: unknown[]) => T): (...args: Json[]) => T {
    return (...args) => runAbortable(this.#host.native, signal, () => run(...args));
  }
}
