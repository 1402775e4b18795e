// A thread that does runs: test runners watch every promise of their own thread, which takes longer than the runs.

import { parentPort, workerData } from "node:worker_threads";
import { runOnce } from "./run.js";
import { SkillsUnderTest } from "./skills.js";

const { first, count, step } = workerData as { first: number; count: number; step: number };
const skills = await SkillsUnderTest.open();
let done = 0;
for (let seed = first; seed < first + count; seed += step) {
  try {
    await runOnce(seed, skills);
    done++;
  } catch (error) {
    const { stack, message } = error as Error;
    parentPort?.postMessage({ seed, problem: stack ?? message });
    break;
  }
}
await skills.close();
parentPort?.postMessage({ done });
