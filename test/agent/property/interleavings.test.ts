// Tools, hooks, steering, aborts and sub-turns in random order. Each run is decided by its seed; a run that fails names it:
//   SEED=123 node --test build/test/agent/property/interleavings.test.js

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

const { SEED, RUNS } = process.env;
const first = Number(SEED ?? 1);
const runs = SEED === undefined ? Number(RUNS ?? 10_000) : 1;
const threads = 2;

interface Report {
  done?: number;
  seed?: number;
  problem?: string;
}

/** @returns how many runs were done; those that failed go to `problems` */
function work(offset: number, problems: string[]): Promise<number> {
  const workerData = { first: first + offset, count: runs - offset, step: threads };
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    let count = 0;
    worker.on("message", ({ done, seed, problem }: Report) => {
      if (problem !== undefined) problems.push(`seed ${seed}: ${problem}`);
      count = done ?? count;
    });
    worker.once("error", reject);
    worker.once("exit", () => resolve(count));
  });
}

test(`${runs} random interleavings: histories stay valid, every start has one end, and nothing is left or lost`, async () => {
  const problems: string[] = [];
  const counts = await Promise.all(
    Array.from({ length: Math.min(threads, runs) }, (_, at) => work(at, problems)),
  );
  assert.deepEqual(problems, []);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    runs,
  );
});
