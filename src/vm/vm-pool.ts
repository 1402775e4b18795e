import { IdleReaper } from "./idle-reaper.js";
import { holdsLease, type LeaseScope, openScope, runInScope } from "./lease-scope.js";
import type { LuaVm } from "./lua-vm.js";
import { PoolError } from "./pool-error.js";
import { type PoolOptions, resolvePoolOptions } from "./pool-options.js";
import { WaitingQueue } from "./waiting-queue.js";

/** Counts of one moment. `total = idle + leased`, and `total = created - discarded - reaped` until `close()`. */
export interface PoolStats {
  /** VMs alive. */
  total: number;
  idle: number;
  leased: number;
  /** Callers of `use()` that have no VM yet. */
  waiting: number;
  /** VMs made so far. */
  created: number;
  /** VMs closed because they were broken, closed, still busy after their lease, or given to `discard()`. */
  discarded: number;
  /** VMs closed because they were idle for too long, or idle beyond `maxSize`. */
  reaped: number;
}

interface PooledVm {
  readonly vm: LuaVm;
  leased: boolean;
  /** To be closed when its lease ends. */
  condemned: boolean;
  /** `performance.now()` of its last release, as far as anything depends on it. */
  idleSince: number;
}

/**
 * Keeps LuaVms warm and leases each to one caller at a time.
 *
 * The VM released last is leased next, so that its traces and caches are hot; callers that have to wait are served
 * in the order they came. Nested work (a `use()` under a lease of the same pool) never waits for a free place,
 * so that a pool of one cannot deadlock.
 *
 * @example
 * await using pool = new VmPool(() => new LuaVm({ memoryLimit: 64 << 20 }), { maxSize: 8 });
 * const answer = await pool.use(vm => vm.eval("return args.a * 2", { a: 21 }, { timeoutMs: 100 }));
 */
export class VmPool {
  readonly #create: () => LuaVm | Promise<LuaVm>;
  readonly #options: Required<PoolOptions>;
  readonly #members = new Map<LuaVm, PooledVm>();
  /** VMs that left the pool; discarding one of these again is no mistake. */
  readonly #former = new WeakSet<LuaVm>();
  /** Ordered by release: the last one is the warmest, the first one the next to reap. */
  readonly #idle: PooledVm[] = [];
  readonly #waiting = new WaitingQueue<PooledVm>();
  readonly #reaper: IdleReaper;
  #leased = 0;
  /** Promises of the factory that have not settled. */
  #creating = 0;
  #created = 0;
  #discarded = 0;
  #reaped = 0;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  /**
   * @param create makes one VM; `useSync` needs it to return the VM itself, not a promise
   * @throws TypeError | RangeError for invalid options
   */
  constructor(create: () => LuaVm | Promise<LuaVm>, options?: PoolOptions) {
    if (typeof create !== "function") {
      throw new TypeError(`VmPool: create must be a function that returns a LuaVm, got ${typeof create}`);
    }
    this.#create = create;
    this.#options = resolvePoolOptions(options);
    this.#reaper = new IdleReaper(this.#options.idleTtlMs, () => this.#reapOverdue());
  }

  /**
   * Creates VMs until `minSize` are alive.
   *
   * @throws PoolError POOL_CLOSED, or what the factory throws
   */
  async prewarm(): Promise<void> {
    this.#requireOpen("prewarm");
    const pending: Promise<void>[] = [];
    while (this.#members.size + this.#creating < this.#options.minSize) {
      const made = this.#make();
      if (made instanceof Promise) pending.push(made);
      else this.#putBack(made);
    }
    await Promise.all(pending);
  }

  /**
   * Leases one VM to `run` until what it returns has settled. A VM that is broken, closed or still busy then is
   * closed instead of being used again.
   *
   * @param options.signal ends the wait for a VM; it does not reach into `run`
   * @throws PoolError POOL_TIMEOUT, POOL_CLOSED; the signal's reason; what the factory or `run` throws
   */
  async use<T>(run: (vm: LuaVm) => Promise<T> | T, options?: { signal?: AbortSignal }): Promise<T> {
    return this.lease(run, options?.signal);
  }

  /**
   * @internal As `use`, but what ends at once comes without a promise: for callers that make many short calls and have a
   * promise of their own. Throws what `use` rejects with, or returns a promise that does.
   */
  lease<T>(run: (vm: LuaVm) => Promise<T> | T, signal?: AbortSignal): Promise<T> | T {
    this.#requireOpen("use");
    signal?.throwIfAborted();
    const nested = holdsLease(this);
    const member = this.#takeNow(nested);
    return member === undefined ? this.#leaseLater(nested, run, signal) : this.#runLeased(member, run);
  }

  /**
   * Leases one VM for the length of a synchronous function. Never waits: takes an idle VM, else makes one, even
   * beyond `maxSize`.
   *
   * @throws PoolError POOL_CLOSED, POOL_FACTORY when `create` returns a promise; what the factory or `run` throws
   */
  useSync<T>(run: (vm: LuaVm) => T): T {
    this.#requireOpen("useSync");
    const member = this.#popIdle() ?? this.#makeNow();
    this.#lease(member);
    try {
      const result = run(member.vm);
      if (result instanceof Promise) {
        result.catch(ignore);
        throw new TypeError("VmPool.useSync: run returned a promise; use VmPool.use for asynchronous work");
      }
      return result;
    } finally {
      this.#endLease(member, undefined);
    }
  }

  /**
   * Takes a VM out of the pool for good: an idle one is closed at once, a leased one when its lease ends. Does
   * nothing for a VM that left the pool before.
   *
   * @throws PoolError POOL_FOREIGN_VM for a VM that this pool did not create
   */
  discard(vm: LuaVm): void {
    const member = this.#members.get(vm);
    if (member === undefined) {
      if (this.#former.has(vm)) return;
      throw new PoolError(
        "POOL_FOREIGN_VM",
        "VmPool.discard: this VM was not created by this pool; close it yourself",
      );
    }
    if (member.leased) {
      member.condemned = true;
      return;
    }
    this.#idle.splice(this.#idle.indexOf(member), 1);
    this.#discarded++;
    this.#remove(member);
  }

  stats(): PoolStats {
    return {
      total: this.#members.size,
      idle: this.#idle.length,
      leased: this.#leased,
      waiting: this.#waiting.size,
      created: this.#created,
      discarded: this.#discarded,
      reaped: this.#reaped,
    };
  }

  /**
   * Refuses new work, rejects the waiting callers with POOL_CLOSED, closes the idle VMs at once and the leased ones as
   * their leases end; resolves when none is left. Awaited under a lease of the same pool it would wait for itself.
   */
  close(): Promise<void> {
    this.#closing ??= new Promise(resolve => {
      this.#drained = resolve;
      this.#reaper.stop();
      this.#waiting.rejectAll(() => closedError("use"));
      for (const member of this.#idle.splice(0)) this.#remove(member);
      this.#settleClose();
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #requireOpen(method: string): void {
    if (this.#closing !== undefined) throw closedError(method);
  }

  async #leaseLater<T>(
    nested: boolean,
    run: (vm: LuaVm) => Promise<T> | T,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    return this.#runLeased(await this.#takeLater(nested, signal), run);
  }

  #runLeased<T>(member: PooledVm, run: (vm: LuaVm) => Promise<T> | T): Promise<T> | T {
    const scope = openScope(this);
    let result: Promise<T> | T;
    try {
      result = runInScope(scope, run, member.vm);
    } catch (error) {
      this.#endLease(member, scope);
      throw error;
    }
    if (result instanceof Promise) return this.#holdUntilSettled(result, member, scope);
    this.#endLease(member, scope);
    return result;
  }

  async #holdUntilSettled<T>(pending: Promise<T>, member: PooledVm, scope: LeaseScope): Promise<T> {
    try {
      return await pending;
    } finally {
      this.#endLease(member, scope);
    }
  }

  /** Leases an idle VM or one that the factory returns at once; `undefined` when the caller has to wait. */
  #takeNow(nested: boolean): PooledVm | undefined {
    if (!nested && this.#leased >= this.#options.maxSize) return undefined;
    let member = this.#popIdle();
    if (member === undefined) {
      if (!nested && this.#leased + this.#creating >= this.#options.maxSize) return undefined;
      const made = this.#make();
      if (made instanceof Promise) {
        made.catch(ignore);
        return undefined;
      }
      member = made;
    }
    return this.#lease(member);
  }

  #takeLater(nested: boolean, signal: AbortSignal | undefined): Promise<PooledVm> {
    const { acquireTimeoutMs, maxSize } = this.#options;
    return this.#waiting.wait({
      nested,
      signal,
      timeoutMs: acquireTimeoutMs,
      timeoutError: () =>
        new PoolError(
          "POOL_TIMEOUT",
          `VmPool.use: no VM became free within ${acquireTimeoutMs} ms (${this.#leased} of ${maxSize} leased, ` +
            `${this.#waiting.size} waiting); raise maxSize or acquireTimeoutMs, or bound the work with timeoutMs`,
        ),
    });
  }

  /** Gives free VMs and free places to those who wait, in order. Runs whenever one of the two may have appeared. */
  #serve(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (!next.nested && this.#leased >= this.#options.maxSize) return;
      const idle = this.#popIdle();
      if (idle !== undefined) {
        next.resolve(this.#lease(idle));
        continue;
      }
      const enough = this.#creating >= this.#waiting.size;
      if (enough || this.#leased + this.#creating >= this.#options.maxSize) return;
      try {
        const made = this.#make();
        if (made instanceof Promise) made.catch(ignore);
        else next.resolve(this.#lease(made));
      } catch (error) {
        next.reject(error);
      }
    }
  }

  #lease(member: PooledVm): PooledVm {
    member.leased = true;
    this.#leased++;
    return member;
  }

  #endLease(member: PooledVm, scope: LeaseScope | undefined): void {
    if (scope !== undefined) scope.active = false;
    member.leased = false;
    this.#leased--;
    const { vm } = member;
    // A call that `run` did not wait for would meet the next caller on the same VM.
    if (member.condemned || !vm.reusable) {
      this.#discarded++;
      this.#options.onDiscard(vm);
      this.#remove(member);
    } else {
      this.#putBack(member);
    }
  }

  /** Takes in a VM that nobody leases: for those who wait, else for later, else (beyond `maxSize`) to be closed. */
  #putBack(member: PooledVm): void {
    if (this.#closing !== undefined) {
      this.#remove(member);
      return;
    }
    if (this.#idle.length >= this.#options.maxSize) {
      this.#reaped++;
      this.#remove(member);
      return;
    }
    if (this.#mayReap) member.idleSince = performance.now();
    this.#idle.push(member);
    if (this.#waiting.size > 0) this.#serve();
    if (this.#mayReap) this.#reaper.arm();
  }

  /** The warmest idle VM; what somebody closed meanwhile is dropped on the way. It was in order when its lease ended. */
  #popIdle(): PooledVm | undefined {
    for (let member = this.#idle.pop(); member !== undefined; member = this.#idle.pop()) {
      if (!member.vm.closed) return member;
      this.#discarded++;
      this.#forget(member);
      member.vm.close();
    }
    return undefined;
  }

  /** Removes a VM that is neither idle nor leased any more and closes it; the counts are right before `close` runs. */
  #remove(member: PooledVm): void {
    this.#forget(member);
    try {
      member.vm.close();
    } finally {
      this.#serve();
      this.#settleClose();
    }
  }

  #forget(member: PooledVm): void {
    this.#members.delete(member.vm);
    this.#former.add(member.vm);
  }

  /**
   * Calls the factory once. A VM that comes at once is returned, unleased; one that comes later goes to whoever is
   * first in the queue then, and so does the error of a factory that fails later.
   */
  #make(): PooledVm | Promise<void> {
    const made = this.#create();
    return isThenable(made) ? this.#makeLater(made) : this.#adopt(made);
  }

  async #makeLater(made: PromiseLike<LuaVm>): Promise<void> {
    this.#creating++;
    let member: PooledVm;
    try {
      member = this.#adopt(await made);
    } catch (error) {
      this.#creating--;
      // Every creation stands for one caller. When that one was served otherwise nobody misses the VM.
      if (this.#waiting.size > this.#creating) this.#waiting.first?.reject(error);
      this.#serve();
      this.#settleClose();
      throw error;
    }
    this.#creating--;
    this.#putBack(member);
  }

  #makeNow(): PooledVm {
    const made = this.#create();
    if (!isThenable(made)) return this.#adopt(made);
    made.then(vm => vm.close(), ignore);
    throw new PoolError(
      "POOL_FACTORY",
      "VmPool.useSync: create returned a promise and useSync cannot wait; make create return the LuaVm itself, or call use",
    );
  }

  #adopt(vm: LuaVm): PooledVm {
    if (typeof vm?.close !== "function") {
      throw new PoolError(
        "POOL_FACTORY",
        `VmPool: create must return a LuaVm, got ${vm === null ? "null" : typeof vm}`,
      );
    }
    if (this.#members.has(vm) || this.#former.has(vm)) {
      throw new PoolError(
        "POOL_FACTORY",
        "VmPool: create returned the same LuaVm twice; it must make a new one each time",
      );
    }
    const member: PooledVm = { vm, leased: false, condemned: false, idleSince: 0 };
    this.#members.set(vm, member);
    this.#created++;
    // Until now none could be reaped, and nobody looked at the clock.
    if (this.#members.size === this.#options.minSize + 1) this.#stampIdle();
    return member;
  }

  get #mayReap(): boolean {
    return this.#members.size > this.#options.minSize;
  }

  #stampIdle(): void {
    const now = performance.now();
    for (const member of this.#idle) member.idleSince = now;
  }

  #reapOverdue(): number | undefined {
    const { idleTtlMs, minSize } = this.#options;
    const now = performance.now();
    while (this.#members.size > minSize) {
      const oldest = this.#idle[0];
      if (oldest === undefined) return undefined;
      const left = oldest.idleSince + idleTtlMs - now;
      if (left > 0) return Math.ceil(left);
      this.#idle.shift();
      this.#reaped++;
      this.#remove(oldest);
    }
    return undefined;
  }

  #settleClose(): void {
    if (this.#members.size === 0 && this.#creating === 0) this.#drained?.();
  }
}

/** For a promise whose error somebody else has been given. */
function ignore(): void {}

function closedError(method: string): PoolError {
  return new PoolError("POOL_CLOSED", `VmPool.${method}: the pool is closed`);
}

function isThenable(value: LuaVm | PromiseLike<LuaVm>): value is PromiseLike<LuaVm> {
  return typeof (value as PromiseLike<LuaVm> | null | undefined)?.then === "function";
}
