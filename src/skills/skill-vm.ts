// A VM of the engine: the host API on it, the functions of the entries that ran on it, and who runs on it now.

import { installHost } from "../host/install.js";
import {
  bodyFrame,
  type Frame,
  type HostLogLevel,
  type HostRun,
  type HostVm,
  type NestedCalls,
  type VmProfile,
} from "../host/scope.js";
import type { HostServices } from "../host/services.js";
import type { Json } from "../vm/index.js";
import { LuaError, type LuaFunction, LuaVm, type RunOptions } from "../vm/index.js";
import { EntryFunction } from "./entry-function.js";
import { SkillError } from "./errors.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import { addPackageSearch } from "./package-search.js";
import type { SkillEntry } from "./skill.js";
import { type RunStart, SkillRun } from "./skill-run.js";

/** An entry, and what host functions know while it runs. */
export interface EntryTarget {
  readonly entry: SkillEntry;
  readonly frame: Frame;
}

/** Runs code on VMs of its own, for `vulcan.runtime.lua.exec`. */
export interface ExecRunner {
  execFrom(caller: HostRun, input: unknown): Promise<string>;
  execFromSync(caller: HostRun, input: unknown): string;
}

/** What a VM needs from the engine around it. */
export interface SkillVmParts {
  readonly settings: EngineSettings;
  readonly services: HostServices;
  readonly log: LogHub;
  /** The entry that `vulcan.call` means, or undefined. */
  readonly find: (name: string) => EntryTarget | undefined;
  readonly exec: ExecRunner;
  /** Receives this VM while somebody's code runs on it. */
  readonly occupied: Set<SkillVm>;
}

export interface SkillVmOptions {
  profile?: VmProfile;
  /** Working directory of the VM; the process's otherwise. */
  cwd?: string;
  /** Members below `vulcan` that a strict VM has. */
  allowed?: ReadonlySet<string>;
}

/** Bytes a strict VM may hold where the engine sets no limit. */
const strictMemoryLimit = 64 << 20;

/** Entries of the skill `vulcan-runtime` that start an exec. */
const execEntries = new Set(["lua-exec", "lua-file"]);

/** Operations of `call.lua`, each with (chunk name, code, args). `eval` keeps its globals for the next one. */
export type ChunkOperation = "run" | "eval" | "exec" | "page";

/** Far beyond what skills nest, and well within the C stack that nested coroutines take. */
const maxNesting = 64;

export class SkillVm implements HostVm, NestedCalls {
  readonly vm: LuaVm;
  readonly profile: VmProfile;
  readonly #parts: SkillVmParts;
  #controlFunction: LuaFunction | undefined;
  /** An entry initialises on a VM when it first runs there, and its function stays for later calls. */
  readonly #functions = new Map<SkillEntry, EntryFunction>();
  /** Numbers by which the Lua side knows entries. */
  readonly #keys = new Map<SkillEntry, number>();
  /** Entries whose function exists on the Lua side. */
  readonly #made = new Set<SkillEntry>();
  #run: SkillRun | undefined;
  #cwd: string | undefined;
  /** The handle that `prove` uses, made once. */
  #proving: LuaFunction | undefined;

  constructor(parts: SkillVmParts, { profile = "skill", cwd, allowed }: SkillVmOptions = {}) {
    this.#parts = parts;
    this.profile = profile;
    this.#cwd = cwd;
    const strict = { libs: "safe", memoryLimit: strictMemoryLimit } as const;
    this.vm = new LuaVm(profile === "strict" ? { ...strict, ...parts.settings.vm } : parts.settings.vm);
    try {
      installHost(this.vm, this, this, allowed);
      // A strict VM has no `require`.
      if (profile !== "strict") addPackageSearch(this.vm, parts.settings.paths);
    } catch (error) {
      this.vm.close();
      throw error;
    }
  }

  get run(): SkillRun | undefined {
    return this.#run;
  }

  get cwd(): string | undefined {
    return this.#cwd;
  }

  set cwd(cwd: string | undefined) {
    this.#cwd = cwd;
  }

  get services(): HostServices {
    return this.#parts.services;
  }

  /** Says whose code runs from now on, until `end`. */
  begin(start: RunStart): void {
    const timeoutMs =
      start.frame.initialising === undefined ? start.timeoutMs : this.#parts.settings.initTimeoutMs;
    this.#run = new SkillRun(start, timeoutMs);
    this.#parts.occupied.add(this);
  }

  end(): void {
    this.#run?.end(); // what is done there still belongs to the run: the last words of its output, for instance
    this.#run = undefined;
    this.#parts.occupied.delete(this);
  }

  print(line: string): void {
    const { printTo } = this.#run ?? {};
    if (printTo !== undefined) printTo(line);
    else this.log("info", `[LuaSkill:info] ${line}`);
  }

  exec(input: unknown): Promise<string> {
    return this.#parts.exec.execFrom(this.#requireRun(), input);
  }

  execSync(input: unknown): string {
    return this.#parts.exec.execFromSync(this.#requireRun(), input);
  }

  log(level: HostLogLevel, message: string): void {
    const frame = this.#run?.frame;
    const skillId = frame?.skill?.skillId ?? frame?.initialising;
    this.#parts.log.write({ level, message, ...(skillId === undefined ? {} : { skillId }) });
  }

  /** The function of an entry if it was initialised on this VM. */
  ready(entry: SkillEntry): EntryFunction | undefined {
    return this.#functions.get(entry) ?? (this.#made.has(entry) ? this.#adopt(entry) : undefined);
  }

  /**
   * Runs the body of an entry file in the environment of its skill and keeps the function it returns. Neither the
   * deadline of a call nor its context apply there.
   *
   * @throws LuaError
   */
  async initialise(entry: SkillEntry, signal?: AbortSignal): Promise<EntryFunction> {
    const limits = { timeoutMs: this.#parts.settings.initTimeoutMs, ...(signal ? { signal } : {}) };
    try {
      await this.#control.with(limits).call("initialise", ...this.#initialiseArguments(entry));
    } catch (error) {
      throw this.#explain(entry, error);
    }
    this.#made.add(entry);
    return this.#adopt(entry);
  }

  /** Like `initialise`, on the calling stack. */
  initialiseSync(entry: SkillEntry): EntryFunction {
    const limits = { timeoutMs: this.#parts.settings.initTimeoutMs };
    try {
      this.#control.with(limits).callSync("initialise", ...this.#initialiseArguments(entry));
    } catch (error) {
      throw this.#explain(entry, error);
    }
    this.#made.add(entry);
    return this.#adopt(entry);
  }

  /** Has the next call initialise the entry anew. */
  forget(entry: SkillEntry): void {
    this.#functions.get(entry)?.release();
    this.#functions.delete(entry);
    this.#made.delete(entry);
  }

  /** Runs the body of an entry file as `initialise` does, and keeps nothing of it. @throws LuaError */
  async prove(entry: SkillEntry): Promise<void> {
    this.#proving ??= this.#control.with({ timeoutMs: this.#parts.settings.initTimeoutMs });
    try {
      await this.#proving.call("initialise", ...this.#initialiseArguments(entry));
    } catch (error) {
      throw this.#explain(entry, error);
    }
  }

  /** Runs one of the operations of `call.lua` on text of code. @returns every result, nil as null */
  runChunk(operation: ChunkOperation, args: Json[], limits: RunOptions | undefined): Promise<Json[]> {
    return this.#limited(limits).callAll(operation, ...args);
  }

  /** `runChunk` on the calling stack. */
  runChunkSync(operation: ChunkOperation, args: Json[], limits: RunOptions | undefined): Json[] {
    return this.#limited(limits).callAllSync(operation, ...args);
  }

  /** @internal NestedCalls */
  enter(name: string): number | { key: number; skill: string; source: string; chunk: string } {
    const run = this.#requireRun();
    const target = this.#parts.find(name);
    if (target === undefined) throw new SkillError("SKILL_NOT_FOUND", `call: Skill '${name}' not found`);
    refuseReentry(run, name, target.frame);
    const { entry, frame } = target;
    const key = this.#keyOf(entry);
    if (this.#made.has(entry)) {
      run.push(frame);
      return key;
    }
    // Context fields are nil while the body of a file runs.
    run.push(bodyFrame(entry.skillId));
    return { key, skill: entry.skillId, source: entry.source, chunk: entry.chunkName };
  }

  /** @internal NestedCalls */
  leave(): void {
    this.#run?.pop();
  }

  /** @internal NestedCalls */
  made(name: string): void {
    const target = this.#parts.find(name);
    if (target === undefined) throw new SkillError("SKILL_NOT_FOUND", `call: Skill '${name}' not found`);
    this.#made.add(target.entry);
    this.#requireRun().replace(target.frame);
  }

  #requireRun(): SkillRun {
    if (this.#run === undefined) throw new Error("no call is running on this VM");
    return this.#run;
  }

  /** A handle costs more than the rest of a VM, so it is made when first used. */
  get #control(): LuaFunction {
    this.#controlFunction ??= this.vm.getFunction("=control");
    return this.#controlFunction;
  }

  #limited(limits: RunOptions | undefined): LuaFunction {
    return limits === undefined ? this.#control : this.#control.with(limits);
  }

  #adopt(entry: SkillEntry): EntryFunction {
    this.#control.callSync("adopt", this.#keyOf(entry));
    const fn = new EntryFunction(this.vm.getFunction("=handler", { environment: "=environment" }));
    this.#functions.set(entry, fn);
    return fn;
  }

  #keyOf(entry: SkillEntry): number {
    let key = this.#keys.get(entry);
    if (key === undefined) {
      key = this.#keys.size;
      this.#keys.set(entry, key);
    }
    return key;
  }

  #initialiseArguments(entry: SkillEntry): [number, string, string, string] {
    return [this.#keyOf(entry), entry.skillId, entry.source, entry.chunkName];
  }

  /** The deadline of a chunk body is the engine's, so the message names the option. */
  #explain(entry: SkillEntry, error: unknown): unknown {
    if (error instanceof LuaError && error.code === "LUA_TIMEOUT") {
      error.message = `${entry.skillId}/${entry.luaEntry}: the file did not return its function within ${this.#parts.settings.initTimeoutMs} ms (initTimeoutMs)`;
    }
    return error;
  }
}

/** Calls that would end in themselves. */
function refuseReentry(run: SkillRun, name: string, frame: Frame): void {
  if (run.depth >= maxNesting) {
    throw new Error(`call: ${name}: more than ${maxNesting} calls are nested; does a skill call itself?`);
  }
  if (run.execCaller === undefined) return;
  if (name === run.execCaller) {
    throw new Error(`vulcan.call cannot call the current luaexec caller tool '${name}'`);
  }
  if (frame.skill?.skillId === "vulcan-runtime" && execEntries.has(frame.entry?.localName ?? "")) {
    throw new Error(`vulcan.call cannot invoke '${name}' inside luaexec`);
  }
}
