// A VM of the engine: the host API on it, the functions of the entries that ran on it, and who runs on it now.

import { installHost } from "../host/install.js";
import {
  type Frame,
  type HostLogLevel,
  type HostVm,
  type NestedCalls,
  noFrame,
  type VmProfile,
} from "../host/scope.js";
import type { HostServices } from "../host/services.js";
import type { Json } from "../vm/index.js";
import { LuaError, type LuaFunction, LuaVm, type RunOptions } from "../vm/index.js";
import { EntryFunction } from "./entry-function.js";
import { SkillError } from "./errors.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import type { SkillEntry } from "./skill.js";
import { type RunStart, SkillRun } from "./skill-run.js";

/** An entry under the number that it has on the VMs of its generation. */
export interface NumberedEntry {
  readonly key: number;
  readonly entry: SkillEntry;
  readonly frame: Frame;
}

/** What a VM needs from the engine around it. */
export interface SkillVmParts {
  readonly settings: EngineSettings;
  readonly services: HostServices;
  readonly log: LogHub;
  /** The entry that `vulcan.call` means, or undefined. */
  readonly find: (name: string) => NumberedEntry | undefined;
  /** Receives this VM while somebody's code runs on it. */
  readonly occupied: Set<SkillVm>;
}

/** Far beyond what skills nest, and well within the C stack that nested coroutines take. */
const maxNesting = 64;

export class SkillVm implements HostVm, NestedCalls {
  readonly vm: LuaVm;
  readonly profile: VmProfile;
  readonly #parts: SkillVmParts;
  #controlFunction: LuaFunction | undefined;
  /** An entry initialises on a VM when it first runs there, and its function stays for later calls. */
  readonly #functions: (EntryFunction | undefined)[] = [];
  /** Entries whose function exists on the Lua side. */
  readonly #made = new Set<number>();
  #run: SkillRun | undefined;
  /** `#control` with the deadline of chunk bodies; made by the first `prove`. */
  #proving: LuaFunction | undefined;

  constructor(parts: SkillVmParts, profile: VmProfile = "skill") {
    this.#parts = parts;
    this.profile = profile;
    this.vm = new LuaVm(parts.settings.vm);
    try {
      installHost(this.vm, this, this);
    } catch (error) {
      this.vm.close();
      throw error;
    }
  }

  get run(): SkillRun | undefined {
    return this.#run;
  }

  get cwd(): string | undefined {
    return undefined;
  }

  get services(): HostServices {
    return this.#parts.services;
  }

  /** Says whose code runs from now on, until `end`. */
  begin(start: RunStart): void {
    const timeoutMs = start.initialising === undefined ? start.timeoutMs : this.#parts.settings.initTimeoutMs;
    this.#run = new SkillRun(start, timeoutMs);
    this.#parts.occupied.add(this);
  }

  end(): void {
    const run = this.#run;
    this.#run = undefined;
    this.#parts.occupied.delete(this);
    run?.end();
  }

  print(line: string): void {
    this.log("info", `[LuaSkill:info] ${line}`);
  }

  log(level: HostLogLevel, message: string): void {
    const skillId = this.#run?.frame.skill?.skillId ?? this.#run?.initialising;
    this.#parts.log.write({ level, message, ...(skillId === undefined ? {} : { skillId }) });
  }

  /** The function of an entry if it was initialised on this VM. */
  ready(key: number): EntryFunction | undefined {
    return this.#functions[key] ?? (this.#made.has(key) ? this.#adopt(key) : undefined);
  }

  /**
   * Runs the body of an entry file in the environment of its skill and keeps the function it returns. Neither the
   * deadline of a call nor its context apply there.
   *
   * @throws LuaError
   */
  async initialise(target: NumberedEntry, signal?: AbortSignal): Promise<EntryFunction> {
    const limits = { timeoutMs: this.#parts.settings.initTimeoutMs, ...(signal ? { signal } : {}) };
    try {
      await this.#control.with(limits).call("initialise", ...initialiseArguments(target));
      return this.#adopt(target.key);
    } catch (error) {
      throw this.#explain(target.entry, error);
    }
  }

  /** Runs the body of an entry file as `initialise` does, and keeps nothing of it. @throws LuaError */
  async prove(entry: SkillEntry): Promise<void> {
    this.#proving ??= this.#control.with({ timeoutMs: this.#parts.settings.initTimeoutMs });
    try {
      await this.#proving.call("initialise", ...initialiseArguments({ key: 0, entry, frame: noFrame }));
    } catch (error) {
      throw this.#explain(entry, error);
    }
  }

  /** Like `initialise`, on the calling stack. */
  initialiseSync(target: NumberedEntry): EntryFunction {
    const limits = { timeoutMs: this.#parts.settings.initTimeoutMs };
    try {
      this.#control.with(limits).callSync("initialise", ...initialiseArguments(target));
      return this.#adopt(target.key);
    } catch (error) {
      throw this.#explain(target.entry, error);
    }
  }

  /** Runs a chunk in an environment of its own, with `args` as a local. @returns every result, nil as null */
  runChunk(chunkName: string, code: string, args: Json, limits: RunOptions | undefined): Promise<Json[]> {
    return this.#limited(limits).callAll("run", chunkName, code, args);
  }

  /** `runChunk` on the calling stack. */
  runChunkSync(chunkName: string, code: string, args: Json, limits: RunOptions | undefined): Json[] {
    return this.#limited(limits).callAllSync("run", chunkName, code, args);
  }

  /** @internal NestedCalls */
  enter(name: string): number | { key: number; skill: string; source: string; chunk: string } {
    const run = this.#requireRun();
    const target = this.#parts.find(name);
    if (target === undefined) throw new SkillError("SKILL_NOT_FOUND", `call: Skill '${name}' not found`);
    if (run.depth >= maxNesting) {
      throw new Error(`call: ${name}: more than ${maxNesting} calls are nested; does a skill call itself?`);
    }
    const { key, entry, frame } = target;
    if (this.#made.has(key)) {
      run.push(frame);
      return key;
    }
    run.push(noFrame);
    return { key, skill: entry.skillId, source: entry.source, chunk: entry.chunkName };
  }

  /** @internal NestedCalls */
  leave(): void {
    this.#run?.pop();
  }

  /** @internal NestedCalls */
  made(name: string, key: number): void {
    this.#made.add(key);
    const target = this.#parts.find(name);
    if (target !== undefined) this.#requireRun().replace(target.frame);
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

  #adopt(key: number): EntryFunction {
    this.#control.callSync("adopt", key);
    const fn = new EntryFunction(this.vm.getFunction("=handler", { environment: "=environment" }));
    this.#made.add(key);
    this.#functions[key] = fn;
    return fn;
  }

  /** The deadline of a chunk body is the engine's, so the message names the option. */
  #explain(entry: SkillEntry, error: unknown): unknown {
    if (error instanceof LuaError && error.code === "LUA_TIMEOUT") {
      error.message = `${entry.skillId}/${entry.luaEntry}: the file did not return its function within ${this.#parts.settings.initTimeoutMs} ms (initTimeoutMs)`;
    }
    return error;
  }
}

function initialiseArguments({ key, entry }: NumberedEntry): [number, string, string, string] {
  return [key, entry.skillId, entry.source, entry.chunkName];
}
