// One invocation on one VM, as host functions see it: whose code runs, what the request said, what dies with the call.

import { type Frame, type HostRun, type InvocationContext, noFrame } from "../host/scope.js";

export interface RunStart {
  frame: Frame;
  context?: InvocationContext | undefined;
  sync: boolean;
  /** The tool that started the exec that this is, "" if nobody named one. */
  execCaller?: string | undefined;
  /** Milliseconds that the invocation may take from now on. */
  timeoutMs?: number | undefined;
  /** Takes what outlives this run, on a leased VM. */
  kept?: Set<() => void> | undefined;
  /** Takes what the code prints, one line a call, instead of the log. */
  printTo?: ((line: string) => void) | undefined;
}

export class SkillRun implements HostRun {
  readonly context: InvocationContext | undefined;
  readonly sync: boolean;
  readonly deadline: number | undefined;
  readonly execCaller: string | undefined;
  readonly printTo: ((line: string) => void) | undefined;
  #frame: Frame;
  /** Frames below the running one; made by the first nested call. */
  #outer: Frame[] | undefined;
  #cleanups: Set<() => void> | undefined;
  #controller: AbortController | undefined;
  readonly #kept: Set<() => void> | undefined;
  #ended = false;

  /** @param timeoutMs after which the run dies */
  constructor(start: RunStart, timeoutMs = start.timeoutMs) {
    this.#frame = start.frame;
    this.context = start.context;
    this.sync = start.sync;
    this.deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
    this.execCaller = start.execCaller;
    this.printTo = start.printTo;
    this.#kept = start.kept;
  }

  get frame(): Frame {
    return this.#frame;
  }

  /** Nested calls in progress. */
  get depth(): number {
    return this.#outer?.length ?? 0;
  }

  push(frame: Frame): void {
    this.#outer ??= [];
    this.#outer.push(this.#frame);
    this.#frame = frame;
  }

  /** Puts another frame in the place of the one on top. */
  replace(frame: Frame): void {
    this.#frame = frame;
  }

  pop(): void {
    this.#frame = this.#outer?.pop() ?? noFrame;
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

  /** The invocation is over: what was deferred is done now, the latest first. */
  end(): void {
    this.#ended = true;
    if (this.#cleanups === undefined) return;
    for (const cleanup of [...this.#cleanups].reverse()) cleanup();
    this.#cleanups = undefined;
  }
}
