// The facade: what a host holds on to.

import type { DatabaseLog } from "../databases/databases.js";
import type { Models } from "../host/models.js";
import type { RequestContext } from "../host/scope.js";
import type { LifecycleEvent, ProgressEvent } from "../lifecycle/events.js";
import { Lifecycle } from "../lifecycle/lifecycle.js";
import { createSources } from "../lifecycle/sources/registry.js";
import { SkillError } from "../packages/errors.js";
import { resolveRoots, type SkillRoot } from "../packages/roots.js";
import type { Json, RunOptions } from "../vm/index.js";
import { setLaneCount } from "../vm/index.js";
import { answerSkill } from "./answer-skill.js";
import { ArgumentValidation } from "./argument-validation.js";
import type { ConfigEntry } from "./config-store.js";
import { type EngineEvents, type EventSources, listenTo } from "./events.js";
import { type ExecRequest, planExec } from "./exec-request.js";
import type { Generation } from "./generation.js";
import { type HelpDetail, type HelpTree, listHelp, renderHelp } from "./help.js";
import type { HostTool } from "./host-tools.js";
import { asResult, type CallOptions, type Invocation } from "./invocation.js";
import { type Lease, type LeaseOptions, Leases } from "./leases.js";
import { Listeners } from "./listeners.js";
import type { LoadReport } from "./load.js";
import { LoadedSkills } from "./loaded-skills.js";
import { LogHub, toLogger } from "./log.js";
import { Occupied } from "./occupied.js";
import { type EngineSettings, resolveOptions, type SkillEngineOptions } from "./options.js";
import { packageProblems } from "./prove-package.js";
import type { EntryDescriptor, RegisteredEntry } from "./registry.js";
import type { InvocationResult } from "./result.js";
import { type ChunkRun, runLua, runLuaSync } from "./run-lua.js";
import { EngineServices } from "./services.js";
import type { SkillManager } from "./skill-management.js";
import { SkillVm, type SkillVmParts } from "./skill-vm.js";
import { type CallTarget, Telemetry } from "./telemetry.js";
import { type VisibilityOptions, visibleTo } from "./visibility.js";
import { Workbench } from "./workbench.js";

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
  readonly #log = new LogHub();
  readonly #loaded: LoadedSkills;
  /** Undefined unless the host has set up OpenTelemetry before `create`. */
  readonly #telemetry: Telemetry | undefined;
  readonly #unobserve: readonly ((() => void) | undefined)[];
  readonly #validation: ArgumentValidation | undefined;
  readonly #leases: Leases;
  readonly #lifecycle: Lifecycle;
  readonly #lifecycleListeners = new Listeners<LifecycleEvent>();
  readonly #progressListeners = new Listeners<ProgressEvent>();

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

  /**
   * Installs, updates and removes skills in the roots of the last load, and switches them on and off. Operations of an
   * engine run one after the other; other processes are kept from the same root meanwhile. A crash at any moment leaves
   * the old or the new state, which the next load or operation settles.
   *
   * All throw SkillError: `SKILL_REQUEST`, `SKILL_ROOT`, `SKILL_DENIED`, `SKILL_NOT_INSTALLED`, `SKILL_BUSY`, `SKILL_STATE`,
   * `ENGINE_CLOSED`; install and update also `SKILL_SOURCE`, `SKILL_PACKAGE`, `SKILL_DEPENDENCY`, and the reason of their
   * signal. Nothing has changed then.
   */
  readonly skills: Pick<
    Lifecycle,
    "install" | "update" | "uninstall" | "enable" | "disable" | "list" | "info"
  >;

  /** VMs that keep their state between evaluations. */
  readonly leases: {
    /** @throws TypeError | RangeError; SkillError `LEASE_EXISTS`, `LEASE_LIMIT`, `ENGINE_CLOSED` */
    create(options: LeaseOptions): Promise<Lease>;
    /** The leases that live. */
    list(): Lease[];
  };
  #closing: Promise<void> | undefined;

  private constructor(settings: EngineSettings, telemetry: Telemetry | undefined) {
    this.#settings = settings;
    this.#telemetry = telemetry;
    const log: DatabaseLog = (level, message, skillId) => this.#log.write({ level, message, skillId });
    const manager: SkillManager = request => answerSkill(this.#lifecycle, request);
    this.#loaded = new LoadedSkills(
      settings,
      this.#log,
      roots => new EngineServices(settings, roots, log, manager),
    );
    const { logger } = settings;
    if (logger !== undefined) this.#log.listen(toLogger(logger));
    this.#validation = settings.validateArguments ? new ArgumentValidation() : undefined;
    this.#leases = new Leases(
      options => new SkillVm(this.#leaseParts(), options),
      () => this.#loaded.requireOpen(),
    );
    this.help = {
      list: () => listHelp(this.#loaded.current),
      render: async (skillId, flow, request) =>
        renderHelp(this.#loaded.current, skillId, flow, request, settings.initTimeoutMs),
    };
    this.leases = {
      create: async options => this.#leases.create(options),
      list: () => this.#leases.list(),
    };
    this.#lifecycle = this.#createLifecycle();
    const lifecycle = this.#lifecycle;
    this.skills = {
      install: (request, options) => lifecycle.install(request, options),
      update: (request, options) => lifecycle.update(request, options),
      uninstall: (skillId, options) => lifecycle.uninstall(skillId, options),
      enable: (skillId, options) => lifecycle.enable(skillId, options),
      disable: (skillId, options) => lifecycle.disable(skillId, options),
      list: () => lifecycle.list(),
      info: (skillId, options) => lifecycle.info(skillId, options),
    };
    this.#unobserve = [
      telemetry?.observePool("calls", () => this.#loaded.last.poolStats()),
      telemetry?.observePool("exec", () => this.#loaded.last.execStats()),
    ];
  }

  /**
   * Makes an engine that has no skills yet.
   *
   * @throws TypeError | RangeError for invalid options
   */
  static async create(options?: SkillEngineOptions): Promise<SkillEngine> {
    const settings = resolveOptions(options);
    if (settings.lanes !== undefined) setLaneCount(settings.lanes);
    return new SkillEngine(settings, await Telemetry.detect());
  }

  /**
   * Loads the skills of a root chain and replaces what was loaded. The first root that has a folder for a skill
   * decides. What is wrong with single skills is in the report; calls go to the old skills until the new ones are ready.
   *
   * @throws SkillError `SKILL_ROOT` (nothing changes then), `ENGINE_CLOSED`
   */
  load(roots: SkillRoot[]): Promise<LoadReport> {
    return this.#loaded.load(() => resolveRoots(roots), { keepLastGood: false });
  }

  /**
   * Like `load`, with the chain of the last load unless another is given, but a skill that loads no more stays in its
   * last good version and is listed under `kept`.
   *
   * @throws SkillError `SKILL_ROOT` (nothing changes then), `ENGINE_CLOSED`
   */
  reload(roots?: SkillRoot[]): Promise<LoadReport> {
    const chain = () => {
      if (roots !== undefined) return resolveRoots(roots);
      if (this.#loaded.roots !== undefined) return this.#loaded.roots;
      throw new SkillError(
        "SKILL_ROOT",
        "nothing was loaded yet: call load(roots), or pass the roots to reload",
      );
    };
    return this.#loaded.load(chain, { keepLastGood: true });
  }

  /** All entries in order of canonical name. */
  entries(options?: VisibilityOptions): EntryDescriptor[] {
    const isVisible = visibleTo(options, this.#loaded.roots ?? []);
    const entries = [...this.#loaded.last.registry.values()];
    return entries.filter(isVisible).map(({ descriptor }) => structuredClone(descriptor));
  }

  /** Grows with every load, reload and change of the files: as long as it stays the same, `entries()` does. */
  get registryVersion(): number {
    return this.#loaded.loads;
  }

  /** True if `call` knows the name. */
  has(name: string, options?: VisibilityOptions): boolean {
    return this.skillOf(name, options) !== undefined;
  }

  /** Id of the skill that the entry of this canonical name belongs to. */
  skillOf(name: string, options?: VisibilityOptions): string | undefined {
    const target = this.#loaded.last.registry.get(name);
    const isVisible = visibleTo(options, this.#loaded.roots ?? []);
    return target !== undefined && isVisible(target) ? target.descriptor.skillId : undefined;
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
      const generation = this.#loaded.current;
      const invocation = this.#invocation(generation, name, args, options);
      if (this.#telemetry === undefined) return generation.call(invocation);
      return this.#telemetry.call("call", traced(invocation), () => generation.call(invocation));
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
    const generation = this.#loaded.current;
    const invocation = this.#invocation(generation, name, args, options);
    if (this.#telemetry === undefined) return generation.callSync(invocation);
    return this.#telemetry.call("callSync", traced(invocation), () => generation.callSync(invocation));
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
    return this.#traced("runLua", () =>
      this.#loaded.current.run("runLua", options?.signal, host => runLua(host, run)),
    );
  }

  /** `runLua` on the calling stack. */
  runLuaSync(code: string, args?: Json, options?: CallOptions): Json | null {
    const run = this.#chunkRun("runLuaSync", code, args, options);
    return this.#traced("runLuaSync", () =>
      this.#loaded.current.runSync("runLuaSync", host => runLuaSync(host, run)),
    );
  }

  /**
   * Runs code that somebody has made up, on a VM apart from those of skills, and reports in Markdown: what it returned and
   * printed, or what went wrong in it.
   *
   * @throws TypeError | RangeError for a request that is no proper one; Error when its file cannot be read; SkillError
   *   `POOL_TIMEOUT`, `ENGINE_CLOSED`
   */
  async execLua(request: ExecRequest, options?: { signal?: AbortSignal }): Promise<string> {
    const generation = this.#loaded.current;
    const plan = planExec(request, undefined, this.#settings.execTimeoutMs);
    return this.#traced("execLua", () => generation.exec(plan, options?.signal));
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
    return this.#loaded.services.hostTools.register(name, tool);
  }

  /**
   * Sets the models behind `vulcan.models`; what is not named is not there.
   *
   * @throws TypeError naming the member that is no function
   */
  setModels(models: Models): void {
    this.#loaded.services.setModels(models);
  }

  /** Sets who answers `vulcan.runtime.skills`; the option `capabilities.skillManagement` must allow it. */
  setSkillManager(manager: SkillManager): void {
    this.#loaded.services.skillManagement.setManager(manager);
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
    const sources: EventSources = {
      log: own => this.#log.listen(own),
      registry: own => this.#loaded.registryListeners.add(own),
      load: own => this.#loaded.loadListeners.add(own),
      lifecycle: own => this.#lifecycleListeners.add(own),
      progress: own => this.#progressListeners.add(own),
    };
    return listenTo(sources, event, listener);
  }

  /**
   * @internal A VM beside the pool that runs code with the identity of a loaded skill. Whoever asks for it closes it.
   *
   * @param file what runs there, absolute
   * @throws SkillError `SKILL_NOT_FOUND`, `ENGINE_CLOSED`
   */
  workbench(skillId: string, file: string): Workbench {
    const skill = this.#loaded.current.skills.get(skillId);
    if (skill === undefined) throw new SkillError("SKILL_NOT_FOUND", `skill ${skillId} is not loaded`);
    return new Workbench(new SkillVm(this.#leaseParts()), skill, file);
  }

  /** Counts since `create`, and of the VMs that serve now. */
  stats() {
    const { registry, skills } = this.#loaded.last;
    return {
      skills: skills.size,
      entries: registry.size,
      loads: this.#loaded.loads,
      calls: { running: this.#loaded.inFlight, ...this.#loaded.counts },
      pool: { ...this.#loaded.last.poolStats() },
      execPool: { ...this.#loaded.last.execStats() },
      leases: this.#leases.list().length,
      cache: { ...this.#loaded.services.cache.stats() },
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

  /** Leases and benches outlive reloads: what they ask for is answered by what is loaded then. */
  #leaseParts(): SkillVmParts {
    return {
      settings: this.#settings,
      services: this.#loaded.services,
      log: this.#log,
      find: name => this.#loaded.last.registry.get(name),
      exec: {
        execFrom: (...request) => this.#loaded.last.runner.execFrom(...request),
        execFromSync: (...request) => this.#loaded.last.runner.execFromSync(...request),
      },
      occupied: new Occupied(),
    };
  }

  /** Runs what belongs to no entry, in a span where the host wants spans. */
  #traced<T>(operation: string, run: () => T): T {
    return this.#telemetry === undefined ? run() : this.#telemetry.call(operation, {}, run);
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
    this.#loaded.requireOpen();
    return this.#loaded.services;
  }

  #invocation(
    { registry }: Generation,
    name: string,
    args: Json | undefined,
    options: CallOptions | undefined,
  ): Invocation<InvocationResult> {
    const target: RegisteredEntry | undefined = registry.get(name);
    if (target === undefined) {
      const hint =
        this.#loaded.roots === undefined
          ? "load(roots) was not called yet"
          : "entries() lists what is loaded";
      throw new SkillError("SKILL_NOT_FOUND", `Lua skill '${name}' not found: ${hint}`);
    }
    this.#validation?.check(name, target.entry.inputSchema, args);
    const { context, onProgress } = options ?? {};
    return { target, args, limits: this.#limits(options), context, onProgress, form: asResult };
  }

  #limits(options: CallOptions | undefined): RunOptions | undefined {
    const timeoutMs = options?.timeoutMs ?? this.#settings.callTimeoutMs;
    const signal = options?.signal;
    const jit = options?.jit;
    const start = options?.start;
    if (timeoutMs === undefined && signal === undefined && jit === undefined && start === undefined) {
      return undefined;
    }
    return { timeoutMs, signal, jit, start };
  }

  #createLifecycle(): Lifecycle {
    const { paths, protectedSkillIds, sources } = this.#settings;
    const loaded = this.#loaded;
    const { services, states, aftermath } = loaded;
    const failed = (error: unknown) => this.#warn(`A lifecycle listener failed: ${error}`);
    return new Lifecycle(
      {
        paths,
        protectedSkillIds,
        sources: createSources(sources, services.downloads),
        dependencies: services.dependencies,
        states,
        aftermath,
        warn: message => this.#warn(message),
        skills: {
          roots: () => loaded.roots ?? [],
          servingRoot: skillId => loaded.last.skills.get(skillId)?.root.name,
          problems: folder => packageProblems(folder, this.#settings, services, this.#log),
          exclusively: work => loaded.exclusively(work),
        },
      },
      {
        lifecycle: event => this.#lifecycleListeners.emit(event, failed),
        progress: event => this.#progressListeners.emit(event, failed),
      },
    );
  }

  #warn(message: string): void {
    this.#log.write({ level: "warn", message: `[LuaSkill] ${message}` });
  }

  async #shutDown(drainMs: number): Promise<void> {
    this.#loaded.services.downloads.stop();
    this.#loaded.refuse();
    await this.#lifecycle.close();
    await this.#loaded.close(drainMs, this.#leases);
    this.#leases.abort();
    for (const unobserve of this.#unobserve) unobserve?.();
    this.#loaded.states[Symbol.dispose]();
    await this.#loaded.services.processes.close();
    await this.#loaded.services[Symbol.asyncDispose]();
  }
}

function traced({ target }: Invocation<unknown>): CallTarget {
  const { skillId, localName, canonicalName } = target.descriptor;
  return { skillId, entry: localName, canonicalName };
}
