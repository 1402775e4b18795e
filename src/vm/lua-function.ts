import { runAbortable } from "./abortable.js";
import {
  isBusy,
  type NativeFunction,
  type NativeVm,
  type Outcome,
  type PackedResults,
  unpacked,
} from "./binding.js";
import type { CallQueue } from "./call-queue.js";
import type { Json } from "./json.js";
import { type LimitValues, limitValues, type RunOptions, shortened } from "./run-options.js";

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
  readonly #limits: LimitValues;

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
    this.#native = native;
    this.#options = options;
    this.#limits = limitValues("LuaFunction.with", options);
    // The addon's functions carry their receiver, so without options they serve as they are.
    this.callSync = options === undefined ? native.callSync : this.#limitedSync<Json | undefined>(false);
    const callAll = options === undefined ? native.callAllSync : this.#limitedSync<PackedResults>(true);
    this.callAllSync = (...args) => unpacked(callAll(...args));
  }

  /**
   * Calls the function. It starts on this thread, and goes on elsewhere when it runs long or waits. Queued while another
   * call is in progress on the VM.
   *
   * @returns the first result: `undefined` when there is none, `null` for nil
   */
  async call(...args: Json[]): Promise<Json | undefined> {
    if (this.#options === undefined && !this.#host.queue.contended) {
      const outcome = this.#native.start(...args);
      if (outcome instanceof Promise) return this.#host.queue.follow(outcome, undefined);
      if (!isBusy(outcome)) return outcome;
    }
    return this.#host.queue.run(waited => this.#start<Json | undefined>(waited, false, args), this.#options);
  }

  /** As `call`, with every result; `nil` becomes `null`. */
  async callAll(...args: Json[]): Promise<Json[]> {
    return this.startAll(...args);
  }

  /**
   * As `callAll`, but the results come without a promise when the call has ended inline: for callers that make many short
   * calls and have a promise of their own. Throws what `callAll` rejects with, or returns a promise that does.
   */
  startAll(...args: Json[]): Json[] | Promise<Json[]> {
    return this.startAllUnder(this.#options?.signal, args);
  }

  /** @internal As `startAll`, ended by this signal instead of that of the options. */
  startAllUnder(signal: AbortSignal | undefined, args: Json[]): Json[] | Promise<Json[]> {
    const { native, queue } = this.#host;
    if (!queue.contended) {
      const outcome =
        signal === undefined
          ? this.#startAll(args)
          : runAbortable(native, signal, () => this.#startAll(args));
      if (outcome instanceof Promise) return queue.follow(outcome, signal).then(unpacked);
      if (!isBusy(outcome)) return unpacked(outcome);
    }
    const limits = { timeoutMs: this.#options?.timeoutMs, signal };
    return queue.run(waited => this.#start<PackedResults>(waited, true, args), limits).then(unpacked);
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

  #startAll(args: Json[]): Outcome<PackedResults> {
    return this.#options === undefined ? this.#native.startAll(...args) : this.#start(0, true, args);
  }

  #start<T>(waitedMs: number, all: boolean, args: Json[]): Outcome<T> {
    return this.#native.limited(false, all, ...shortened(this.#limits, waitedMs), ...args) as Outcome<T>;
  }

  #limitedSync<T>(all: boolean): (...args: Json[]) => T {
    const signal = this.#options?.signal;
    const run = (...args: Json[]) => this.#native.limited(true, all, ...this.#limits, ...args) as T;
    return signal === undefined
      ? run
      : (...args) => runAbortable(this.#host.native, signal, () => run(...args));
  }
}
