// A pool whose VMs carry the host API: leases hand out the SkillVm that belongs to the LuaVm.

import { type LuaVm, type PoolOptions, type PoolStats, VmPool } from "../vm/index.js";
import type { SkillVm } from "./skill-vm.js";

export class SkillVmPool {
  readonly #pool: VmPool;
  readonly #hosts = new WeakMap<LuaVm, SkillVm>();

  /** @param create makes a VM, which the pool closes */
  constructor(create: () => SkillVm, options: PoolOptions) {
    const createVm = () => {
      const host = create();
      this.#hosts.set(host.vm, host);
      return host.vm;
    };
    const onDiscard = (vm: LuaVm) => {
      this.#host(vm).reportTampering();
      options.onDiscard?.(vm);
    };
    this.#pool = new VmPool(createVm, { ...options, onDiscard });
  }

  prewarm(): Promise<void> {
    return this.#pool.prewarm();
  }

  /** As `VmPool.lease`: what ends at once comes without a promise. */
  lease<T>(run: (host: SkillVm) => Promise<T> | T, signal: AbortSignal | undefined): Promise<T> | T {
    return this.#pool.lease(vm => run(this.#host(vm)), signal);
  }

  /** As `VmPool.use`. */
  async use<T>(run: (host: SkillVm) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return this.lease(run, signal);
  }

  /** As `VmPool.useSync`. */
  useSync<T>(run: (host: SkillVm) => T): T {
    return this.#pool.useSync(vm => run(this.#host(vm)));
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #host(vm: LuaVm): SkillVm {
    const host = this.#hosts.get(vm);
    if (host === undefined) throw new Error("the pool leased a VM that it did not create");
    return host;
  }
}
