// How long one tool call may take, and what ends it.

import { isThenable } from "../abortable.js";
import type { TurnServices } from "./services.js";
import type { Turn } from "./turn.js";

/** The signal of one call: that of the turn, and where the tool has one, its own time. */
export class CallLimit {
  readonly #turn: Turn;
  readonly #controller: AbortController | undefined;
  readonly #cancel: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  #isOver = false;

  constructor(turn: Turn, { clock }: TurnServices, timeoutMs: number | undefined) {
    this.#turn = turn;
    if (timeoutMs === undefined) return;
    const controller = new AbortController();
    this.#controller = controller;
    this.#cancel = clock.after(timeoutMs, () => {
      this.#isOver = true;
      controller.abort(new Error(`the tool took longer than ${timeoutMs} ms`));
    });
    const onAbort = () => controller.abort(turn.signal.reason);
    turn.signal.addEventListener("abort", onAbort, { once: true });
    this.#stopListening = () => turn.signal.removeEventListener("abort", onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller?.signal ?? this.#turn.signal;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A tool that does not listen to its signal is left alone; the turn goes on without it. */
  race<T>(work: T | Promise<T>): T | Promise<T> {
    if (!isThenable(work)) return work;
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => reject(signal.reason);
      const settled = () => signal.removeEventListener("abort", onAbort);
      signal.addEventListener("abort", onAbort, { once: true });
      work.then(
        value => {
          settled();
          resolve(value);
        },
        error => {
          settled();
          // What a tool throws because of the abort is the abort.
          reject(signal.aborted ? signal.reason : error);
        },
      );
      if (signal.aborted) onAbort();
    });
  }

  end(): void {
    this.#cancel?.();
    this.#stopListening?.();
  }
}
