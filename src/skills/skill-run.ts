// One invocation on one VM, as host functions see it: whose code runs, what the request said, what dies with the call.

import { type Frame, type HostRun, type InvocationContext, noFrame, type Progress } from "../host/scope.js";
import type { SkillEntry } from "./skill.js";

/** An entry, and what host functions know while it runs. */
export interface EntryTarget {
  readonly entry: SkillEntry;
  readonly frame: Frame;
}

export interface RunStart {
  frame: Frame;
  context?: InvocationContext | undefined;
  sync: boolean;
  /** The tool that started the exec that this is, "" if nobody named one. */
  execCaller?: string | undefined;
  /** Takes what the code says about its progress. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Milliseconds that the invocation may take from now on. */
  timeoutMs?: number | undefined;
  /** Takes what outlives this run, on a leased VM. */
  kept?: Set<() => void> | undefined;
  /** Takes what the code prints, one line a call, instead of the log. */
  printTo?: ((line: string) => void) | undefined;
}

/** Whose code runs at one level of nested calls. */
interface Level {
  frame: Frame;
  /** The entry whose body runs, where a nested call makes its function. */
  making: EntryTarget | undefined;
}

export class SkillRun implements HostRun {
  readonly sync: boolean;
  readonly deadline: number | undefined;
  readonly execCaller: string | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly printTo: ((line: string) => void) | undefined;
  readonly #context: InvocationContext | undefined;
  #frame: Frame;
  #making: EntryTarget | undefined;
  /** Levels below the running one; made by the first nested call. */
  #outer: Level[] | undefined;
  #cleanups: Set<() => void> | undefined;
  #controller: AbortController | undefined;
  readonly #kept: Set<() => void> | undefined;
  readonly #expire: () => void;
  #ended = false;

  /**
   * @param timeoutMs after which the run dies
   * @param expire ends it before that
   */
  constructor(start: RunStart, timeoutMs: number | undefined, expire: () => void) {
    this.#frame = start.frame;
    this.#context = start.context;
    this.sync = start.sync;
    this.deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.execCaller = start.execCaller;
    this.onProgress = start.onProgress;
    this.printTo = start.printTo;
    this.#kept = start.kept;
    this.#expire = expire;
  }

  get frame(): Frame {
    return this.#frame;
  }

  /** Nothing while the body of an entry file runs: it belongs to no request. */
  get context(): InvocationContext | undefined {
    return this.#frame.initialising === undefined ? this.#context : undefined;
  }

  untilDeadline<T>(operation: (limitMs: number | undefined) => T): T {
    const { deadline } = this;
    if (deadline === undefined) return operation(undefined);
    try {
      return operation(Math.max(1, Math.ceil(deadline - performance.now())));
    } finally {
      if (performance.now() >= deadline) this.#expire();
    }
  }

  /** Nested calls in progress. */
  get depth(): number {
    return this.#outer?.length ?? 0;
  }

  /** Puts a frame on top. @param making the entry whose body runs in it */
  push(frame: Frame, making?: EntryTarget): void {
    this.#outer ??= [];
    this.#outer.push({ frame: this.#frame, making: this.#making });
    this.#frame = frame;
    this.#making = making;
  }

  /** The body on top has handed out its function, which runs next. */
  finishBody(): EntryTarget {
    const making = this.#making;
    if (making === undefined) throw new Error("no entry is being initialised");
    this.#frame = making.frame;
    this.#making = undefined;
    return making;
  }

  pop(): void {
    const outer = this.#outer?.pop();
    this.#frame = outer?.frame ?? noFrame;
    this.#making = outer?.making;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController();
      this.#controller = controller;
      this.defer(() => controller.abort(new Error("the call has ended")));
    }
    return this.#controller.signal;
  }

  defer(cleanup: () => void): () => void {
    if (this.#ended) {
      cleanup();
      return () => {};
    }
    this.#cleanups ??= new Set();
    const own = () => cleanup();
    this.#cleanups.add(own);
    return () => {
      this.#cleanups?.delete(own);
    };
  }

  keep(cleanup: () => void): () => void {
    const kept = this.#kept;
    if (kept === undefined) return this.defer(cleanup);
    const own = () => cleanup();
    kept.add(own);
    return () => {
      kept.delete(own);
    };
  }

  /**
   * The invocation is over: what was deferred is done now, the latest first.
   *
   * @param failed is told what a cleanup throws; the others are done all the same
   */
  end(failed: (error: unknown) => void): void {
    this.#ended = true;
    if (this.#cleanups === undefined) return;
    runCleanups(this.#cleanups, failed);
    this.#cleanups = undefined;
  }
}

/** Runs them all, the latest first. @param failed is told what one of them throws */
export function runCleanups(cleanups: ReadonlySet<() => void>, failed: (error: unknown) => void): void {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      cleanup();
    } catch (error) {
      failed(error);
    }
  }
}
