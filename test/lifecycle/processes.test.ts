// Several processes on one root: they take turns, and nobody takes a transaction back that somebody else is still in.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { SkillRoot } from "luaskills";
import { rootState } from "#dist/lifecycle/root-state.js";
import { RootStates } from "#dist/lifecycle/transactions/root-states.js";
import { resolvePaths } from "#dist/packages/paths.js";
import { createEngine, repository, temporaryFolder } from "../skills/skill-tree.js";
import { answer, answering, emptyRuntime, litter, versioned, writePackage } from "./runtime.js";

const program = join(repository, "test", "fixtures", "lifecycle", "worker.mjs");

type Operations = [action: string, ...args: unknown[]][];

interface Worker {
  process: ChildProcess;
  /** What it has printed when it ends. */
  lines: Promise<string[]>;
  /** It has stopped itself. */
  stopped: Promise<void>;
}

function worker(t: TestContext, root: SkillRoot, operations: Operations, stopAt?: string): Worker {
  const job = JSON.stringify({ root, operations, stopAt });
  const child = spawn(process.execPath, [program, job], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const closed = once(child, "close");
  const printed: string[] = [];
  const output = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const stopped = new Promise<void>(resolve => {
    output.on("line", line => {
      if (line === "stopped") resolve();
      else printed.push(line);
    });
  });
  return { process: child, lines: closed.then(() => printed), stopped };
}

test("processes that change one root at the same time take turns, and every change is there in the end", async t => {
  const runtime = await emptyRuntime(t);
  const { engine, folder, root } = runtime;
  const shared = writePackage(folder, "shared", answering("1.0.0", "shared"));
  const jobs = ["a", "b", "c"].map(name => {
    const own = [1, 2, 3].map(n => writePackage(folder, `${name}${n}`, answering("1.0.0", `${name}${n}`)));
    const operations: Operations = [
      ["install", { source: own[0] }],
      ["install", { source: shared }],
      ["disable", "shared"],
      ["install", { source: own[1] }],
      ["enable", "shared"],
      ["uninstall", `${name}1`],
      ["update", { skillId: "shared" }],
      ["install", { source: own[2] }],
    ];
    return operations;
  });
  const outputs = await Promise.all(jobs.map(operations => worker(t, root, operations).lines));
  const expected = ["installed", "", "done", "installed", "done", "done", "up_to_date", "installed"];
  for (const lines of outputs) {
    assert.deepEqual(
      lines.map(line => line.replace(/^\w+ /, "")).map((status, index) => (index === 1 ? "" : status)),
      expected,
    );
  }
  const installs = outputs.map(lines => lines[1]).sort();
  assert.deepEqual(installs, ["install already_installed", "install already_installed", "install installed"]);
  const { loaded, failed } = await engine.reload();
  assert.deepEqual(failed, []);
  assert.deepEqual(loaded, ["a2", "a3", "b2", "b3", "c2", "c3", "shared"]);
  assert.deepEqual(litter(runtime), []);
});

for (const [phase, after] of [
  ["reloading_runtime", "new"],
  ["backing_up_current", "new"],
] as const) {
  test(`a load waits for the process that is in the middle of an update (${phase}), and takes nothing back from it`, async t => {
    const runtime = await emptyRuntime(t);
    const { engine, folder, root } = runtime;
    await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "old")) });
    writePackage(folder, "demo", answering("1.1.0", "new"));
    const child = worker(t, root, [["update", { skillId: "demo" }]], phase);
    await child.stopped;
    const other = await createEngine(t);
    let settled = false;
    const loading = other.load([root]).finally(() => {
      settled = true;
    });
    const disabling = engine.skills.disable("demo").finally(() => {
      settled = true;
    });
    await sleep(200);
    assert.equal(settled, false);
    assert.equal(await answer(engine), "old", "what was loaded goes on");
    child.process.kill("SIGCONT");
    const { loaded, failed } = await loading;
    assert.deepEqual(failed, []);
    if (loaded.length > 0) assert.equal(await answer(other), after);
    await disabling;
    await child.lines;
    assert.equal((await engine.skills.info("demo"))?.version, "1.1.0");
    assert.deepEqual(litter(runtime), []);
  });
}

test("a process that dies while another one waits for it leaves its root to be settled by that one", async t => {
  const runtime = await emptyRuntime(t);
  const { engine, folder, root } = runtime;
  await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "old")) });
  writePackage(folder, "demo", answering("1.1.0", "new"));
  const child = worker(t, root, [["update", { skillId: "demo" }]], "reloading_runtime");
  await child.stopped;
  const warnings: string[] = [];
  engine.on("log", ({ level, message }) => {
    if (level === "warn") warnings.push(message);
  });
  const disabling = engine.skills.disable("demo", { reason: "after the crash" });
  child.process.kill("SIGKILL");
  await disabling;
  assert.match(warnings.join(), /interrupted update of demo was undone/);
  const info = await engine.skills.info("demo");
  assert.deepEqual([info?.version, info?.disabled], ["1.0.0", "after the crash"]);
  assert.deepEqual(litter(runtime), []);
});

test("who waits too long for a root is told that another process changes it", async t => {
  const folder = temporaryFolder(t);
  const root = { name: "ROOT", skillsDir: join(folder, "skills") };
  const create = (waitMs: number) =>
    new RootStates(
      resolvePaths({}),
      async () => {},
      () => {},
      waitMs,
    );
  using first = create(60_000);
  using second = create(1);
  await using locked = await first.lock(root);
  assert.equal(existsSync(locked.state.lockFile), true);
  await assert.rejects(second.lock(root), {
    code: "SKILL_BUSY",
    message: /skill root ROOT: another process changes it/,
  });
  const controller = new AbortController();
  controller.abort(new Error("no longer"));
  await assert.rejects(first.lock(root, controller.signal), { message: "no longer" });
});

test("a skill that nobody may settle yet is reported by a load, and no half of it is loaded", async t => {
  const { engine, folder, root } = await emptyRuntime(t);
  await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "old")) });
  await engine.skills.install({ source: writePackage(folder, "other", answering("1.0.0", "here")) });
  writePackage(folder, "demo", answering("1.1.0", "new"));
  const child = worker(t, root, [["update", { skillId: "demo" }]], "reloading_runtime");
  await child.stopped;
  const state = rootState(resolvePaths({}), root);
  using impatient = new RootStates(
    resolvePaths({}),
    async () => {},
    () => {},
    1,
  );
  const [unsettled] = await impatient.settle([root]);
  assert.equal(unsettled?.skillId, "demo");
  assert.match(unsettled?.problem ?? "", /another process changes it/);
  assert.equal(existsSync(join(state.journalDir, "journal.json")), true);
  child.process.kill("SIGKILL");
  await child.lines;
});

test("a load never sees a mixture of two versions, however often another process updates", async t => {
  const { engine, folder, root } = await emptyRuntime(t);
  const version = (n: number) => {
    const text = `1.${n}.0`;
    const files = {
      "skill.yaml": versioned(text).replace("lua_entry", `description: "${text}"\n    lua_entry`),
      "runtime/run.lua": `return function() return ${JSON.stringify(text)} end`,
    };
    return writePackage(folder, "demo", files);
  };
  await engine.skills.install({ source: version(0) });
  // Each from a folder of its own, so that the worker finds all of them.
  const operations: Operations = Array.from({ length: 15 }, () => [
    ["uninstall", "demo"],
    ["install", { source: join(folder, "packages", "demo") }],
  ]).flat() as Operations;
  const working = worker(t, root, operations).lines;
  let done = false;
  void working.finally(() => {
    done = true;
  });
  const reader = await createEngine(t);
  let loads = 0;
  while (!done) {
    const { failed } = await reader.load([root]);
    assert.deepEqual(failed, []);
    const [entry] = reader.entries();
    if (entry !== undefined) assert.equal(await answer(reader), entry.description);
    loads += 1;
  }
  t.diagnostic(`${loads} loads`);
  const lines = await working;
  assert.ok(
    lines.every(line => /^uninstall done|^install installed/.test(line)),
    lines.join("\n"),
  );
});
