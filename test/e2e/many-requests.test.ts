// 32 skills under a thousand requests at once: computing, waiting, nested, in exec, failing, timing out, aborted, out of
// memory. The mix, and what each request has to answer, is in scripts/soak.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { SkillEngine } from "luaskills";

interface RequestSkills {
  engine: SkillEngine;
  close(): Promise<void>;
}

interface OpenResources {
  handles: number;
  descriptors: number;
}

interface MemoryWatch {
  sample(done: number): void;
  result(): { grownBytes: number; rss: [number, number][] };
}

const soak = new URL("../../../scripts/soak/", import.meta.url);
const load = (file: string) => import(new URL(file, soak).href);
const { openRequestSkills } = (await load("request-skills.mjs")) as {
  openRequestSkills(): Promise<RequestSkills>;
};
const { runRequests } = (await load("request-mix.mjs")) as {
  /** Rejects when one answer is wrong, or when the pools' counts do not add up afterwards. */
  runRequests(skills: RequestSkills, first: number, count: number): Promise<Record<string, number>>;
};
const { openForGood, openResources, watchMemory } = (await load("resources.mjs")) as {
  openForGood(): Promise<void>;
  openResources(): Promise<OpenResources>;
  watchMemory(count: number): MemoryWatch;
};

await openForGood();
const before = await openResources();
const skills = await openRequestSkills();
after(() => skills.close());

const atOnce = 1_000;
let served = 0;

async function serveRound(): Promise<Record<string, number>> {
  const asked = await runRequests(skills, served, atOnce);
  served += atOnce;
  return asked;
}

test("a thousand requests at once each get their own answer, whatever the others do", async () => {
  const asked = await serveRound();
  const kinds = [
    "abort of waiting",
    "abort of work",
    "compute",
    "coroutine",
    "exec",
    "fail",
    "nested",
    "out of memory",
    "process",
    "quick",
    "sort",
    "timeout",
    "tool",
    "waiting past the deadline",
    "wrong",
  ];
  assert.deepEqual(Object.keys(asked).sort(), kinds);
  for (const kind of kinds) assert.ok((asked[kind] ?? 0) >= 5, kind);
  const { calls, pool } = skills.engine.stats();
  assert.equal(calls.completed + calls.failed, atOnce);
  assert.ok(pool.discarded > 0, "VMs that were stopped or ran out of memory are not used again");
});

test("repeated rounds leave the memory of the process flat", async () => {
  await serveRound();
  const rounds = 10;
  const memory = watchMemory(rounds * atOnce);
  for (let round = 1; round <= rounds; round++) {
    await serveRound();
    memory.sample(round * atOnce);
  }
  const { grownBytes, rss } = memory.result();
  assert.ok(grownBytes < 16e6, `grew by ${grownBytes} bytes: ${rss.map(([, bytes]) => bytes)}`);
});

test("closing the engine leaves no handle and no descriptor open", async () => {
  await skills.close();
  const { handles, descriptors } = await openResources();
  assert.deepEqual({ handles, descriptors }, { handles: before.handles, descriptors: before.descriptors });
});

test("a process that served requests ends by itself", async () => {
  const program = fileURLToPath(new URL("../../../test/fixtures/requests/one-round.mjs", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { timeout: 120_000 });
  assert.deepEqual({ stdout, stderr }, { stdout: "served\n", stderr: "" });
});
