// One loaded state of the engine: a set of skills, their registry, and the VMs that serve them. A reload builds a new
// generation beside the old one and switches; calls that run finish on the generation they started on.

import type { HostServices } from "../host/services.js";
import { SkillError } from "../packages/errors.js";
import { type Json, LuaError, PoolError, type PoolStats } from "../vm/index.js";
import { Exec } from "./exec.js";
import type { ExecPlan } from "./exec-request.js";
import { asValues, type Invocation, invoke, invokeSync } from "./invocation.js";
import type { LogHub } from "./log.js";
import { callTarget } from "./nested-calls.js";
import { Occupied } from "./occupied.js";
import type { EngineSettings } from "./options.js";
import { buildRegistry, type Registry } from "./registry.js";
import type { Skill } from "./skill.js";
import type { SkillRun } from "./skill-run.js";
import { type ExecRunner, type OuterCalls, SkillVm, type SkillVmParts } from "./skill-vm.js";
import { SkillVmPool } from "./skill-vm-pool.js";

/** Calls that have ended. */
export interface CallCounts {
  completed: number;
  failed: number;
}

export class Generation implements OuterCalls {
  readonly registry: Registry;
  readonly skills: ReadonlyMap<string, Skill>;
  readonly #pool: SkillVmPool;
  readonly #exec: Exec;
  /** VMs with a call on them, so that `abort` finds them. */
  readonly #occupied = new Occupied<SkillVm>();
  readonly #counts: CallCounts;
  #inFlight = 0;
  #aborted = false;
  #drain: { promise: Promise<void>; resolve: () => void } | undefined;

  /** @param counts shared by all generations of an engine */
  constructor(
    skills: readonly Skill[],
    settings: EngineSettings,
    services: HostServices,
    log: LogHub,
    counts: CallCounts,
  ) {
    this.#counts = counts;
    this.registry = buildRegistry(skills, settings.reservedEntryNames);
    this.skills = new Map(skills.map(skill => [skill.skillId, skill]));
    this.#exec = new Exec(settings, options => new SkillVm(parts, options), this);
    const parts: SkillVmParts = {
      settings,
      services,
      log,
      find: name => this.registry.get(name),
      exec: this.#exec,
      occupied: this.#occupied,
    };
    this.#pool = new SkillVmPool(() => new SkillVm(parts), settings.pool);
  }

  /** What `vulcan.runtime.lua.exec` runs on. */
  get runner(): ExecRunner {
    return this.#exec;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  prewarm(): Promise<void> {
    return this.#pool.prewarm();
  }

  poolStats(): PoolStats {
    return this.#pool.stats();
  }

  execStats(): PoolStats {
    return this.#exec.stats();
  }

  /** @returns rejects with LuaError | SkillError */
  call<Result>(invocation: Invocation<Result>): Promise<Result> {
    // Not an async function: a call that ends inline needs no promise but the one that its caller gets.
    this.#inFlight += 1;
    try {
      const outcome = this.#pool.lease(host => invoke(host, invocation), invocation.limits?.signal);
      if (outcome instanceof Promise) return this.#follow(outcome, invocation);
      this.#counts.completed += 1;
      this.#leave();
      return Promise.resolve(outcome);
    } catch (error) {
      this.#leave();
      return Promise.reject(this.#fail(error, invocation));
    }
  }

  /** @throws LuaError | SkillError */
  callSync<Result>(invocation: Invocation<Result>): Result {
    this.#inFlight += 1;
    try {
      const result = this.#pool.useSync(host => invokeSync(host, invocation));
      this.#counts.completed += 1;
      return result;
    } catch (error) {
      throw this.#fail(error, invocation);
    } finally {
      this.#leave();
    }
  }

  /** Leases a VM to code that is no entry. @param name what runs, for messages */
  async run<T>(
    name: string,
    signal: AbortSignal | undefined,
    use: (host: SkillVm) => Promise<T>,
  ): Promise<T> {
    return this.#work(name, signal, () => this.#pool.use(use, signal));
  }

  /** `run` on the calling stack. */
  runSync<T>(name: string, use: (host: SkillVm) => T): T {
    this.#inFlight += 1;
    try {
      return this.#pool.useSync(use);
    } catch (error) {
      throw this.#explain(error, name, undefined);
    } finally {
      this.#leave();
    }
  }

  /** Runs code outside any skill; resolves with the report. */
  exec(plan: ExecPlan, signal: AbortSignal | undefined): Promise<string> {
    return this.#work("luaexec", signal, () => this.#exec.run(plan, signal));
  }

  /** Calls an entry for code that runs on no VM of this pool, and ends with it. @throws Error | LuaError | SkillError */
  async callFrom(caller: SkillRun, name: unknown, args: unknown): Promise<Json[]> {
    const call = this.#outerCall(caller, name, args);
    const { signal } = caller;
    const limited = { ...call, limits: { ...call.limits, signal } };
    return this.#work(call.target.descriptor.canonicalName, signal, () =>
      this.#pool.use(async host => invoke(host, limited), signal),
    );
  }

  /** `callFrom` on the calling stack. */
  callFromSync(caller: SkillRun, name: unknown, args: unknown): Json[] {
    const call = this.#outerCall(caller, name, args);
    return this.runSync(call.target.descriptor.canonicalName, host => invokeSync(host, call));
  }

  /** Resolves when no call is in flight. */
  drain(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    if (this.#drain === undefined) {
      let resolve = () => {};
      const promise = new Promise<void>(settle => {
        resolve = settle;
      });
      this.#drain = { promise, resolve };
    }
    return this.#drain.promise;
  }

  /** Ends every call in flight and every call that waits for a VM; each rejects with `ENGINE_CLOSED`. */
  abort(): void {
    this.#aborted = true;
    for (const { vm } of this.#occupied) vm.close();
    void this.close();
  }

  /** Closes the VMs. Calls that still wait for one are refused, so drain first. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#exec.close()]);
  }

  #outerCall(caller: SkillRun, wanted: unknown, args: unknown): Invocation<Json[]> {
    const { context, execCaller, deadline } = caller;
    return {
      target: callTarget(caller, wanted, name => this.registry.get(name)),
      args: args as Json,
      // Nothing is left of a deadline that has passed; the smallest limit there is says the same.
      limits: deadline === undefined ? {} : { timeoutMs: Math.max(deadline - performance.now(), 0.001) },
      context,
      execCaller,
      form: asValues,
    };
  }

  async #follow<Result>(pending: Promise<Result>, invocation: Invocation<Result>): Promise<Result> {
    try {
      const result = await pending;
      this.#counts.completed += 1;
      return result;
    } catch (error) {
      throw this.#fail(error, invocation);
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#drain?.resolve();
    this.#drain = undefined;
  }

  async #work<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    this.#inFlight += 1;
    try {
      return await work();
    } catch (error) {
      throw this.#explain(error, name, signal);
    } finally {
      this.#leave();
    }
  }

  /** Counts a failed call and says what the caller gets to see. */
  #fail(error: unknown, { target, limits }: Invocation<unknown>): unknown {
    this.#counts.failed += 1;
    return this.#explain(error, target.descriptor.canonicalName, limits?.signal);
  }

  #explain(error: unknown, name: string, signal: AbortSignal | undefined): unknown {
    if (this.#aborted) {
      return new SkillError("ENGINE_CLOSED", `${name}: the engine was closed while the call ran`, {
        cause: error,
      });
    }
    if (error instanceof PoolError && error.code === "POOL_TIMEOUT") {
      return new SkillError("POOL_TIMEOUT", `${name}: ${error.message}`, { cause: error });
    }
    if (signal?.aborted && !(error instanceof LuaError)) {
      return new LuaError("LUA_ABORTED", `${name}: aborted while waiting for a VM`);
    }
    return error;
  }
}
