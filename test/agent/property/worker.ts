// A thread that does runs: test runners watch every promise of their own thread, which takes longer than the runs.

import { parentPort, workerData } from "node:worker_threads";
import { runOnce } from "./run.js";

const { first, count, step } = workerData as { first: number; count: number; step: number };
let done = 0;
for (let seed = first; seed < first + count; seed += step) {
  try {
    await runOnce(seed);
    done++;
  } catch (error) {
    const { stack, message } = error as Error;
    parentPort?.postMessage({ seed, problem: stack ?? message });
    break;
  }
}
parentPort?.postMessage({ done });
