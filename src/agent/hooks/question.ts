// One question to one hook: its answer, or that it failed or took too long.

import { isThenable } from "../abortable.js";
import type { Clock } from "../clock.js";
import type { HookContext } from "./hook.js";

export type Answered<T> =
  | { kind: "answer"; value: T }
  | { kind: "failed"; error: unknown }
  | { kind: "late" };

/**
 * Asks. A hook that answers at once costs no timer and no signal.
 *
 * @param signal of the turn
 * @throws the reason of the signal
 */
export function ask<T>(
  question: (context: HookContext) => T | Promise<T>,
  limits: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Answered<T> | Promise<Answered<T>> {
  const { clock, timeoutMs, signal } = limits;
  let controller: AbortController | undefined;
  let reason: unknown;
  const context: HookContext = {
    get signal() {
      controller ??= new AbortController();
      if (reason !== undefined) controller.abort(reason);
      return controller.signal;
    },
  };
  const giveUp = (because: unknown) => {
    reason = because;
    controller?.abort(because);
  };
  let answer: T | Promise<T>;
  try {
    answer = question(context);
  } catch (error) {
    return { kind: "failed", error };
  }
  if (!isThenable(answer)) return { kind: "answer", value: answer };
  const pending = answer;
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      settle();
      giveUp(signal.reason);
      reject(signal.reason);
    };
    const cancel = clock.after(timeoutMs, () => {
      settle();
      giveUp(new Error(`the hook took longer than ${timeoutMs} ms`));
      resolve({ kind: "late" });
    });
    const settle = () => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    pending.then(
      value => {
        settle();
        resolve({ kind: "answer", value });
      },
      error => {
        settle();
        resolve({ kind: "failed", error });
      },
    );
    if (signal.aborted) onAbort();
  });
}
