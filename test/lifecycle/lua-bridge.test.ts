// `vulcan.runtime.skills` over the engine's own lifecycle: what skills may do to skills.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Json, LifecycleEvent } from "luaskills";
import { createEngine, manifest, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { answer, answering, emptyRuntime, versioned, writePackage } from "./runtime.js";

const allowed = { capabilities: { skillManagement: true } };

async function bridge(t: TestContext, options: object = allowed) {
  const runtime = await emptyRuntime(t, options);
  const { engine } = runtime;
  /** What `vulcan.runtime.skills.<action>` returns, or the first line of its error. */
  const ask = (action: string, input: Json) =>
    engine.runLua(
      `local ok, value = pcall(vulcan.runtime.skills[args.action], args.input)
       return ok and value or { error = value }`,
      { action, input },
    );
  return { ...runtime, ask };
}

test("requests and answers are those of engine.skills in snake case, on the skills plane", async t => {
  const { engine, folder, ask } = await bridge(t);
  const events: LifecycleEvent[] = [];
  engine.on("lifecycle", event => events.push(event));
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  assert.deepEqual(await ask("install", { source, dry_run: true }), {
    skill_id: "demo",
    status: "planned",
    message: `skill demo 1.0.0 would be installed from folder ${source} into ROOT`,
    version: "1.0.0",
    source_type: "folder",
    source_locator: source,
  });
  assert.deepEqual(await ask("install", { source, source_type: "folder", target_root: "ROOT" }), {
    skill_id: "demo",
    status: "installed",
    message: `skill demo 1.0.0 was installed from folder ${source}`,
    version: "1.0.0",
    source_type: "folder",
    source_locator: source,
  });
  assert.equal(await answer(engine), "one");
  writePackage(folder, "demo", answering("1.1.0", "two"));
  assert.deepEqual(await ask("update", { skill_id: "demo" }), {
    skill_id: "demo",
    status: "updated",
    message: "skill demo was updated from 1.0.0 to 1.1.0",
    version: "1.1.0",
    previous_version: "1.0.0",
    source_type: "folder",
    source_locator: source,
  });
  assert.deepEqual(await ask("disable", { skill_id: "demo", reason: "a pause" }), {
    skill_id: "demo",
    status: "disabled",
  });
  assert.equal((await engine.skills.info("demo"))?.disabled, "a pause");
  assert.deepEqual(await ask("enable", "demo"), { skill_id: "demo", status: "enabled" });
  assert.deepEqual(await ask("uninstall", { skill_id: "demo", options: { remove_sqlite: true } }), {
    skill_id: "demo",
    skill_removed: true,
    sqlite_removed: false,
    sqlite_retained: false,
    lancedb_removed: false,
    lancedb_retained: true,
    message: "skill demo was uninstalled; no SQLite data removed, LanceDB data kept",
  });
  assert.deepEqual(
    events.map(({ action, plane }) => [action, plane]),
    ["install", "update", "disable", "enable", "uninstall"].map(action => [action, "skills"]),
  );
});

test("a skill that updates itself runs to its end on its old version; the next call is on the new one", async t => {
  const { engine, folder } = await bridge(t);
  const selfish = (version: string) => ({
    "skill.yaml": versioned(version),
    "runtime/run.lua": `return function(args)
      local status = args.update and vulcan.runtime.skills.update({ skill_id = "demo" }).status or "no update"
      return ${JSON.stringify(version)} .. ": " .. status
    end`,
  });
  await engine.skills.install({ source: writePackage(folder, "demo", selfish("1.0.0")) });
  writePackage(folder, "demo", selfish("1.1.0"));
  assert.equal((await engine.call("demo-run", { update: true })).content, "1.0.0: updated");
  assert.equal((await engine.call("demo-run")).content, "1.1.0: no update");
});

test("a skill that uninstalls itself runs to its end", async t => {
  const { engine, folder, root } = await bridge(t);
  await engine.skills.install({
    source: writePackage(folder, "demo", {
      "skill.yaml": versioned("1.0.0"),
      "runtime/run.lua": `return function()
        return tostring(vulcan.runtime.skills.uninstall({ skill_id = "demo" }).skill_removed)
      end`,
    }),
  });
  assert.equal((await engine.call("demo-run")).content, "true");
  assert.equal(existsSync(join(root.skillsDir, "demo")), false);
});

const refusals: [action: string, input: Json, error: RegExp][] = [
  [
    "install",
    null,
    /^vulcan\.runtime\.skills\.install: install takes a table with skill_id or source, got null/,
  ],
  ["install", [1], /^vulcan\.runtime\.skills\.install: install takes a table/],
  ["install", {}, /names no source/],
  ["install", { source: 7 }, /source must be a string, got number/],
  ["update", { skill_id: "gone" }, /skill gone is not installed/],
  ["uninstall", { skill_id: "Gone" }, /skill id must match/],
  ["uninstall", {}, /the skill id must be a string, got undefined/],
  ["uninstall", { skill_id: "gone", remove_sqlite: "yes" }, /removeSqlite must be true or false/],
  ["disable", { skill_id: "gone" }, /skill gone is not installed/],
  ["enable", { skill_id: "kept" }, /skill kept is protected: enable is for the system plane/],
  ["uninstall", { skill_id: "kept", plane: "system" }, /is protected: uninstall is for the system plane/],
];

for (const [action, input, error] of refusals) {
  test(`${action} of ${JSON.stringify(input)} is an error that says why`, async t => {
    const { ask, root, engine } = await bridge(t, { ...allowed, protectedSkillIds: ["kept"] });
    writeSkill(root.skillsDir, "kept", answering("1.0.0", "here"));
    await engine.reload();
    const outcome = (await ask(action, input)) as { error?: string };
    assert.match(String(outcome.error), error);
    assert.equal(existsSync(join(root.skillsDir, "kept")), true);
  });
}

test("of layers, tools change those below ROOT alone", async t => {
  const folder = temporaryFolder(t);
  const roots = ["ROOT", "PROJECT", "USER"].map(name => ({ name, skillsDir: join(folder, name, "skills") }));
  for (const { skillsDir } of roots) mkdirSync(skillsDir, { recursive: true });
  writeSkill(join(folder, "ROOT", "skills"), "system", answering("1.0.0", "here"));
  writeSkill(join(folder, "USER", "skills"), "manager", {
    "skill.yaml": manifest(),
    "runtime/run.lua": `return function(args)
      local ok, value = pcall(vulcan.runtime.skills[args.action], args.input)
      return ok and value.status or value
    end`,
  });
  const engine = await createEngine(t, { ...allowed, skillConfigFile: join(folder, "config.json") });
  await engine.load(roots);
  const ask = async (action: string, input: Json) =>
    (await engine.call("manager-run", { action, input })).content;
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  assert.match(
    await ask("install", { source, target_root: "ROOT" }),
    /cannot target the system-controlled ROOT layer/,
  );
  assert.match(await ask("disable", { skill_id: "system" }), /controlled by the system/);
  assert.equal(await ask("install", { source, target_root: "PROJECT" }), "installed");
  assert.equal(existsSync(join(folder, "PROJECT", "skills", "demo")), true);
});

test("without the capability nothing is done", async t => {
  const { ask, folder, root } = await bridge(t, {});
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  assert.deepEqual(await ask("install", { source }), {
    error: "vulcan.runtime.skills.install is disabled by host policy",
  });
  assert.equal(existsSync(root.skillsDir), false);
});

test("a host may answer in place of the lifecycle", async t => {
  const { engine, ask } = await bridge(t);
  engine.setSkillManager(async ({ action, authority }) => ({ action, authority }));
  assert.deepEqual(await ask("install", { source: "x" }), { action: "install", authority: "delegated_tool" });
});
