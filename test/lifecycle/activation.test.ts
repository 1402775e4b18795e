import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LifecycleEvent } from "luaskills";
import { createEngine } from "../skills/skill-tree.js";
import { answer, answering, emptyRuntime, litter, tree, writePackage } from "./runtime.js";

async function installed(t: Parameters<typeof emptyRuntime>[0]) {
  const runtime = await emptyRuntime(t);
  const source = writePackage(runtime.folder, "demo", answering("1.0.0", "one"));
  await runtime.engine.skills.install({ source });
  return { ...runtime, marker: join(runtime.state, "skills", "disabled", "demo.json") };
}

test("a disabled skill serves no more, in this engine and in the next, until it is enabled", async t => {
  const runtime = await installed(t);
  const { engine, root, marker } = runtime;
  const events: LifecycleEvent[] = [];
  engine.on("lifecycle", event => events.push(event));
  const before = Date.now();
  await engine.skills.disable("demo", { reason: "  under repair " });
  assert.equal(await answer(engine), undefined);
  const { disabled_at_unix_ms: at, ...rest } = JSON.parse(readFileSync(marker, "utf8"));
  assert.deepEqual(rest, { skill_id: "demo", reason: "under repair" });
  assert.ok(at >= before && at <= Date.now());
  const next = await createEngine(t);
  const { skipped } = await next.load([root]);
  assert.deepEqual(skipped, [{ skillId: "demo", reason: "disabled: under repair" }]);
  await next.skills.enable("demo");
  assert.equal(await answer(next), "one");
  await engine.skills.enable("demo");
  assert.equal(await answer(engine), "one");
  assert.deepEqual(
    events.map(({ action, status, message }) => [action, status, message]),
    [
      ["disable", "completed", null],
      ["enable", "completed", null],
    ],
  );
  assert.deepEqual(litter(runtime), []);
});

test("disabling again replaces the reason", async t => {
  const { engine, marker } = await installed(t);
  await engine.skills.disable("demo", { reason: "one" });
  await engine.skills.disable("demo");
  assert.equal(JSON.parse(readFileSync(marker, "utf8")).reason, null);
});

test("enabling what is not disabled is no error and writes nothing", async t => {
  const { engine, state } = await installed(t);
  const before = tree(state);
  await engine.skills.enable("demo");
  assert.deepEqual(tree(state), before);
  assert.equal(await answer(engine), "one");
});

test("a disabled skill is updated and stays disabled", async t => {
  const { engine, folder } = await installed(t);
  await engine.skills.disable("demo");
  writePackage(folder, "demo", answering("1.1.0", "two"));
  assert.equal((await engine.skills.update({ skillId: "demo" })).status, "updated");
  assert.equal(await answer(engine), undefined);
  await engine.skills.enable("demo");
  assert.equal(await answer(engine), "two");
});

for (const [what, id] of [
  ["no text", 7],
  ["no identifier", "Demo"],
] as const) {
  test(`an id that is ${what} is refused`, async t => {
    const { engine } = await installed(t);
    for (const action of ["enable", "disable", "uninstall"] as const) {
      await assert.rejects(engine.skills[action](id as string), {
        code: "SKILL_REQUEST",
        message: /skill id must/,
      });
    }
  });
}
