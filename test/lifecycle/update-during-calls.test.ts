import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { SkillEngine } from "luaskills";
import { answer, answering, emptyRuntime, versioned, writePackage } from "./runtime.js";

/** Answers with its version, after `vulcan.host.call("wait")` where it is asked to wait. */
function waiting(version: string) {
  return {
    "skill.yaml": versioned(version),
    "runtime/run.lua": `return function(args)
      if args.wait then vulcan.host.call("wait", {}) end
      return ${JSON.stringify(version)}
    end`,
  };
}

/** A host tool `wait` whose calls last until they are released. */
function gate(engine: SkillEngine) {
  const { promise: entered, resolve: enter } = deferred();
  const { promise: released, resolve: release } = deferred();
  engine.registerHostTool("wait", {
    description: "Waits for the test",
    call: async () => {
      enter();
      await released;
      return null;
    },
  });
  return { entered, release };
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}

test("calls succeed all through an update: on the old version until the new one is loaded, and to their end there", async t => {
  const { engine, folder } = await emptyRuntime(t);
  await engine.skills.install({ source: writePackage(folder, "demo", waiting("1.0.0")) });
  const { entered, release } = gate(engine);
  const inFlight = engine.call("demo-run", { wait: true });
  await entered;

  // Calls in the middle of every step, and without a pause between the steps.
  const during: Promise<string>[] = [];
  engine.on("progress", () => during.push(engine.call("demo-run").then(({ content }) => content)));
  const switching = new Map<string, string>();
  engine.on("progress", ({ phase }) => {
    switching.set(phase, engine.callSync("demo-run").content);
  });
  let updating = true;
  const stream: string[] = [];
  const caller = (async () => {
    while (updating) {
      stream.push((await engine.call("demo-run")).content);
      await setImmediate();
    }
  })();
  writePackage(folder, "demo", waiting("1.1.0"));
  assert.equal((await engine.skills.update({ skillId: "demo" })).status, "updated");
  updating = false;
  await caller;

  assert.equal(await answer(engine), "1.1.0");
  for (const phase of ["backing_up_current", "staging_update", "reloading_runtime"]) {
    assert.equal(switching.get(phase), "1.0.0", phase);
  }
  assert.equal(switching.get("completed"), "1.1.0");
  const answers = await Promise.all(during);
  for (const got of [answers, stream]) {
    assert.ok(got.length > 5);
    assert.ok(got.every(version => version === "1.0.0" || version === "1.1.0"));
    assert.deepEqual(got, [...got].sort(), "the old version never comes back");
  }
  release();
  assert.equal((await inFlight).content, "1.0.0");
});

test("calls succeed all through an update that is taken back", async t => {
  const { engine, folder } = await emptyRuntime(t);
  await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "old")) });
  writePackage(folder, "demo", {
    "skill.yaml": versioned("1.1.0"),
    "runtime/run.lua": "error('not on any machine')",
  });
  const during: Promise<string>[] = [];
  engine.on("progress", () => during.push(engine.call("demo-run").then(({ content }) => content)));
  await assert.rejects(engine.skills.update({ skillId: "demo" }), { code: "SKILL_PACKAGE" });
  assert.deepEqual(new Set(await Promise.all(during)), new Set(["old"]));
  assert.equal(await answer(engine), "old");
});

test("calls of other skills do not notice an uninstall, and a call in flight ends on the skill that is gone", async t => {
  const { engine, folder } = await emptyRuntime(t);
  const { entered, release } = gate(engine);
  await engine.skills.install({ source: writePackage(folder, "demo", waiting("1.0.0")) });
  await engine.skills.install({ source: writePackage(folder, "other", answering("1.0.0", "here")) });
  const inFlight = engine.call("demo-run", { wait: true });
  await entered;
  const during: Promise<string>[] = [];
  engine.on("progress", () => during.push(engine.call("other-run").then(({ content }) => content)));
  await engine.skills.uninstall("demo");
  assert.equal(engine.has("demo-run"), false);
  release();
  assert.equal((await inFlight).content, "1.0.0");
  assert.deepEqual(new Set(await Promise.all(during)), new Set(["here"]));
});
