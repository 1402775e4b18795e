import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LifecycleEvent, RegistryDelta, UninstallOptions } from "luaskills";
import { createEngine, manifest, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { answer, answering, emptyRuntime, litter, tree, writePackage } from "./runtime.js";

/** An installed skill that has written into its database. */
async function skillWithData(t: TestContext) {
  const runtime = await emptyRuntime(t);
  const source = writePackage(runtime.folder, "demo", {
    "skill.yaml": manifest(["run"], "sqlite: { enable: true }\n"),
    "runtime/run.lua": `return function()
      vulcan.sqlite.execute_script({ sql = "CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1)" })
      return tostring(#vulcan.sqlite.query_json({ sql = "SELECT * FROM t" }).rows)
    end`,
  });
  await runtime.engine.skills.install({ source });
  assert.equal(await answer(runtime.engine), "1");
  const data = join(runtime.folder, "rt", "databases", "sqlite", "demo");
  assert.equal(existsSync(data), true);
  return { ...runtime, source, data };
}

test("the package, its record and its marker go, the data stays, and everybody is told", async t => {
  const runtime = await skillWithData(t);
  const { engine, root, state, data } = runtime;
  await engine.skills.disable("demo");
  await engine.skills.enable("demo");
  const events: LifecycleEvent[] = [];
  const deltas: RegistryDelta[] = [];
  engine.on("lifecycle", event => events.push(event));
  engine.on("registry", delta => deltas.push(delta));
  const message = "skill demo was uninstalled; SQLite data kept, LanceDB data kept";
  assert.deepEqual(await engine.skills.uninstall("demo"), {
    skillId: "demo",
    skillRemoved: true,
    sqliteRemoved: false,
    sqliteRetained: true,
    lancedbRemoved: false,
    lancedbRetained: true,
    message,
  });
  assert.deepEqual(tree(root.skillsDir), {});
  assert.deepEqual(tree(join(state, "installs")), {});
  assert.equal(existsSync(data), true);
  assert.deepEqual(litter(runtime), []);
  assert.equal(engine.has("demo-run"), false);
  assert.deepEqual(
    deltas.map(({ removed }) => removed),
    [["demo-run"]],
  );
  assert.deepEqual(
    events.map(({ action, status, skillId, rootName, message: said }) => [
      action,
      status,
      skillId,
      rootName,
      said,
    ]),
    [["uninstall", "completed", "demo", "ROOT", message]],
  );
});

const removals: [options: UninstallOptions, kept: boolean, flags: object][] = [
  [{ removeSqlite: true }, false, { sqliteRemoved: true, sqliteRetained: false, lancedbRetained: true }],
  [{ removeLancedb: true }, true, { sqliteRetained: true, lancedbRemoved: false, lancedbRetained: false }],
  [{ removeSqlite: true, removeLancedb: true }, false, { sqliteRemoved: true, lancedbRetained: false }],
];

for (const [options, kept, flags] of removals) {
  test(`an uninstall with ${JSON.stringify(options)} removes that data and no other`, async t => {
    const { engine, data } = await skillWithData(t);
    const result = await engine.skills.uninstall("demo", options);
    assert.deepEqual({ ...result, ...flags }, result);
    assert.equal(existsSync(data), kept);
  });
}

test("data that was kept is there again after the next install", async t => {
  const { engine, source } = await skillWithData(t);
  await engine.skills.uninstall("demo");
  await engine.skills.install({ source });
  assert.equal(await answer(engine), "2");
});

test("data that was removed is not", async t => {
  const { engine, source } = await skillWithData(t);
  await engine.skills.uninstall("demo", { removeSqlite: true });
  await engine.skills.install({ source });
  assert.equal(await answer(engine), "1");
});

const broken: [what: string, path: string, text: string][] = [
  ["a manifest that is no YAML", "skill.yaml", "{ ["],
  ["a manifest that switches it off", "skill.yaml", "enable: false\n"],
  ["broken dependencies", "dependencies.yaml", "{ ["],
];

for (const [what, path, text] of broken) {
  test(`a skill with ${what} is uninstalled, disabled and enabled like any other`, async t => {
    const { engine, folder, root } = await emptyRuntime(t);
    await engine.skills.install({ source: writePackage(folder, "demo", answering("1.0.0", "one")) });
    writeFileSync(join(root.skillsDir, "demo", path), text);
    await engine.skills.disable("demo");
    await engine.skills.enable("demo");
    assert.equal((await engine.skills.uninstall("demo")).skillRemoved, true);
    assert.deepEqual(tree(root.skillsDir), {});
  });
}

test("what is left of a skill whose folder was deleted by hand is removed", async t => {
  const { engine, root, state } = await skillWithData(t);
  await engine.skills.disable("demo");
  rmSync(join(root.skillsDir, "demo"), { recursive: true });
  const result = await engine.skills.uninstall("demo", { removeSqlite: true });
  assert.equal(result.skillRemoved, false);
  assert.equal(result.sqliteRemoved, true);
  assert.match(result.message, /had no folder any more/);
  assert.deepEqual([tree(join(state, "installs")), tree(join(state, "skills"))], [{}, {}]);
  await assert.rejects(engine.skills.uninstall("demo"), { code: "SKILL_NOT_INSTALLED" });
});

test("of two roots in one folder that share records and data, a copy is removed by itself", async t => {
  const folder = temporaryFolder(t);
  const roots = ["first", "second"].map(name => ({ name, skillsDir: join(folder, name) }));
  for (const { name, skillsDir } of roots) writeSkill(skillsDir, "demo", answering("1.0.0", name));
  const data = join(folder, "databases", "sqlite", "demo");
  mkdirSync(data, { recursive: true });
  const engine = await createEngine(t);
  await engine.load(roots);
  const { message } = await engine.skills.uninstall("demo", { removeSqlite: true });
  assert.equal(message, "skill demo was uninstalled; dependencies and data stay for the copy in second");
  assert.equal(await answer(engine), "second");
  assert.equal(existsSync(data), true);
  await engine.skills.uninstall("demo", { removeSqlite: true });
  assert.equal(existsSync(data), false);
});
