import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Authority, LoadReport, RegistryDelta, SkillEngine } from "luaskills";
import {
  createEngine,
  engineWith,
  manifest,
  type SkillFiles,
  temporaryFolder,
  writeSkill,
  writeSkills,
} from "./skill-tree.js";

function skill(...entries: string[]): SkillFiles {
  const files: Record<string, string> = { "skill.yaml": manifest(entries) };
  for (const name of entries) files[`runtime/${name}.lua`] = `return function() return '${name}' end`;
  return files;
}

test("entries are listed in byte order of their canonical names", async t => {
  const { engine } = await engineWith(t, { b: skill("z", "a"), a: skill("m") });
  assert.deepEqual(
    engine.entries().map(({ canonicalName }) => canonicalName),
    ["a-m", "b-a", "b-z"],
  );
});

test("claimants of one name are numbered by skill id", async t => {
  const { engine } = await engineWith(t, {
    foo: skill("bar-baz"),
    "foo-bar": skill("baz"),
    "foo-bar-baz": skill("x"),
  });
  assert.deepEqual(
    engine.entries().map(({ canonicalName, skillId }) => [canonicalName, skillId]),
    [
      ["foo-bar-baz", "foo"],
      ["foo-bar-baz-2", "foo-bar"],
      ["foo-bar-baz-x", "foo-bar-baz"],
    ],
  );
  assert.equal((await engine.call("foo-bar-baz-2")).content, "baz");
});

test("a reserved name goes to nobody", async t => {
  const { engine } = await engineWith(
    t,
    { foo: skill("run") },
    { reservedEntryNames: ["foo-run", "foo-run-2"] },
  );
  assert.equal(engine.has("foo-run"), false);
  assert.equal(engine.has("foo-run-3"), true);
});

test("a generated number pushes on the entry that would own that name by itself", async t => {
  const { engine } = await engineWith(t, { a: skill("b-c", "b-c-2"), "a-b": skill("c") });
  assert.deepEqual(
    engine.entries().map(({ canonicalName, skillId, localName }) => [canonicalName, skillId, localName]),
    [
      ["a-b-c", "a", "b-c"],
      ["a-b-c-2", "a-b", "c"],
      ["a-b-c-2-2", "a", "b-c-2"],
    ],
  );
});

test("has and skillOf know canonical names only", async t => {
  const { engine } = await engineWith(t, { foo: skill("run") });
  assert.equal(engine.has("foo-run"), true);
  assert.equal(engine.skillOf("foo-run"), "foo");
  assert.equal(engine.has("run"), false);
  assert.equal(engine.skillOf("run"), undefined);
});

test("descriptors are copies: changing one changes nothing in the engine", async t => {
  const { engine } = await engineWith(t, { foo: skill("run") });
  const first = engine.entries()[0];
  assert.ok(first);
  first.canonicalName = "changed";
  assert.equal(engine.entries()[0]?.canonicalName, "foo-run");
});

/** The next change of the registry. */
function nextDelta(engine: SkillEngine): Promise<RegistryDelta> {
  return new Promise(resolve => {
    const remove = engine.on("registry", delta => {
      remove();
      resolve(delta);
    });
  });
}

test("a reload tells what it added, updated and removed, each in order of names", async t => {
  const { engine, root } = await engineWith(t, {
    a: skill("same", "gone"),
    b: skill("gone"),
    c: skill("told"),
  });
  const changed = manifest(["told"]).replace("lua_entry", "description: More.\n    lua_entry");
  writeSkills(root, {
    a: skill("same", "new"),
    c: { "skill.yaml": changed },
    d: skill("z", "a"),
  });
  rmSync(join(root, "b"), { recursive: true });
  const delta = nextDelta(engine);
  await engine.reload();
  const { added, updated, removed } = await delta;
  assert.deepEqual(
    added.map(({ canonicalName }) => canonicalName),
    ["a-new", "d-a", "d-z"],
  );
  assert.deepEqual(
    updated.map(({ canonicalName, description }) => [canonicalName, description]),
    [["c-told", "More."]],
  );
  assert.deepEqual(removed, ["a-gone", "b-gone"]);
  assert.deepEqual(
    added[0],
    engine.entries().find(({ canonicalName }) => canonicalName === "a-new"),
  );
});

test("neither a load nor a reload that changes nothing about entries tells anything", async t => {
  const { engine, root } = await engineWith(t, { a: skill("run") });
  const deltas: RegistryDelta[] = [];
  const remove = engine.on("registry", delta => deltas.push(delta));
  await engine.reload();
  writeSkill(root, "a", { "runtime/run.lua": "return function() return 'other code' end" });
  await engine.reload();
  writeSkills(root, { b: skill("run") });
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  writeSkill(root, "b", { "runtime/run.lua": "broken(" });
  assert.deepEqual((await engine.reload()).kept, ["b"]);
  await assert.rejects(engine.reload([{ name: "", skillsDir: root }]), { code: "SKILL_ROOT" });
  assert.deepEqual(deltas, []);
  remove();
  writeSkills(root, { c: skill("run") });
  await engine.reload();
  assert.deepEqual(deltas, []);
});

test("a skill that moves to another root is updated", async t => {
  const [high, low] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(low, { a: skill("run") });
  const engine = await createEngine(t);
  await engine.load([
    { name: "ROOT", skillsDir: high },
    { name: "USER", skillsDir: low },
  ]);
  writeSkills(high, { a: skill("run") });
  const delta = nextDelta(engine);
  await engine.reload();
  const { added, updated, removed } = await delta;
  assert.deepEqual([added, updated.map(({ rootName }) => rootName), removed], [[], ["ROOT"], []]);
});

test("a listener that throws or rejects is told to the log and disturbs neither the reload nor others", async t => {
  const { engine, root } = await engineWith(t, { a: skill("run") });
  const messages: string[] = [];
  engine.on("log", ({ level, message }) => level === "error" && messages.push(message));
  engine.on("registry", () => {
    throw new Error("no");
  });
  engine.on("registry", async () => {
    throw new Error("later");
  });
  const delta = nextDelta(engine);
  writeSkills(root, { b: skill("run") });
  assert.deepEqual((await engine.reload()).loaded, ["a", "b"]);
  assert.equal((await delta).added.length, 1);
  assert.deepEqual(messages, [
    "[LuaSkill] A registry listener failed: Error: no",
    "[LuaSkill] A registry listener failed: Error: later",
  ]);
});

test("every load that succeeded is told with its report", async t => {
  const { engine, root, report } = await engineWith(t, { a: skill("run") });
  const reports: LoadReport[] = [];
  engine.on("load", found => reports.push(found));
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  writeSkills(root, { a: "x x" });
  const reloaded = await engine.reload();
  assert.deepEqual(reports, [report, reloaded]);
  assert.deepEqual(reloaded.kept, ["a"]);
});

test("an event nobody sends is refused with those there are", async t => {
  const engine = await createEngine(t);
  assert.throws(() => engine.on("toString" as never, () => {}), {
    name: "TypeError",
    message: /unknown event "toString"; there are log, registry/,
  });
});

test("delegated tools see no entries of ROOT in a layered chain, and can call them", async t => {
  const [high, low] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(high, { system: skill("run") });
  writeSkills(low, { mine: skill("run") });
  const engine = await createEngine(t);
  const names = (authority?: Authority) =>
    engine.entries(authority && { authority }).map(({ canonicalName }) => canonicalName);
  await engine.load([
    { name: "ROOT", skillsDir: high },
    { name: "USER", skillsDir: low },
  ]);
  const delegated = { authority: "delegated_tool" } as const;
  assert.deepEqual(names(), ["mine-run", "system-run"]);
  assert.deepEqual(names("system"), ["mine-run", "system-run"]);
  assert.deepEqual(names("delegated_tool"), ["mine-run"]);
  assert.equal(engine.has("system-run", delegated), false);
  assert.equal(engine.skillOf("system-run", delegated), undefined);
  assert.equal(engine.skillOf("mine-run", delegated), "mine");
  assert.equal((await engine.call("system-run")).content, "run");
  await engine.load([{ name: "ROOT", skillsDir: high }]);
  assert.deepEqual(names("delegated_tool"), ["system-run"]);
  assert.throws(() => engine.entries({ authority: "root" as never }), {
    name: "TypeError",
    message: 'authority must be "system" or "delegated_tool", got "root"',
  });
});
