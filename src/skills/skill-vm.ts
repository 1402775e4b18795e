// A VM of the engine: the host API on it, the functions of the entries that ran on it, and who runs on it now.

import { installHost } from "../host/install.js";
import type { HostLogLevel, HostRun, HostVm, ReturnedValues, VmProfile } from "../host/scope.js";
import type { HostServices } from "../host/services.js";
import type { Json } from "../vm/index.js";
import { LuaError, type LuaFunction, LuaVm, type RunOptions, type VmOptions } from "../vm/index.js";
import type { EntryFunction } from "./entry-function.js";
import { EntryFunctions } from "./entry-functions.js";
import type { LogHub } from "./log.js";
import { EntryCalls } from "./nested-calls.js";
import type { Occupant, Occupied } from "./occupied.js";
import type { EngineSettings } from "./options.js";
import { addPackageSearch } from "./package-search.js";
import type { SkillEntry } from "./skill.js";
import { type EntryTarget, type RunStart, runCleanups, SkillRun } from "./skill-run.js";

/** Runs code on VMs of its own, for `vulcan.runtime.lua.exec`. */
export interface ExecRunner {
  /** @param cwd where relative paths are taken from; undefined: the process's */
  execFrom(caller: HostRun, input: unknown, cwd: string | undefined): Promise<string>;
  execFromSync(caller: HostRun, input: unknown, cwd: string | undefined): string;
}

/** Calls entries on VMs of skills, for code that is on none. */
export interface OuterCalls {
  /** @returns every value that the entry returns */
  callFrom(caller: SkillRun, name: unknown, args: unknown): Promise<Json[]>;
  callFromSync(caller: SkillRun, name: unknown, args: unknown): Json[];
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
  readonly occupied: Occupied<SkillVm>;
}

export interface SkillVmOptions {
  profile?: VmProfile;
  /** Working directory of the VM; the process's otherwise. */
  cwd?: string;
  /** Members below `vulcan` that a strict VM has. */
  allowed?: ReadonlySet<string>;
  /** Answers `vulcan.call` of a strict VM. */
  calls?: OuterCalls;
}

/** What every operation takes, and what this one takes. */
export type ChunkArguments = [chunkName: string, code: string, Json];

/** Bytes that a strict VM may hold where the engine sets no limit. */
const strictMemoryLimit = 64 << 20;

/** Operations of `call.lua`, each with (chunk name, code, args). `eval` keeps its globals for the next one. */
export type ChunkOperation = "run" | "eval" | "exec" | "page";

export class SkillVm implements HostVm, Occupant {
  readonly vm: LuaVm;
  readonly profile: VmProfile;
  place = -1;
  readonly #parts: SkillVmParts;
  #controlFunction: LuaFunction | undefined;
  readonly #functions: EntryFunctions;
  readonly #outerCalls: OuterCalls | undefined;
  #run: SkillRun | undefined;
  readonly #expire = () => this.vm.expire();
  /** What ran last, for messages. */
  #ran: string | undefined;
  #cwd: string | undefined;
  /** The handle that `prove` uses, made once. */
  #proving: LuaFunction | undefined;

  constructor(parts: SkillVmParts, { profile = "skill", cwd, allowed, calls }: SkillVmOptions = {}) {
    this.#parts = parts;
    this.profile = profile;
    this.#cwd = cwd;
    this.#outerCalls = calls;
    this.vm = new LuaVm(profile === "strict" ? strictVm(parts.settings.vm) : parts.settings.vm);
    this.#functions = new EntryFunctions(this.vm, () => this.#control);
    const nested = new EntryCalls(this.#functions, parts.find, () => this.#requireRun());
    try {
      installHost(this.vm, this, nested, allowed);
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
    this.#run = new SkillRun(start, timeoutMs, this.#expire);
    this.#ran = start.frame.toolName ?? start.frame.initialising;
    this.#parts.occupied.add(this);
  }

  end(): void {
    // What is done there still belongs to the run: the last words of its output, for instance.
    this.#run?.end(this.#cleanupFailed);
    this.#run = undefined;
    this.#parts.occupied.delete(this);
  }

  /** Does what was to be done at the end of a lease. */
  endKept(cleanups: ReadonlySet<() => void>): void {
    runCleanups(cleanups, this.#cleanupFailed);
  }

  print(line: string, label: "info" | "stdout" = "info"): void {
    const { printTo } = this.#run ?? {};
    if (printTo !== undefined) printTo(line);
    else this.log("info", `[LuaSkill:${label}] ${line}`);
  }

  exec(input: unknown): Promise<string> {
    return this.#parts.exec.execFrom(this.#requireRun(), input, this.#cwd);
  }

  execSync(input: unknown): string {
    return this.#parts.exec.execFromSync(this.#requireRun(), input, this.#cwd);
  }

  async call(name: unknown, args: unknown): Promise<ReturnedValues> {
    const values = await this.#requireOuterCalls().callFrom(this.#requireRun(), name, args);
    return { values, count: values.length };
  }

  callSync(name: unknown, args: unknown): ReturnedValues {
    const values = this.#requireOuterCalls().callFromSync(this.#requireRun(), name, args);
    return { values, count: values.length };
  }

  /** Warns when what ran last has changed what the runtime guards: the VM is of no use any more. */
  reportTampering(): void {
    if (!this.vm.tampered) return;
    const who = this.#ran ?? "Code of no skill";
    const message = `[LuaSkill:warn] ${who} changed the \`vulcan\` table by means that nothing can prevent; its VM was discarded`;
    this.#parts.log.write({ level: "warn", message });
  }

  log(level: HostLogLevel, message: string): void {
    const frame = this.#run?.frame;
    const skillId = frame?.skill?.skillId ?? frame?.initialising;
    this.#parts.log.write({ level, message, ...(skillId === undefined ? {} : { skillId }) });
  }

  /** The function of an entry if it was initialised on this VM. @param whole as in `EntryFunctions.ready` */
  ready(entry: SkillEntry, whole: boolean): EntryFunction | undefined {
    return this.#functions.ready(entry, whole);
  }

  /**
   * Runs the body of an entry file in the environment of its skill and keeps the function it returns. Neither the
   * deadline of a call nor its context apply there.
   *
   * @throws LuaError
   */
  async initialise(entry: SkillEntry, signal?: AbortSignal): Promise<void> {
    const limits = { timeoutMs: this.#parts.settings.initTimeoutMs, ...(signal ? { signal } : {}) };
    try {
      await this.#control.with(limits).call("initialise", ...this.#functions.source(entry));
    } catch (error) {
      throw this.#explain(entry, error);
    }
    this.#functions.made(entry);
  }

  /** Like `initialise`, on the calling stack. */
  initialiseSync(entry: SkillEntry): void {
    const limits = { timeoutMs: this.#parts.settings.initTimeoutMs };
    try {
      this.#control.with(limits).callSync("initialise", ...this.#functions.source(entry));
    } catch (error) {
      throw this.#explain(entry, error);
    }
    this.#functions.made(entry);
  }

  /** Has the next call initialise the entry anew. */
  forget(entry: SkillEntry): void {
    this.#functions.forget(entry);
  }

  /** Runs the body of an entry file as `initialise` does, and keeps nothing of it. @throws LuaError */
  async prove(entry: SkillEntry): Promise<void> {
    this.#proving ??= this.#control.with({ timeoutMs: this.#parts.settings.initTimeoutMs });
    try {
      await this.#proving.call("initialise", ...this.#functions.source(entry));
    } catch (error) {
      throw this.#explain(entry, error);
    }
  }

  /**
   * Runs one of the operations of `call.lua` on text of code.
   *
   * @param args chunk name, code and what else the operation takes
   * @returns every result, nil as null
   * @throws LuaError, LUA_SYNTAX for a mistake in the text
   */
  async runChunk(
    operation: ChunkOperation,
    args: ChunkArguments,
    limits: RunOptions | undefined,
  ): Promise<Json[]> {
    try {
      return await this.#limited(limits).callAll(operation, ...args);
    } catch (error) {
      this.#refuseSyntax(operation, args, error);
      throw error;
    }
  }

  /** `runChunk` on the calling stack. */
  runChunkSync(operation: ChunkOperation, args: ChunkArguments, limits: RunOptions | undefined): Json[] {
    try {
      return this.#limited(limits).callAllSync(operation, ...args);
    } catch (error) {
      this.#refuseSyntax(operation, args, error);
      throw error;
    }
  }

  /**
   * The text is compiled in Lua, where a mistake in it is an error like any other: the caller wants to know. A report has
   * only the message.
   */
  #refuseSyntax(operation: ChunkOperation, [chunkName, code]: ChunkArguments, error: unknown): void {
    const mayBeSyntax = error instanceof LuaError && error.code === "LUA_RUNTIME" && operation !== "exec";
    if (mayBeSyntax && this.vm.reusable) this.vm.check(code, chunkName);
  }

  readonly #cleanupFailed = (error: unknown): void => {
    this.log("error", `[LuaSkill] What a call leaves behind could not be ended: ${error}`);
  };

  #requireRun(): SkillRun {
    if (this.#run === undefined) throw new Error("no call is running on this VM");
    return this.#run;
  }

  #requireOuterCalls(): OuterCalls {
    if (this.#outerCalls === undefined) throw new Error("entries are called on this VM itself");
    return this.#outerCalls;
  }

  /** A handle costs more than the rest of a VM, so it is made when first used. */
  get #control(): LuaFunction {
    this.#controlFunction ??= this.vm.getFunction("=control");
    return this.#controlFunction;
  }

  #limited(limits: RunOptions | undefined): LuaFunction {
    return limits === undefined ? this.#control : this.#control.with(limits);
  }

  /** The deadline of a chunk body is the engine's, so the message names the option. */
  #explain(entry: SkillEntry, error: unknown): unknown {
    if (error instanceof LuaError && error.code === "LUA_TIMEOUT") {
      error.message = `${entry.skillId}/${entry.luaEntry}: the file did not return its function within ${this.#parts.settings.initTimeoutMs} ms (initTimeoutMs)`;
    }
    return error;
  }
}

/** Without a limit of the engine's there is one all the same. */
function strictVm({ memoryLimit, ...options }: VmOptions): VmOptions {
  return { ...options, libs: "safe", memoryLimit: memoryLimit || strictMemoryLimit };
}
