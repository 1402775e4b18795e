// The facade: what a host holds on to.

import type { Models } from "../host/models.js";
import type { RequestContext } from "../host/scope.js";
import type { Json, RunOptions } from "../vm/index.js";
import { setLaneCount } from "../vm/index.js";
import { ArgumentValidation } from "./argument-validation.js";
import type { ConfigEntry } from "./config-store.js";
import { SkillError } from "./errors.js";
import { type ExecRequest, planExec } from "./exec-request.js";
import { type CallCounts, Generation } from "./generation.js";
import { type HelpDetail, type HelpTree, listHelp, renderHelp } from "./help.js";
import type { HostTool } from "./host-tools.js";
import type { CallOptions, Invocation } from "./invocation.js";
import { type Lease, type LeaseOptions, Leases } from "./leases.js";
import { Listeners } from "./listeners.js";
import { type LoadReport, loadSkills } from "./load.js";
import { type LogEvent, LogHub, toLogger } from "./log.js";
import { type EngineSettings, resolveOptions, type SkillEngineOptions } from "./options.js";
import { type Authority, isVisibleTo } from "./policy.js";
import type { EntryDescriptor, RegisteredEntry } from "./registry.js";
import { type RegistryDelta, registryDelta } from "./registry-delta.js";
import type { InvocationResult } from "./result.js";
import { resolveRoots, type SkillRoot } from "./roots.js";
import { type ChunkRun, runLua, runLuaSync } from "./run-lua.js";
import { EngineServices } from "./services.js";
import type { SkillManager } from "./skill-management.js";
import { SkillVm, type SkillVmParts } from "./skill-vm.js";
import { SkillWatcher } from "./watch.js";

/** Events of an engine and what their listeners receive. */
export interface EngineEvents {
  log: LogEvent;
  /** What a reload changed about the entries; nothing comes when it changed nothing, nor after `load`. */
  registry: RegistryDelta;
}

/** On whose behalf somebody asks what there is. */
export interface VisibilityOptions {
  /** `"delegated_tool"` does not see the skills of a ROOT that has PROJECT or USER beside it. Default `"system"`. */
  authority?: Authority;
}

export interface CloseOptions {
  /** Milliseconds that calls in flight get to finish before they are ended. Default 5,000. */
  drainMs?: number;
}

const defaultDrainMs = 5_000;

/**
 * Loads skills from folders and calls their entries on pooled LuaJIT VMs.
 *
 * @example
 * await using engine = await SkillEngine.create();
 * await engine.load([{ name: "ROOT", skillsDir: "skills" }]);
 * const { content } = await engine.call("demo-skill-ping", { note: "hello" });
 */
export class SkillEngine implements AsyncDisposable {
  readonly #settings: EngineSettings;
  readonly #services: EngineServices;
  readonly #log = new LogHub();
  readonly #registryListeners = new Listeners<RegistryDelta>();
  readonly #watcher: SkillWatcher | undefined;
  readonly #validation: ArgumentValidation | undefined;
  readonly #leases: Leases;

  /** Pages that skills have about themselves. */
  readonly help: {
    /** All pages of all loaded skills, in order of skill id. */
    list(): HelpTree[];
    /**
     * One page. `flow` is `"main"` or the name of a topic; pages written in Lua see `request` as their context.
     *
     * @returns null when no skill of this id is loaded
     * @throws SkillError `SKILL_HELP`; LuaError
     */
    render(skillId: string, flow: string, request?: RequestContext): Promise<HelpDetail | null>;
  };

  /** VMs that keep their state between evaluations. */
  readonly leases: {
    /** @throws TypeError | RangeError; SkillError `LEASE_EXISTS`, `LEASE_LIMIT`, `ENGINE_CLOSED` */
    create(options: LeaseOptions): Promise<Lease>;
    /** The leases that live. */
    list(): Lease[];
  };
  #generation: Generation;
  /** Generations that a reload replaced and that still finish calls. */
  readonly #retired = new Set<Generation>();
  #roots: readonly SkillRoot[] | undefined;
  /** Loads run one after the other. */
  #loading: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  readonly #counts: CallCounts = { completed: 0, failed: 0 };
  #loads = 0;

  private constructor(settings: EngineSettings) {
    this.#settings = settings;
    this.#services = new EngineServices(settings, () => this.#roots ?? []);
    const { logger } = settings;
    if (logger !== undefined) this.#log.listen(toLogger(logger));
    this.#generation = new Generation([], settings, this.#services, this.#log, this.#counts);
    this.#validation = settings.validateArguments ? new ArgumentValidation() : undefined;
    this.#leases = new Leases(options => new SkillVm(this.#leaseParts(), options));
    this.help = {
      list: () => listHelp(this.#open()),
      render: async (skillId, flow, request) =>
        renderHelp(this.#open(), skillId, flow, request, settings.initTimeoutMs),
    };
    this.leases = {
      create: async options => {
        this.#open();
        return this.#leases.create(options);
      },
      list: () => this.#leases.list(),
    };
    this.#watcher = settings.watch ? this.#createWatcher() : undefined;
  }

  /**
   * Makes an engine that has no skills yet.
   *
   * @throws TypeError | RangeError for invalid options
   */
  static async create(options?: SkillEngineOptions): Promise<SkillEngine> {
    const settings = resolveOptions(options);
    if (settings.lanes !== undefined) setLaneCount(settings.lanes);
    return new SkillEngine(settings);
  }

  /**
   * Loads the skills of a root chain and replaces what was loaded. The first root that has a folder for a skill
   * decides. What is wrong with single skills is in the report; calls go to the old skills until the new ones are ready.
   *
   * @throws SkillError `SKILL_ROOT` (nothing changes then), `ENGINE_CLOSED`
   */
  load(roots: SkillRoot[]): Promise<LoadReport> {
    return this.#enqueue(() => this.#switchTo(resolveRoots(roots), { keepLastGood: false }));
  }

  /**
   * Like `load`, with the chain of the last load unless another is given, but a skill that loads no more stays in its
   * last good version and is listed under `kept`.
   *
   * @throws SkillError `SKILL_ROOT` (nothing changes then), `ENGINE_CLOSED`
   */
  reload(roots?: SkillRoot[]): Promise<LoadReport> {
    return this.#enqueue(() => {
      const chain = roots === undefined ? this.#roots : resolveRoots(roots);
      if (chain === undefined) {
        throw new SkillError(
          "SKILL_ROOT",
          "nothing was loaded yet: call load(roots), or pass the roots to reload",
        );
      }
      return this.#switchTo(chain, { keepLastGood: true });
    });
  }

  /** All entries in order of canonical name. */
  entries(options?: VisibilityOptions): EntryDescriptor[] {
    const isVisible = this.#visibility(options);
    const entries = [...this.#generation.registry.values()];
    return entries.filter(isVisible).map(({ descriptor }) => structuredClone(descriptor));
  }

  /** True if `call` knows the name. */
  has(name: string, options?: VisibilityOptions): boolean {
    return this.skillOf(name, options) !== undefined;
  }

  /** Id of the skill that the entry of this canonical name belongs to. */
  skillOf(name: string, options?: VisibilityOptions): string | undefined {
    const target = this.#generation.registry.get(name);
    return target !== undefined && this.#visibility(options)(target) ? target.descriptor.skillId : undefined;
  }

  /**
   * Calls an entry. Short calls finish on the JS thread, longer ones move to a worker lane; the event loop is never
   * held.
   *
   * @param name canonical name
   * @param args an object becomes the argument table, an array a sequence; anything else an empty table
   * @throws LuaError what happened in Lua, LUA_TIMEOUT and LUA_ABORTED among it
   * @throws SkillError `SKILL_NOT_FOUND`, `SKILL_RESULT`, `POOL_TIMEOUT`, `ENGINE_CLOSED`
   */
  call(name: string, args?: Json, options?: CallOptions): Promise<InvocationResult> {
    // Not an async function: that would cost one more turn of the microtask queue per call.
    try {
      const generation = this.#open();
      return generation.call(this.#invocation(generation, name, args, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Calls an entry on the calling stack. Never waits for a VM: when all are leased it uses a temporary one. Host
   * functions that can only answer later raise an error in it.
   *
   * @throws as `call`
   */
  callSync(name: string, args?: Json, options?: CallOptions): InvocationResult {
    const generation = this.#open();
    return generation.callSync(this.#invocation(generation, name, args, options));
  }

  /**
   * Runs code of the host on a VM of the pool, with the whole host API and no skill. `args` is a local of it; what it
   * leaves in globals is gone afterwards.
   *
   * @returns the first result; null when there is none
   * @throws LuaError; SkillError `POOL_TIMEOUT`, `ENGINE_CLOSED`
   */
  async runLua(code: string, args?: Json, options?: CallOptions): Promise<Json | null> {
    const run = this.#chunkRun("runLua", code, args, options);
    return this.#open().run("runLua", options?.signal, host => runLua(host, run));
  }

  /** `runLua` on the calling stack. */
  runLuaSync(code: string, args?: Json, options?: CallOptions): Json | null {
    const run = this.#chunkRun("runLuaSync", code, args, options);
    return this.#open().runSync("runLuaSync", host => runLuaSync(host, run));
  }

  /**
   * Runs code that somebody has made up, on a VM apart from those of skills, and reports in Markdown: what it returned and
   * printed, or what went wrong in it.
   *
   * @throws TypeError | RangeError for a request that is no proper one; Error when its file cannot be read; SkillError
   *   `POOL_TIMEOUT`, `ENGINE_CLOSED`
   */
  async execLua(request: ExecRequest, options?: { signal?: AbortSignal }): Promise<string> {
    const generation = this.#open();
    return generation.exec(planExec(request, undefined, this.#settings.execTimeoutMs), options?.signal);
  }

  /**
   * The values of all skills, as `vulcan.config` shows each skill its own.
   *
   * @throws SkillError `SKILL_CONFIG`, `ENGINE_CLOSED`
   */
  readonly config = {
    list: async (skillId?: string): Promise<ConfigEntry[]> => this.#openServices().config.list(skillId),
    get: async (skillId: string, key: string): Promise<string | undefined> =>
      this.#openServices().config.get(skillId, key),
    set: async (skillId: string, key: string, value: string): Promise<void> =>
      this.#openServices().config.set(skillId, key, value),
    delete: async (skillId: string, key: string): Promise<boolean> =>
      this.#openServices().config.delete(skillId, key),
  };

  /**
   * Lets skills call a function of the host, as `vulcan.host.call(name, args)`.
   *
   * @returns takes the tool away again
   * @throws TypeError for an invalid or a taken name, or a tool of the wrong shape
   */
  registerHostTool(name: string, tool: HostTool): () => void {
    return this.#services.hostTools.register(name, tool);
  }

  /**
   * Sets the models behind `vulcan.models`; what is not named is not there.
   *
   * @throws TypeError naming the member that is no function
   */
  setModels(models: Models): void {
    this.#services.setModels(models);
  }

  /** Sets who answers `vulcan.runtime.skills`; the option `capabilities.skillManagement` must allow it. */
  setSkillManager(manager: SkillManager): void {
    this.#services.skillManagement.setManager(manager);
  }

  /**
   * Adds a listener. What a listener throws is ignored.
   *
   * @returns removes the listener
   */
  on<Name extends keyof EngineEvents>(
    event: Name,
    listener: (payload: EngineEvents[Name]) => void,
  ): () => void {
    const add: {
      [Event in keyof EngineEvents]: (own: (payload: EngineEvents[Event]) => void) => () => void;
    } = {
      log: own => this.#log.listen(own),
      registry: own => this.#registryListeners.add(own),
    };
    if (!Object.hasOwn(add, event)) {
      const known = Object.keys(add).join(", ");
      throw new TypeError(`SkillEngine.on: unknown event ${JSON.stringify(event)}; there are ${known}`);
    }
    return add[event](listener);
  }

  /** Counts since `create`, and of the VMs that serve now. */
  stats() {
    const { registry, skills } = this.#generation;
    const running = [this.#generation, ...this.#retired].reduce((sum, { inFlight }) => sum + inFlight, 0);
    return {
      skills: skills.size,
      entries: registry.size,
      loads: this.#loads,
      calls: { running, ...this.#counts },
      pool: { ...this.#generation.poolStats() },
      cache: { ...this.#services.cache.stats() },
    };
  }

  /**
   * Refuses new calls, lets running ones finish for `drainMs`, ends the rest with `ENGINE_CLOSED`, closes all VMs.
   * Calling it again gives the same promise.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#shutDown(options.drainMs ?? defaultDrainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #open(): Generation {
    if (this.#closing !== undefined) throw new SkillError("ENGINE_CLOSED", "the engine is closed");
    return this.#generation;
  }

  #visibility(options: VisibilityOptions | undefined): (target: RegisteredEntry) => boolean {
    const authority = options?.authority ?? "system";
    if (authority !== "system" && authority !== "delegated_tool") {
      throw new TypeError(`authority must be "system" or "delegated_tool", got ${JSON.stringify(authority)}`);
    }
    const roots = this.#roots ?? [];
    return ({ descriptor }) => isVisibleTo(authority, roots, descriptor.rootName);
  }

  /** A lease outlives reloads: what it asks for is answered by what is loaded then. */
  #leaseParts(): SkillVmParts {
    return {
      settings: this.#settings,
      services: this.#services,
      log: this.#log,
      find: name => this.#generation.registry.get(name),
      exec: {
        execFrom: (caller, input) => this.#generation.runner.execFrom(caller, input),
        execFromSync: (caller, input) => this.#generation.runner.execFromSync(caller, input),
      },
      occupied: new Set(),
    };
  }

  #createWatcher(): SkillWatcher {
    return new SkillWatcher(this.#settings.paths, {
      changed: () => {
        this.#log.write({ level: "info", message: "[LuaSkill] Files of skills changed, loading them again" });
        this.reload().catch((error: Error) => {
          if (this.#closing === undefined)
            this.#logError(`[LuaSkill] Failed to load changed skills: ${error.message}`);
        });
      },
      failed: message => this.#log.write({ level: "warn", message: `[LuaSkill] ${message}` }),
    });
  }

  #logError(message: string): void {
    this.#log.write({ level: "error", message });
  }

  #chunkRun(
    method: string,
    code: string,
    args: Json | undefined,
    options: CallOptions | undefined,
  ): ChunkRun {
    if (typeof code !== "string") {
      throw new TypeError(`SkillEngine.${method}: code must be a string, got ${typeof code}`);
    }
    return { code, args, limits: this.#limits(options), context: options?.context };
  }

  #openServices(): EngineServices {
    this.#open();
    return this.#services;
  }

  #invocation(
    { registry }: Generation,
    name: string,
    args: Json | undefined,
    options: CallOptions | undefined,
  ): Invocation {
    const target: RegisteredEntry | undefined = registry.get(name);
    if (target === undefined) {
      const hint =
        this.#roots === undefined ? "load(roots) was not called yet" : "entries() lists what is loaded";
      throw new SkillError("SKILL_NOT_FOUND", `Lua skill '${name}' not found: ${hint}`);
    }
    this.#validation?.check(target, args);
    return { target, args, limits: this.#limits(options), context: options?.context };
  }

  #limits(options: CallOptions | undefined): RunOptions | undefined {
    const timeoutMs = options?.timeoutMs ?? this.#settings.callTimeoutMs;
    const signal = options?.signal;
    const jit = options?.jit;
    if (timeoutMs === undefined && signal === undefined && jit === undefined) return undefined;
    return {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(signal === undefined ? {} : { signal }),
      ...(jit === undefined ? {} : { jit }),
    };
  }

  #enqueue<T>(load: () => Promise<T>): Promise<T> {
    const result = this.#loading.then(() => {
      this.#open();
      return load();
    });
    this.#loading = result.catch(() => {});
    return result;
  }

  async #switchTo(
    roots: readonly SkillRoot[],
    { keepLastGood }: { keepLastGood: boolean },
  ): Promise<LoadReport> {
    const lastGood = keepLastGood ? this.#generation.skills : new Map();
    const survey = await this.#watcher?.survey(roots);
    const { skills, report } = await loadSkills(roots, lastGood, this.#settings, this.#services, this.#log);
    const next = new Generation(skills, this.#settings, this.#services, this.#log, this.#counts);
    let delta: RegistryDelta | undefined;
    try {
      await next.prewarm();
      if (keepLastGood) delta = await registryDelta(this.#generation.registry, next.registry);
      this.#open();
    } catch (error) {
      await next.close();
      throw error;
    }
    const previous = this.#generation;
    this.#generation = next;
    this.#roots = roots;
    this.#loads += 1;
    this.#retire(previous);
    if (survey !== undefined) this.#watcher?.follow(roots, survey);
    if (delta !== undefined) {
      this.#registryListeners.emit(delta, error =>
        this.#logError(`[LuaSkill] A registry listener failed: ${error}`),
      );
    }
    return report;
  }

  #retire(generation: Generation): void {
    this.#retired.add(generation);
    void generation
      .drain()
      .then(() => generation.close())
      .finally(() => this.#retired.delete(generation));
  }

  async #shutDown(drainMs: number): Promise<void> {
    this.#watcher?.close();
    await this.#loading;
    this.#leases.close();
    const generations = [this.#generation, ...this.#retired];
    const drained = Promise.all(generations.map(generation => generation.drain()));
    if (!(await settlesWithin(drained, drainMs))) {
      for (const generation of generations) generation.abort();
      await drained;
    }
    await Promise.all(generations.map(generation => generation.close()));
    await this.#services.processes.close();
    await this.#services[Symbol.asyncDispose]();
  }
}

async function settlesWithin(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<false>(resolve => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([promise.then(() => true as const), expired]);
  } finally {
    clearTimeout(timer);
  }
}
