// A VM of the engine: the host API on it, the functions of the entries that ran on it, and who runs on it now.

import { installHost } from "../host/install.js";
import type { HostLogLevel, HostRun, HostScope } from "../host/scope.js";
import { LuaError, type LuaFunction, LuaVm } from "../vm/index.js";
import { EntryFunction } from "./entry-function.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import type { SkillEntry } from "./skill.js";

export class SkillVm implements HostScope {
  readonly vm: LuaVm;
  readonly #initTimeoutMs: number;
  readonly #log: LogHub;
  /** An entry initialises on a VM when it first runs there, and its function stays for later calls. */
  readonly #functions = new Map<SkillEntry, EntryFunction>();
  readonly #occupied: Set<SkillVm>;
  #running: HostRun | undefined;

  /** @param occupied receives this VM while somebody's code runs on it */
  constructor(settings: EngineSettings, log: LogHub, occupied: Set<SkillVm>) {
    this.#occupied = occupied;
    this.#initTimeoutMs = settings.initTimeoutMs;
    this.#log = log;
    this.vm = new LuaVm(settings.vm);
    try {
      installHost(this.vm, this);
    } catch (error) {
      this.vm.close();
      throw error;
    }
  }

  get running(): HostRun | undefined {
    return this.#running;
  }

  /** Says whose code runs from now on, until `leave`. */
  enter(run: HostRun): void {
    this.#running = run;
    this.#occupied.add(this);
  }

  leave(): void {
    this.#running = undefined;
    this.#occupied.delete(this);
  }

  log(level: HostLogLevel, message: string): void {
    const skillId = this.#running?.skillId;
    this.#log.write({ level, message, ...(skillId === undefined ? {} : { skillId }) });
  }

  /** The function of an entry if it was initialised on this VM. */
  ready(entry: SkillEntry): EntryFunction | undefined {
    return this.#functions.get(entry);
  }

  /**
   * Runs the body of an entry file in the environment of its skill and keeps the function it returns.
   *
   * @throws LuaError
   */
  async initialise(entry: SkillEntry, signal?: AbortSignal): Promise<EntryFunction> {
    const options = { ...this.#loadOptions(entry), ...(signal === undefined ? {} : { signal }) };
    try {
      return this.#keep(entry, await this.vm.load(entry.source, options));
    } catch (error) {
      throw this.#explain(entry, error);
    }
  }

  /** Like `initialise`, on the calling stack. */
  initialiseSync(entry: SkillEntry): EntryFunction {
    try {
      return this.#keep(entry, this.vm.loadSync(entry.source, this.#loadOptions(entry)));
    } catch (error) {
      throw this.#explain(entry, error);
    }
  }

  #keep(entry: SkillEntry, fn: LuaFunction): EntryFunction {
    const kept = new EntryFunction(fn);
    this.#functions.set(entry, kept);
    return kept;
  }

  #loadOptions(entry: SkillEntry) {
    return { chunkName: entry.chunkName, environment: entry.skillId, timeoutMs: this.#initTimeoutMs };
  }

  /** The deadline of a chunk body is the engine's, so the message names the option. */
  #explain(entry: SkillEntry, error: unknown): unknown {
    if (error instanceof LuaError && error.code === "LUA_TIMEOUT") {
      error.message = `${entry.skillId}/${entry.luaEntry}: the file did not return its function within ${this.#initTimeoutMs} ms (initTimeoutMs)`;
    }
    return error;
  }
}
