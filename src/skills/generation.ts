// One loaded state of the engine: a set of skills, their registry, and the VMs that serve them. A reload builds a new
// generation beside the old one and switches; calls that run finish on the generation they started on.

import type { HostServices } from "../host/services.js";
import { LuaError, type LuaVm, PoolError, type PoolStats, VmPool } from "../vm/index.js";
import { SkillError } from "./errors.js";
import { type Invocation, invoke, invokeSync } from "./invocation.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import { buildRegistry, type Registry } from "./registry.js";
import type { InvocationResult } from "./result.js";
import type { Skill } from "./skill.js";
import { SkillVm } from "./skill-vm.js";

/** Calls that have ended. */
export interface CallCounts {
  completed: number;
  failed: number;
}

export class Generation {
  readonly registry: Registry;
  readonly skills: ReadonlyMap<string, Skill>;
  readonly #pool: VmPool;
  readonly #hosts = new WeakMap<LuaVm, SkillVm>();
  /** VMs with a call on them, so that `abort` finds them. */
  readonly #occupied = new Set<SkillVm>();
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
    const find = (name: string) => this.registry.get(name);
    const parts = { settings, services, log, find, occupied: this.#occupied };
    this.#pool = new VmPool(() => {
      const host = new SkillVm(parts);
      this.#hosts.set(host.vm, host);
      return host.vm;
    }, settings.pool);
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

  /** @throws LuaError | SkillError */
  async call(invocation: Invocation): Promise<InvocationResult> {
    const signal = invocation.limits?.signal;
    this.#inFlight += 1;
    try {
      const result = await this.#pool.use(
        vm => invoke(this.#host(vm), invocation),
        signal === undefined ? undefined : { signal },
      );
      this.#counts.completed += 1;
      return result;
    } catch (error) {
      throw this.#fail(error, invocation);
    } finally {
      this.#leave();
    }
  }

  /** @throws LuaError | SkillError */
  callSync(invocation: Invocation): InvocationResult {
    this.#inFlight += 1;
    try {
      const result = this.#pool.useSync(vm => invokeSync(this.#host(vm), invocation));
      this.#counts.completed += 1;
      return result;
    } catch (error) {
      throw this.#fail(error, invocation);
    } finally {
      this.#leave();
    }
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
    void this.#pool.close();
  }

  /** Closes the VMs. Calls that still wait for one are refused, so drain first. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  #host(vm: LuaVm): SkillVm {
    const host = this.#hosts.get(vm);
    if (host === undefined) throw new Error("the pool leased a VM that it did not create");
    return host;
  }

  #leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#drain?.resolve();
    this.#drain = undefined;
  }

  /** Counts a failed call and says what the caller gets to see. */
  #fail(error: unknown, { target, limits }: Invocation): unknown {
    this.#counts.failed += 1;
    const name = target.descriptor.canonicalName;
    if (this.#aborted) {
      return new SkillError("ENGINE_CLOSED", `${name}: the engine was closed while the call ran`, {
        cause: error,
      });
    }
    if (error instanceof PoolError && error.code === "POOL_TIMEOUT") {
      return new SkillError("POOL_TIMEOUT", `${name}: ${error.message}`, { cause: error });
    }
    if (limits?.signal?.aborted && !(error instanceof LuaError)) {
      return new LuaError("LUA_ABORTED", `${name}: aborted while waiting for a VM`);
    }
    return error;
  }
}
