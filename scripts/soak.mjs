// npm run soak [-- --short] [--json FILE]
//
// A long load in one process: mixed calls, kills, out of memory, requests to skills through the engine, then a fuzzer on the
// JSON reader. Fails when memory grows, when something stays open, or when one answer is wrong. `--short` is the form that `npm test` runs.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runKills } from "./soak/kills.mjs";
import { runMixedCalls } from "./soak/mixed-calls.mjs";
import { runOutOfMemory } from "./soak/out-of-memory.mjs";
import { runRequestMix } from "./soak/request-mix.mjs";
import { openForGood, openResources, settle, watchMemory } from "./soak/resources.mjs";

const { values } = parseArgs({ options: { short: { type: "boolean" }, json: { type: "string" } } });

/** Loaded when its turn comes: the short form runs where no compiler for the fuzzer is. */
async function fuzz(seconds) {
  const { runFuzz } = await import("./soak/fuzz.mjs");
  return runFuzz(seconds);
}

const MB = 1e6;
/**
 * How much the resident set may grow from the first to the last third of a phase. A leak of 100 bytes per call shows up
 * as 60 MB in the long form; the allocators' own wandering was a few MB.
 */
const phases = values.short
  ? [
      { name: "mixed calls", run: runMixedCalls, count: 30_000, growth: 16 * MB },
      { name: "kills", run: runKills, count: 300, growth: 16 * MB },
      { name: "out of memory", run: runOutOfMemory, count: 200, growth: 16 * MB },
      { name: "requests to skills", run: runRequestMix, count: 4_000, growth: 16 * MB },
    ]
  : [
      { name: "mixed calls", run: runMixedCalls, count: 1_000_000, growth: 8 * MB },
      { name: "kills", run: runKills, count: 10_000, growth: 8 * MB },
      { name: "out of memory", run: runOutOfMemory, count: 10_000, growth: 8 * MB },
      { name: "requests to skills", run: runRequestMix, count: 300_000, growth: 16 * MB },
      { name: "JSON fuzzing", run: fuzz, seconds: 600 },
    ];

await openForGood();
const report = [];
for (const phase of phases) {
  const start = performance.now();
  const result = { name: phase.name, problems: [] };
  if (phase.seconds !== undefined) {
    result.problems.push(...(await phase.run(phase.seconds)));
    result.done = `${phase.seconds} s`;
  } else {
    const memory = watchMemory(phase.count);
    const before = await openResources();
    const outcome = await phase.run(phase.count, memory.sample);
    await settle();
    const after = await openResources();
    Object.assign(result, { done: phase.count, outcome, ...memory.result() });
    if (result.grownBytes > phase.growth) {
      result.problems.push(`resident set grew by ${(result.grownBytes / MB).toFixed(1)} MB`);
    }
    for (const [what, count] of Object.entries(after)) {
      // The addon keeps the threads of its first calls for the life of the process; no phase may add to them.
      if (report.length > 0 || what !== "threads") {
        if (count > before[what]) result.problems.push(`${what}: ${before[what]} before, ${count} after`);
      }
    }
    result.open = after;
  }
  result.seconds = (performance.now() - start) / 1000;
  report.push(result);
  const slope =
    result.slopePer100k === undefined
      ? ""
      : `, RSS slope ${(result.slopePer100k / MB).toFixed(3)} MB per 100,000`;
  console.log(
    `${result.problems.length === 0 ? "ok    " : "FAILED"} ${phase.name}: ${result.done} in ${result.seconds.toFixed(1)} s${slope}`,
  );
  if (result.rss)
    console.log(`       RSS in MB: ${result.rss.map(([, bytes]) => (bytes / MB).toFixed(0)).join(" ")}`);
  if (result.outcome) console.log(`       ${JSON.stringify(result.outcome)}`);
  if (result.open) console.log(`       open at the end: ${JSON.stringify(result.open)}`);
  for (const problem of result.problems) console.log(`       ${problem}`);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = report.some(result => result.problems.length > 0) ? 1 : 0;
