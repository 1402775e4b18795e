import { aborted, runAbortable } from "./abortable.js";
import { isBusy, type NativeVm, type Outcome } from "./binding.js";
import { LuaError } from "./errors.js";
import { MAX_TIMEOUT_MS } from "./run-options.js";

/** What a waiting or running call can be ended by. */
export interface CallLimits {
  timeoutMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

interface Waiter {
  grant(): void;
}

/** Lets the asynchronous calls of one VM take turns: the VM runs one at a time, later ones wait in order. */
export class CallQueue {
  readonly #vm: NativeVm;
  readonly #waiting: Waiter[] = [];
  /** Calls that the addon has promised to settle. */
  #inFlight = 0;
  /** A waiter was told to go and has not gone yet; newcomers must not overtake it. */
  #granted = false;

  constructor(vm: NativeVm) {
    this.#vm = vm;
  }

  /**
   * Starts a call now or when it is its turn, and follows it to its end.
   *
   * @param start calls into the addon; told how many milliseconds it had to wait for its turn
   */
  async run<T>(start: (waitedMs: number) => Outcome<T>, limits: CallLimits | undefined): Promise<T> {
    let since: number | undefined;
    if (this.contended) {
      since = performance.now();
      await this.#turn(limits, since);
    }
    for (;;) {
      let outcome: Outcome<T>;
      try {
        const waited = since === undefined ? 0 : performance.now() - since;
        outcome = runAbortable(this.#vm, limits?.signal, () => start(waited));
      } catch (error) {
        this.#grantNext();
        throw error;
      }
      if (outcome instanceof Promise) return this.follow(outcome, limits?.signal);
      if (!isBusy(outcome)) {
        this.#grantNext();
        return outcome;
      }
      since ??= performance.now();
      await this.#turn(limits, since);
    }
  }

  /** True while a newcomer has to queue behind others. */
  get contended(): boolean {
    return this.#granted || this.#waiting.length > 0;
  }

  /** Follows a call that the addon has promised to settle. */
  async follow<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const serial = this.#vm.serial;
    const abort = () => this.#vm.abort(serial);
    this.#inFlight++;
    signal?.addEventListener("abort", abort, { once: true });
    try {
      return await pending;
    } finally {
      this.#inFlight--;
      signal?.removeEventListener("abort", abort);
      this.#grantNext();
    }
  }

  async #turn(limits: CallLimits | undefined, since: number): Promise<void> {
    const { promise, resolve, reject } = withResolvers();
    let timer: NodeJS.Timeout | undefined;
    const waiter: Waiter = {
      grant() {
        cleanUp();
        resolve();
      },
    };
    const leave = (error: LuaError) => {
      cleanUp();
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      reject(error);
    };
    const onAbort = () => leave(aborted());
    const cleanUp = () => {
      clearTimeout(timer);
      limits?.signal?.removeEventListener("abort", onAbort);
    };
    limits?.signal?.addEventListener("abort", onAbort, { once: true });
    if (limits?.timeoutMs !== undefined && limits.timeoutMs <= MAX_TIMEOUT_MS) {
      const onTimeout = () =>
        leave(new LuaError("LUA_TIMEOUT", "the call ran past its deadline while it waited for the VM"));
      timer = setTimeout(onTimeout, Math.max(0, limits.timeoutMs - (performance.now() - since)));
    }
    this.#waiting.push(waiter);
    // Nothing is in flight when the VM is busy with a synchronous run further down this very stack; that has
    // ended by the next microtask.
    if (this.#inFlight === 0) queueMicrotask(() => this.#grantNext());
    await promise;
    this.#granted = false;
  }

  #grantNext(): void {
    if (this.#granted || this.#inFlight > 0) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#granted = true;
    next.grant();
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
