// Leases: VMs that keep their state between evaluations, one for each session id of a host.

import { noFrame } from "../host/scope.js";
import { SkillError, type SkillErrorCode } from "../packages/errors.js";
import { type Json, LuaError, type RunOptions } from "../vm/index.js";
import type { CallOptions } from "./invocation.js";
import type { Drainable } from "./loaded-skills.js";
import type { SkillVm, SkillVmOptions } from "./skill-vm.js";

export interface LeaseOptions {
  /** Session id, 1 to 128 bytes: a sid has one lease at a time. */
  sid: string;
  /** Seconds without use after which the lease ends, 1 to 3,600. Default 600. */
  ttlSecs?: number;
  /** Ends the lease that the sid has instead of refusing. */
  replace?: boolean;
  /** Working directory of the VM; the process does not change its own. */
  cwd?: string;
  /** Receives what the code prints, one line a call, instead of the log. */
  print?: (line: string) => void;
  /**
   * What becomes of the lease when a run is aborted or runs out of time. Default `"close"`: its state may be half changed.
   * `"keep"` is for people who look at it themselves.
   */
  afterStop?: "close" | "keep";
}

/** A VM that is kept for one session. */
export interface Lease {
  readonly id: string;
  readonly sid: string;
  /** Counts the leases that the sid has had, from 1. */
  readonly generation: number;
  /**
   * Runs code; globals it sets are there the next time. `args` is a local of it.
   *
   * @returns the first result; null when there is none
   * @throws LuaError; SkillError `LEASE_BUSY`, `LEASE_CLOSED`, `LEASE_EXPIRED`, `LEASE_REPLACED`
   */
  eval(code: string, args?: Json, options?: CallOptions): Promise<Json | null>;
  close(): Promise<void>;
}

const maxLeases = 8;
/** Sids whose generations are counted; a sid that comes back after so many others begins anew. */
const maxSids = 10_000;
const maxSidBytes = 128;
const defaultTtlSecs = 600;
const maxTtlSecs = 3_600;
const defaultTimeoutMs = 60_000;

export class Leases implements Drainable {
  readonly #create: (options: SkillVmOptions) => SkillVm;
  readonly #bySid = new Map<string, VmLease>();
  readonly #generations = new Map<string, number>();
  readonly #requireOpen: () => void;
  #sequence = 0;

  /**
   * @param create makes a VM, which the lease closes
   * @param requireOpen throws when nothing may be started any more
   */
  constructor(create: (options: SkillVmOptions) => SkillVm, requireOpen: () => void) {
    this.#create = create;
    this.#requireOpen = requireOpen;
  }

  /** @throws TypeError | RangeError; SkillError `LEASE_EXISTS`, `LEASE_LIMIT` */
  create(options: LeaseOptions): Lease {
    this.#requireOpen();
    const { sid, ttlSecs, replace, cwd, print, afterStop } = checkOptions(options);
    const existing = this.#bySid.get(sid);
    if (existing !== undefined) {
      if (!replace) {
        throw new SkillError("LEASE_EXISTS", `leases.create: ${sid} has a lease already; pass replace: true`);
      }
      existing.end("LEASE_REPLACED", "a newer lease took its sid over");
    }
    if (this.#bySid.size >= maxLeases) {
      throw new SkillError("LEASE_LIMIT", `leases.create: there are ${maxLeases} leases already; close one`);
    }
    const generation = (this.#generations.get(sid) ?? 0) + 1;
    this.#generations.delete(sid);
    this.#generations.set(sid, generation);
    for (const oldest of this.#generations.keys()) {
      if (this.#generations.size <= maxSids) break;
      this.#generations.delete(oldest);
    }
    this.#sequence += 1;
    const lease = new VmLease(
      { id: `rt_${Date.now()}_${this.#sequence}`, sid, generation },
      { ttlMs: ttlSecs * 1_000, print, keepStopped: afterStop === "keep" },
      this.#create({ profile: "lease", ...(cwd === undefined ? {} : { cwd }) }),
      {
        requireOpen: this.#requireOpen,
        ended: () => {
          if (this.#bySid.get(sid) === lease) this.#bySid.delete(sid);
        },
      },
    );
    this.#bySid.set(sid, lease);
    return lease;
  }

  /** The leases that live, in the order in which they were made. */
  list(): Lease[] {
    return [...this.#bySid.values()];
  }

  /** Resolves when nothing runs. */
  async drain(): Promise<void> {
    await Promise.all([...this.#bySid.values()].map(lease => lease.idle()));
  }

  /** Ends all leases and what runs on them; calls in progress reject with `ENGINE_CLOSED`. */
  abort(): void {
    for (const lease of [...this.#bySid.values()]) lease.end("ENGINE_CLOSED", "the engine was closed");
  }
}

interface LeaseIdentity {
  id: string;
  sid: string;
  generation: number;
}

/** What of its options a lease keeps in mind. */
interface LeaseSettings {
  ttlMs: number;
  print: ((line: string) => void) | undefined;
  keepStopped: boolean;
}

/** The keeper of a lease, as the lease knows it. */
interface LeaseKeeper {
  /** @throws SkillError when nothing may be started any more */
  requireOpen(): void;
  ended(): void;
}

class VmLease implements Lease {
  readonly id: string;
  readonly sid: string;
  readonly generation: number;
  readonly #settings: LeaseSettings;
  /** A run was aborted or ran out of time, and the lease goes on. */
  #stopped = false;
  readonly #host: SkillVm;
  readonly #keeper: LeaseKeeper;
  /** What ends with the lease: child processes that its code opened. */
  readonly #kept = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #ended: { code: SkillErrorCode; reason: string } | undefined;
  /** The evaluation in progress; it never rejects. */
  #work: Promise<void> | undefined;

  constructor(
    { id, sid, generation }: LeaseIdentity,
    settings: LeaseSettings,
    host: SkillVm,
    keeper: LeaseKeeper,
  ) {
    this.id = id;
    this.sid = sid;
    this.generation = generation;
    this.#settings = settings;
    this.#host = host;
    this.#keeper = keeper;
    this.#rest();
  }

  async eval(code: string, args?: Json, options: CallOptions = {}): Promise<Json | null> {
    if (typeof code !== "string")
      throw new TypeError(`Lease.eval: code must be a string, got ${typeof code}`);
    this.#requireFree();
    clearTimeout(this.#timer);
    const running = this.#run(code, args, options);
    this.#work = running.then(
      () => {},
      () => {},
    );
    try {
      return await running;
    } catch (error) {
      if (this.#settings.keepStopped && isStop(error)) this.#stopped = true;
      throw this.#explain(error);
    } finally {
      this.#work = undefined;
      if (this.#ended === undefined) this.#afterUse();
    }
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    this.end("LEASE_CLOSED", "it was closed");
  }

  /** Ends the lease and what runs on it. */
  end(code: SkillErrorCode, reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = { code, reason };
    clearTimeout(this.#timer);
    this.#keeper.ended();
    this.#host.vm.close();
    this.#host.endKept(this.#kept);
  }

  async #run(code: string, args: Json | undefined, options: CallOptions): Promise<Json | null> {
    const { timeoutMs = defaultTimeoutMs, signal, jit, start, context } = options;
    const limits: RunOptions = { timeoutMs, signal, jit, start };
    const printTo = this.#settings.print;
    this.#host.begin({ frame: noFrame, context, sync: false, timeoutMs, kept: this.#kept, printTo });
    try {
      const table = typeof args === "object" && args !== null ? args : {};
      const [value = null] = await this.#host.runChunk("eval", ["=lease", code, table], limits);
      return value;
    } finally {
      this.#host.end();
    }
  }

  #requireFree(): void {
    if (this.#ended !== undefined) throw this.#endedError();
    this.#keeper.requireOpen();
    if (this.#work !== undefined)
      throw new SkillError("LEASE_BUSY", `lease ${this.id}: it runs something else`);
  }

  #endedError(cause?: unknown): SkillError {
    const { code, reason } = this.#ended ?? { code: "LEASE_CLOSED" as const, reason: "it was closed" };
    return new SkillError(code, `lease ${this.id}: ${reason}`, { cause });
  }

  #explain(error: unknown): unknown {
    return this.#ended !== undefined && error instanceof LuaError ? this.#endedError(error) : error;
  }

  /** A VM that a limit or its own code has broken holds nothing that could be trusted. */
  #afterUse(): void {
    const { vm } = this.#host;
    if (vm.reusable || (this.#stopped && !vm.tampered)) {
      this.#rest();
      return;
    }
    this.#host.reportTampering();
    const what = vm.tampered
      ? "its code changed the `vulcan` table"
      : "a run was stopped or ran out of memory";
    this.end("LEASE_CLOSED", `${what}, which leaves its state unusable`);
  }

  #rest(): void {
    const { ttlMs } = this.#settings;
    this.#timer = setTimeout(
      () => this.end("LEASE_EXPIRED", `it was not used for ${ttlMs / 1_000} s`),
      ttlMs,
    );
    this.#timer.unref();
  }
}

function isStop(error: unknown): boolean {
  return error instanceof LuaError && (error.code === "LUA_ABORTED" || error.code === "LUA_TIMEOUT");
}

type CheckedOptions = Required<Omit<LeaseOptions, "cwd" | "print">> & {
  cwd: string | undefined;
  print: ((line: string) => void) | undefined;
};

function checkOptions(options: LeaseOptions): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("leases.create: options must be an object with a sid");
  }
  const { sid, ttlSecs = defaultTtlSecs, replace = false, cwd, print, afterStop = "close" } = options;
  if (typeof sid !== "string") throw new TypeError(`leases.create: sid must be a string, got ${typeof sid}`);
  const bytes = Buffer.byteLength(sid);
  if (sid.trim() === "" || bytes > maxSidBytes) {
    throw new RangeError(`leases.create: sid must have 1 to ${maxSidBytes} bytes, got ${bytes}`);
  }
  if (!(Number.isInteger(ttlSecs) && ttlSecs >= 1 && ttlSecs <= maxTtlSecs)) {
    throw new RangeError(
      `leases.create: ttlSecs must be a whole number from 1 to ${maxTtlSecs}, got ${ttlSecs}`,
    );
  }
  if (typeof replace !== "boolean") throw new TypeError("leases.create: replace must be true or false");
  if (cwd !== undefined && (typeof cwd !== "string" || cwd.trim() === "")) {
    throw new TypeError("leases.create: cwd must be a non-empty string");
  }
  if (print !== undefined && typeof print !== "function") {
    throw new TypeError("leases.create: print must be a function that takes a line");
  }
  if (afterStop !== "close" && afterStop !== "keep") {
    throw new TypeError('leases.create: afterStop must be "close" or "keep"');
  }
  return { sid, ttlSecs, replace, cwd, print, afterStop };
}
