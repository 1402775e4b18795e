// What an engine has loaded: the generation that serves, those that a reload replaced, and the way from one to the next.

import { SkillAftermath } from "../lifecycle/aftermath.js";
import { RootStates } from "../lifecycle/transactions/root-states.js";
import { SkillError } from "../packages/errors.js";
import type { SkillRoot } from "../packages/roots.js";
import { type CallCounts, Generation } from "./generation.js";
import { Listeners } from "./listeners.js";
import { type LoadReport, loadSkills } from "./load.js";
import type { LogHub, LogLevel } from "./log.js";
import type { EngineSettings } from "./options.js";
import { type RegistryDelta, registryDelta } from "./registry-delta.js";
import type { EngineServices } from "./services.js";
import { settlesWithin } from "./settles-within.js";
import { SkillWatcher } from "./watch.js";

/** What may be at work when the engine closes. */
export interface Drainable {
  /** Resolves when it is at rest. */
  drain(): Promise<void>;
  /** Ends what it does. */
  abort(): void;
}

export class LoadedSkills {
  readonly registryListeners = new Listeners<RegistryDelta>();
  readonly loadListeners = new Listeners<LoadReport>();
  readonly counts: CallCounts = { completed: 0, failed: 0 };
  readonly aftermath: SkillAftermath;
  /** Settles what interrupted operations have left, before a load and before an operation. */
  readonly states: RootStates;
  readonly #settings: EngineSettings;
  readonly #services: EngineServices;
  readonly #log: LogHub;
  readonly #watcher: SkillWatcher | undefined;
  #current: Generation;
  /** Generations that a reload replaced and that still finish calls. */
  readonly #retired = new Set<Generation>();
  #roots: readonly SkillRoot[] | undefined;
  /** Loads run one after the other. */
  #loading: Promise<unknown> = Promise.resolve();
  #closing = false;
  #loads = 0;

  /** @param services made from the roots that are loaded */
  constructor(
    settings: EngineSettings,
    log: LogHub,
    services: (roots: () => readonly SkillRoot[]) => EngineServices,
  ) {
    this.#settings = settings;
    this.#services = services(() => this.#roots ?? []);
    this.#log = log;
    const { dependencies, databases } = this.#services;
    this.aftermath = new SkillAftermath(settings.paths, dependencies, databases);
    this.states = new RootStates(
      settings.paths,
      (state, journal) => this.aftermath.complete(state, journal),
      message => this.#say("warn", message),
    );
    this.#current = new Generation([], settings, this.#services, log, this.counts);
    this.#watcher = settings.watch ? this.#createWatcher() : undefined;
  }

  get services(): EngineServices {
    return this.#services;
  }

  /** The generation that new calls go to. @throws SkillError `ENGINE_CLOSED` */
  get current(): Generation {
    this.requireOpen();
    return this.#current;
  }

  /** @throws SkillError `ENGINE_CLOSED` */
  requireOpen(): void {
    if (this.#closing) throw new SkillError("ENGINE_CLOSED", "the engine is closed");
  }

  /** The generation of the last load, also of an engine that is closed. */
  get last(): Generation {
    return this.#current;
  }

  /** The chain of the last load; undefined before the first. */
  get roots(): readonly SkillRoot[] | undefined {
    return this.#roots;
  }

  /** Loads that succeeded. */
  get loads(): number {
    return this.#loads;
  }

  /** Calls in progress. */
  get inFlight(): number {
    return [this.#current, ...this.#retired].reduce((sum, { inFlight }) => sum + inFlight, 0);
  }

  /**
   * Replaces what is loaded, when what is to be loaded is ready.
   *
   * @param chain the roots, asked for when it is this load's turn
   * @param keepLastGood a skill that loads no more stays as it is, and listeners hear what has changed
   */
  load(chain: () => readonly SkillRoot[], { keepLastGood }: { keepLastGood: boolean }): Promise<LoadReport> {
    return this.#inTurn(() => {
      this.requireOpen();
      return this.#switchTo(chain(), keepLastGood, () => this.requireOpen());
    });
  }

  /**
   * Keeps other loads out while `work` runs, which reloads the chain by what it is given, also while the engine refuses what
   * is new: what has begun on the disk is brought to its end.
   */
  exclusively<T>(work: (reload: () => Promise<LoadReport>) => Promise<T>): Promise<T> {
    return this.#inTurn(() => work(() => this.#switchTo(this.#roots ?? [], true, () => {})));
  }

  /** Takes nothing new from now on. */
  refuse(): void {
    this.#closing = true;
    this.#watcher?.close();
  }

  /**
   * Lets calls finish for `drainMs`, ends the rest, closes all VMs.
   *
   * @param others are given the same time; what they do may need the skills
   */
  async close(drainMs: number, ...others: Drainable[]): Promise<void> {
    this.refuse();
    await this.#loading;
    const generations = [this.#current, ...this.#retired];
    const parts = [...others, ...generations];
    const drained = Promise.all(parts.map(part => part.drain()));
    if (!(await settlesWithin(drained, drainMs))) {
      for (const part of parts) part.abort();
      await drained;
    }
    await Promise.all(generations.map(generation => generation.close()));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#loading.then(work);
    this.#loading = result.catch(() => {});
    return result;
  }

  async #switchTo(
    roots: readonly SkillRoot[],
    keepLastGood: boolean,
    requireOpen: () => void,
  ): Promise<LoadReport> {
    const previous = this.#current;
    const lastGood = keepLastGood ? previous.skills : new Map();
    const survey = await this.#watcher?.survey(roots);
    const { skills, report } = await this.states.consistently(roots, unsettled =>
      loadSkills(roots, { lastGood, unsettled }, this.#settings, this.#services, this.#log),
    );
    const next = new Generation(skills, this.#settings, this.#services, this.#log, this.counts);
    let delta: RegistryDelta | undefined;
    try {
      await next.prewarm();
      if (keepLastGood) delta = await registryDelta(previous.registry, next.registry);
      // Closed while this load was under way: nobody needs what it made.
      requireOpen();
    } catch (error) {
      await next.close();
      throw error;
    }
    this.#current = next;
    this.#roots = roots;
    this.#loads += 1;
    this.#retire(previous);
    if (survey !== undefined) this.#watcher?.follow(roots, survey);
    if (delta !== undefined) this.#announce("registry", this.registryListeners, delta);
    this.#announce("load", this.loadListeners, structuredClone(report));
    return report;
  }

  #retire(generation: Generation): void {
    this.#retired.add(generation);
    void generation
      .drain()
      .then(() => generation.close())
      .finally(() => this.#retired.delete(generation));
  }

  #announce<Payload>(event: string, listeners: Listeners<Payload>, payload: Payload): void {
    listeners.emit(payload, error => this.#say("error", `A ${event} listener failed: ${error}`));
  }

  #createWatcher(): SkillWatcher {
    return new SkillWatcher(this.#settings.paths, {
      changed: () => {
        this.#say("info", "Files of skills changed, loading them again");
        this.load(() => this.#roots ?? [], { keepLastGood: true }).catch((error: Error) => {
          if (!this.#closing) this.#say("error", `Failed to load changed skills: ${error.message}`);
        });
      },
      failed: message => this.#say("warn", message),
    });
  }

  #say(level: LogLevel, message: string): void {
    this.#log.write({ level, message: `[LuaSkill] ${message}` });
  }
}
