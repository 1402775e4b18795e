import { runAbortable } from "./abortable.js";
import {
  addon,
  type NativeFunction,
  type NativeVm,
  type Outcome,
  type PackedResults,
  unpacked,
} from "./binding.js";
import { CallQueue } from "./call-queue.js";
import type { FunctionGroup, GroupMember, LuaChunk } from "./host-support.js";
import type { Json } from "./json.js";
import { type FunctionHost, LuaFunction } from "./lua-function.js";
import { type LimitValues, limitValues, type RunOptions, shortened } from "./run-options.js";

/** How a VM is made. */
export interface VmOptions {
  /** Bytes of Lua memory, hard; 0 or absent: no limit. */
  memoryLimit?: number;
  /** `"safe"`: only what cannot reach the host (no load family, io, debug, ffi, jit, package; os for time only). */
  libs?: "all" | "safe";
  /** Default of every run; true. */
  jit?: boolean;
  /** Microseconds that an asynchronous call may hold the JavaScript thread in one piece; 500. */
  inlineBudgetUs?: number;
}

/** Options of code that comes as text. */
export interface ChunkOptions extends RunOptions {
  /** Shown in messages and tracebacks; `"eval"`. */
  chunkName?: string;
}

/** Options of `LuaVm.load`. */
export interface LoadOptions extends ChunkOptions {
  /**
   * Runs the chunk, and later calls of its function, in an environment of this name: made at first use, it reads through to
   * the VM's globals, keeps what is written, and is its own `_G`.
   */
  environment?: string;
}

/** Options of `LuaVm.getFunction`. */
export interface HandleOptions {
  /** Path of a table that code which the function loads (`dofile`, `require`) gets as its globals. Default: the VM's own. */
  environment?: string;
  /** Of a call that wants every result, how many are read; those behind them come as null, whatever they are. Default: all. */
  results?: number;
  /** True: a string that is the only argument is the JSON text of the argument. */
  takesJson?: boolean;
}

// Bits of NativeVm.state.
const BUSY = 1;
const BROKEN = 4;
const TAMPERED = 8;

// The smallest limit that holds the libraries, with room to load them.
const MIN_MEMORY_LIMIT = 256 * 1024;

/**
 * One LuaJIT VM. Calls run one at a time: a second asynchronous call waits for its turn, a second synchronous one throws
 * LUA_BUSY.
 *
 * @example
 * using vm = new LuaVm({ memoryLimit: 16 << 20 });
 * vm.register("app.fetch", async url => (await fetch(url)).text());
 * const title = await vm.eval(`return app.fetch(args.url):match("<title>(.-)</title>")`, { url }, { timeoutMs: 2000 });
 */
export class LuaVm {
  readonly #native: NativeVm;
  readonly #host: FunctionHost;
  #jit: boolean;
  #closed = false;

  /** @throws TypeError | RangeError for invalid options; LuaError LUA_MEMORY when the limit cannot hold the libraries */
  constructor(options: VmOptions = {}) {
    const { memoryLimit = 0, libs = "all", jit = true, inlineBudgetUs = 500 } = requireObject(options);
    requireInteger("memoryLimit", memoryLimit, 0);
    if (memoryLimit !== 0 && memoryLimit < MIN_MEMORY_LIMIT) {
      throw new RangeError(
        `LuaVm: memoryLimit must be 0 or at least ${MIN_MEMORY_LIMIT} bytes, got ${memoryLimit}`,
      );
    }
    if (libs !== "all" && libs !== "safe") {
      throw new RangeError(`LuaVm: libs must be "all" or "safe", got ${JSON.stringify(libs)}`);
    }
    if (typeof jit !== "boolean") throw new TypeError(`LuaVm: jit must be a boolean, got ${typeof jit}`);
    requireInteger("inlineBudgetUs", inlineBudgetUs, 1);
    this.#native = new addon.NativeVm(memoryLimit, libs === "safe", jit, inlineBudgetUs);
    this.#host = { native: this.#native, queue: new CallQueue(this.#native) };
    this.#jit = jit;
  }

  /**
   * Runs a chunk of Lua; `args` is a local of it.
   *
   * @returns the first result: `undefined` when there is none, `null` for nil
   * @throws LuaError
   */
  async eval(code: string, args?: Json, options?: ChunkOptions): Promise<Json | undefined> {
    return this.#start(code, args, options, false) as Promise<Json | undefined>;
  }

  /** As `eval`, with every result; `nil` becomes `null`. */
  async evalAll(code: string, args?: Json, options?: ChunkOptions): Promise<Json[]> {
    return unpacked((await this.#start(code, args, options, true)) as PackedResults);
  }

  /** As `eval`, to its end on this thread; host functions that return promises raise an error. */
  evalSync(code: string, args?: Json, options?: ChunkOptions): Json | undefined {
    const [limits, name] = chunkOptions("LuaVm.evalSync", code, options);
    return runAbortable(
      this.#native,
      options?.signal,
      () => this.#native.run(code, name, true, ...limits, args, false) as Json | undefined,
    );
  }

  /**
   * Runs a chunk that returns a function, and returns a handle to it.
   *
   * @throws LuaError; LUA_NOT_FUNCTION when the chunk returns anything else
   */
  async load(code: string, options?: LoadOptions): Promise<LuaFunction> {
    const [limits, name] = chunkOptions("LuaVm.load", code, options);
    const environment = environmentOf("LuaVm.load", options);
    const fn = await this.#host.queue.run(
      waited =>
        this.#native.load(
          code,
          name,
          false,
          ...shortened(limits, waited),
          environment,
        ) as Outcome<NativeFunction>,
      options,
    );
    return new LuaFunction(this.#host, fn);
  }

  /** As `load`, to its end on this thread. */
  loadSync(code: string, options?: LoadOptions): LuaFunction {
    const [limits, name] = chunkOptions("LuaVm.loadSync", code, options);
    const environment = environmentOf("LuaVm.loadSync", options);
    const load = () => this.#native.load(code, name, true, ...limits, environment) as NativeFunction;
    return new LuaFunction(this.#host, runAbortable(this.#native, options?.signal, load));
  }

  /** Compiles without running. @throws LuaError LUA_SYNTAX */
  check(code: string, chunkName = "eval"): void {
    requireString("LuaVm.check", "code", code);
    requireString("LuaVm.check", "chunkName", chunkName);
    this.#native.check(code, chunkName);
  }

  /**
   * A handle to the function at a path of globals such as `"app.lookup"`.
   *
   * @throws LuaError LUA_NOT_FUNCTION
   */
  getFunction(path: string, options: HandleOptions = {}): LuaFunction {
    const { environment = "", results = 0, takesJson = false } = options;
    requirePath("LuaVm.getFunction", path);
    if (environment !== "") requirePath("LuaVm.getFunction", environment);
    return new LuaFunction(this.#host, this.#native.getFunction(path, environment, results, takesJson));
  }

  /**
   * Puts a JavaScript function at a path of globals; tables on the way are made.
   *
   * What it returns is the Lua call's result. When it returns a promise, the Lua code waits without holding a thread; a
   * rejection is a Lua error with the reason's message, and so is an exception.
   *
   * @param options.sync answers instead of `fn` where the Lua code cannot wait: in synchronous calls, and below C functions
   *   such as `table.sort`
   */
  // biome-ignore-start lint/suspicious/noExplicitAny: any function may be registered, whatever it declares its parameters to be
  register(
    path: string,
    fn: (...args: any[]) => unknown,
    options?: { sync?: (...args: any[]) => unknown },
  ): void {
    requirePath("LuaVm.register", path);
    const sync = options?.sync;
    requireFunction("fn", fn);
    if (sync !== undefined) requireFunction("options.sync", sync);
    this.#native.register(path, fn, sync);
    this.#hold(fn, sync);
  }
  // biome-ignore-end lint/suspicious/noExplicitAny: see above

  /**
   * @internal Takes in a group of functions, also during a run; `make` is called at the first call of one of them.
   *
   * @returns the number under which Lua files of ours get the functions
   */
  registerGroup<Name extends string>(
    group: FunctionGroup<Name>,
    make: () => Record<Name, GroupMember>,
  ): number {
    const flat = () => {
      const functions = group.flatten(make());
      this.#hold(...functions);
      return functions;
    };
    this.#hold(flat);
    return this.#native.registerGroup(group.number, flat);
  }

  /** @internal Runs Lua files of ours, each with the toolbox as its argument (native/core/vm.h). */
  runChunks(...chunks: LuaChunk[]): void {
    this.#native.openToolbox();
    for (const chunk of chunks) this.#native.runChunk(chunk.number);
    this.#native.closeToolbox();
  }

  /** Sets a global, or a member of global tables; tables on the way are made. */
  setGlobal(path: string, value: Json): void {
    requirePath("LuaVm.setGlobal", path);
    this.#native.setGlobal(path, value);
  }

  /** The value at a path of globals, `undefined` when there is none. */
  getGlobal(path: string): Json | undefined {
    requirePath("LuaVm.getGlobal", path);
    return this.#native.getGlobal(path);
  }

  /** Puts a JSON library at a path of globals: `encode`, `decode`, `null`, `object`, `array`. */
  openJson(path: string): void {
    requirePath("LuaVm.openJson", path);
    this.#native.openJson(path);
  }

  /** Switches the JIT compiler for all later runs; off also drops compiled code. */
  setJit(on: boolean): void {
    if (typeof on !== "boolean") throw new TypeError(`LuaVm.setJit: on must be a boolean, got ${typeof on}`);
    this.#native.setJit(on);
    this.#jit = on;
  }

  get jit(): boolean {
    return this.#jit;
  }

  /** Bytes that Lua's collector accounts for; 0 after close. */
  get memoryUsed(): number {
    return this.#native.memoryUsed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A call is in progress. */
  get busy(): boolean {
    return (this.#native.state & BUSY) !== 0;
  }

  /** A run was killed or memory ran out: what its code left behind cannot be trusted. Pools discard such VMs. */
  get broken(): boolean {
    return (this.#native.state & BROKEN) !== 0;
  }

  /**
   * @internal Ends the run in progress as its deadline does. For host functions that hold the thread until the deadline:
   * they see it on a clock of their own, and Lua code must not go on where that is ahead.
   */
  expire(): void {
    this.#native.expire(this.#native.serial);
  }

  /** @internal Lua code changed something that the runtime guards; `broken` as well then. */
  get tampered(): boolean {
    return (this.#native.state & TAMPERED) !== 0;
  }

  /** Neither busy, closed nor broken: the next call finds the VM as it should be. */
  get reusable(): boolean {
    return this.#native.state === 0;
  }

  /**
   * Frees the VM. A call in progress ends with LUA_CLOSED. Finalizers written in Lua do not run, those of C libraries do.
   * Idempotent.
   */
  close(): void {
    this.#closed = true;
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The addon's references are weak: functions often capture this LuaVm, which could not be collected otherwise. */
  #hold(...functions: unknown[]): void {
    this.#native.hostFunctions ??= [];
    for (const fn of functions) if (fn !== undefined) this.#native.hostFunctions.push(fn);
  }

  #start(
    code: string,
    args: Json | undefined,
    options: ChunkOptions | undefined,
    all: boolean,
  ): Promise<unknown> {
    const [limits, name] = chunkOptions(all ? "LuaVm.evalAll" : "LuaVm.eval", code, options);
    return this.#host.queue.run(
      waited =>
        this.#native.run(code, name, false, ...shortened(limits, waited), args, all) as Outcome<unknown>,
      options,
    );
  }
}

function chunkOptions(where: string, code: string, options: ChunkOptions | undefined): [LimitValues, string] {
  requireString(where, "code", code);
  const limits = limitValues(where, options);
  const name = options?.chunkName ?? "eval";
  requireString(where, "chunkName", name);
  return [limits, name];
}

function environmentOf(where: string, options: LoadOptions | undefined): string {
  const name = options?.environment ?? "";
  requireString(where, "environment", name);
  return name;
}

function requireObject(options: VmOptions): VmOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `LuaVm: options must be an object, got ${options === null ? "null" : typeof options}`,
    );
  }
  return options;
}

function requireString(where: string, name: string, value: unknown): void {
  if (typeof value !== "string")
    throw new TypeError(`${where}: ${name} must be a string, got ${typeof value}`);
}

function requireFunction(name: string, value: unknown): void {
  if (typeof value !== "function") {
    throw new TypeError(`LuaVm.register: ${name} must be a function, got ${typeof value}`);
  }
}

function requirePath(where: string, path: unknown): void {
  requireString(where, "path", path);
  if ((path as string).split(".").includes("")) {
    throw new TypeError(`${where}: path must be names joined by dots, got ${JSON.stringify(path)}`);
  }
}

function requireInteger(name: string, value: unknown, least: number): void {
  if (typeof value !== "number") throw new TypeError(`LuaVm: ${name} must be a number, got ${typeof value}`);
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`LuaVm: ${name} must be an integer of at least ${least}, got ${value}`);
  }
}
