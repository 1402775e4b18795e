// Writers of other threads and processes. LanceDB lets the one who commits second try again by itself where the changes do
// not touch each other; the rest is tried again here from the beginning, as the table may have become another one.

import { setTimeout as sleep } from "node:timers/promises";
import { Refused, saysConflict } from "./refused.js";

const mostAttempts = 12;
const firstPauseMs = 5;
const longestPauseMs = 500;

/** @param attempt changes nothing when it fails with a conflict */
export async function retryConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1, pause = firstPauseMs; ; count++, pause = Math.min(2 * pause, longestPauseMs)) {
    try {
      return await attempt();
    } catch (error) {
      if (!saysConflict(error)) throw error;
      if (count === mostAttempts) {
        throw new Refused(`other writers kept changing the table (tried ${count} times)`);
      }
    }
    // Writers that met once should not meet again.
    await sleep(pause * (0.5 + Math.random()));
  }
}
