// Ends statements that run on other threads: when nobody waits for them any more, and when the process exits, which would
// wait for them.

import { atExit } from "../scheduling/at-exit.js";
import { interruptSqlite } from "./native.js";

/** A request that was just handed over may not have begun; what was sent too early is sent again. */
const againMs = 2;

/** Says that another thread works on the request of this token until the promise settles. */
export function followRequest(token: number, ended: Promise<unknown>): void {
  const forget = atExit(() => interruptSqlite(token));
  ended.then(forget, forget);
}

/** Interrupts the request of this token, whenever it begins, until it has ended. */
export function interruptUntil(token: number, ended: Promise<unknown>): void {
  interruptSqlite(token);
  const timer = setInterval(() => interruptSqlite(token), againMs);
  const stop = () => clearInterval(timer);
  ended.then(stop, stop);
}
