import assert from "node:assert/strict";
import { chmodSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { resolvePaths } from "#dist/packages/paths.js";
import { scanRoots } from "#dist/packages/roots.js";
import { refreshDebugEntry } from "#dist/skills/debug-entry.js";
import { buildRegistry, type Registry } from "#dist/skills/registry.js";
import { readSkill, type Skill } from "#dist/skills/skill.js";
import {
  createEngine,
  engineWith,
  manifest,
  temporaryFolder,
  writeSkill,
  writeSkills,
} from "./skill-tree.js";

const says = (text: string) => `return function() return '${text}' end`;

const broken: [what: string, source: string, error: RegExp][] = [
  ["a syntax error", "return function(", /entry run: .*demo\/runtime\/run\.lua:1/],
  [
    "an error in the body of its file",
    "\nerror('no database')",
    /entry run: .*demo\/runtime\/run\.lua:2: no database/,
  ],
  ["a body that returns nothing", "local x = 1", /entry run: .*function/],
  ["a body that returns a table", "return {}", /entry run: .*function/],
  ["bytecode", "\x1bLJ\x02", /entry run: /],
  ["a body that never ends", "while true do end", /entry run: .*within 500 ms/],
];

for (const [what, source, error] of broken) {
  test(`a skill with ${what} fails and takes no other skill down`, async t => {
    const skills = { afore: says("a"), demo: source, later: says("z") };
    const { engine, report } = await engineWith(t, skills, { initTimeoutMs: 500 });
    assert.deepEqual(report.loaded, ["afore", "later"]);
    assert.deepEqual(report.kept, []);
    assert.equal(report.failed[0]?.skillId, "demo");
    assert.match(report.failed[0]?.error ?? "", error);
    assert.equal(engine.has("demo-run"), false);
    assert.equal((await engine.call("later-run")).content, "z");
  });
}

test("each broken entry of a skill is named", async t => {
  const { report } = await engineWith(t, {
    demo: {
      "skill.yaml": manifest(["one", "two", "three"]),
      "runtime/one.lua": "return 1",
      "runtime/two.lua": says("fine"),
      "runtime/three.lua": "x x",
    },
  });
  assert.match(report.failed[0]?.error ?? "", /entry one: .*; entry three: /);
});

test("messages name entry files by skill and path, never by their place on this machine", async t => {
  const { report, root, engine } = await engineWith(t, {
    broken: "return function( end",
    failing: "return function() error('no') end",
  });
  assert.ok(!report.failed[0]?.error.includes(root));
  await assert.rejects(engine.call("failing-run"), (error: Error & { traceback?: string }) => {
    assert.match(error.message, /failing\/runtime\/run\.lua:1: no/);
    assert.ok(!`${error.message}\n${error.traceback}`.includes(root));
    return true;
  });
});

test("load replaces what was loaded", async t => {
  const [first, second] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(first, { one: says("1") });
  writeSkills(second, { two: says("2") });
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir: first }]);
  await engine.load([{ name: "ROOT", skillsDir: second }]);
  assert.deepEqual(
    engine.entries().map(({ canonicalName }) => canonicalName),
    ["two-run"],
  );
});

test("reload sees changed, added and removed skills", async t => {
  const { engine, root } = await engineWith(t, { changed: says("old"), removed: says("x") });
  assert.equal((await engine.call("changed-run")).content, "old");
  writeSkills(root, { changed: says("new"), added: says("y") });
  rmSync(join(root, "removed"), { recursive: true });
  assert.deepEqual(await engine.reload(), {
    loaded: ["added", "changed"],
    skipped: [],
    failed: [],
    kept: [],
  });
  assert.equal((await engine.call("changed-run")).content, "new");
  assert.equal((await engine.call("added-run")).content, "y");
  await assert.rejects(engine.call("removed-run"), { code: "SKILL_NOT_FOUND" });
});

test("reload keeps the last good version of a skill that broke, until it is mended", async t => {
  const { engine, root } = await engineWith(t, { demo: says("good"), other: says("old") });
  writeSkills(root, { demo: "return function(", other: says("new") });
  for (let round = 0; round < 2; round++) {
    const report = await engine.reload();
    assert.deepEqual(report.loaded, ["other"]);
    assert.deepEqual(report.kept, ["demo"]);
    assert.equal(report.failed[0]?.skillId, "demo");
    assert.equal((await engine.call("demo-run")).content, "good");
    assert.equal((await engine.call("other-run")).content, "new");
  }
  writeSkills(root, { demo: says("mended") });
  assert.deepEqual((await engine.reload()).kept, []);
  assert.equal((await engine.call("demo-run")).content, "mended");
});

test("reload drops a skill that was disabled, and load keeps nothing", async t => {
  const { engine, root } = await engineWith(t, { off: says("x"), demo: says("good") });
  writeSkill(root, "off", { "skill.yaml": manifest(["run"], "enable: false\n") });
  assert.deepEqual((await engine.reload()).kept, []);
  assert.equal(engine.has("off-run"), false);
  writeSkills(root, { demo: "return function(" });
  assert.deepEqual((await engine.load([{ name: "ROOT", skillsDir: root }])).kept, []);
  assert.equal(engine.has("demo-run"), false);
});

test("a call that is running when a reload switches finishes on the old version", async t => {
  const spin = (word: string) =>
    `return function(args) local t = os.clock() + args.seconds while os.clock() < t do end return '${word}' end`;
  const { engine, root } = await engineWith(t, { demo: spin("old") });
  const running = engine.call("demo-run", { seconds: 0.3 });
  writeSkills(root, { demo: spin("new") });
  await engine.reload();
  assert.equal((await engine.call("demo-run", { seconds: 0 })).content, "new");
  assert.equal((await running).content, "old");
});

test("reload needs a chain: the last one or a new one", async t => {
  const engine = await createEngine(t);
  await assert.rejects(engine.reload(), { code: "SKILL_ROOT", message: /nothing was loaded yet/ });
  const root = temporaryFolder(t);
  writeSkills(root, { demo: says("ok") });
  assert.deepEqual((await engine.reload([{ name: "ROOT", skillsDir: root }])).loaded, ["demo"]);
  assert.deepEqual((await engine.reload()).loaded, ["demo"]);
});

test("loads that are started together run one after the other, the last one wins", async t => {
  const roots = ["a", "b", "c"].map(name => {
    const root = temporaryFolder(t);
    writeSkills(root, { [name]: says(name) });
    return [{ name: "ROOT", skillsDir: root }];
  });
  const engine = await createEngine(t);
  const reports = await Promise.all(roots.map(chain => engine.load(chain)));
  assert.deepEqual(
    reports.map(({ loaded }) => loaded),
    [["a"], ["b"], ["c"]],
  );
  assert.deepEqual(
    engine.entries().map(({ canonicalName }) => canonicalName),
    ["c-run"],
  );
});

test("loading writes nothing: a read-only tree loads", async t => {
  const root = temporaryFolder(t);
  const folder = writeSkill(root, "demo", says("ok"));
  chmodSync(folder, 0o555);
  chmodSync(root, 0o555);
  try {
    const engine = await createEngine(t);
    assert.deepEqual((await engine.load([{ name: "ROOT", skillsDir: root }])).loaded, ["demo"]);
    assert.deepEqual(readdirSync(root), ["demo"]);
  } finally {
    chmodSync(root, 0o755);
    chmodSync(folder, 0o755);
  }
});

test("two skills may use the same lua_module", async t => {
  const { engine } = await engineWith(t, { one: says("1"), two: says("2") });
  assert.equal((await engine.call("one-run")).content, "1");
  assert.equal((await engine.call("two-run")).content, "2");
});

test("an entry whose file changes on disk stays as it was loaded", async t => {
  const { engine, root } = await engineWith(t, { demo: says("loaded") });
  writeFileSync(join(root, "demo", "runtime", "run.lua"), says("changed"));
  assert.equal((await engine.call("demo-run")).content, "loaded");
});

test("what one skill does to the VM that a load proves entries on counts against nobody else", async t => {
  const { report } = await engineWith(t, {
    a: "string.format = nil\nreturn function() return 'a' end",
    b: "local text = string.format('%d', 1)\nreturn function() return text end",
    c: "local text = string.format('%d', 1)\nreturn function() return text end",
    d: "local text = string.formal('%d', 1)\nreturn function() return text end",
  });
  assert.deepEqual(report.loaded, ["a", "b", "c"]);
  assert.deepEqual(
    report.failed.map(({ skillId }) => skillId),
    ["d"],
  );
});

test("skills that fill the memory of a VM take no memory from those after them", async t => {
  const hoard = "local kept = ('x'):rep(400 * 1024)\nreturn function() return #kept .. '' end";
  const skills = Object.fromEntries(Array.from("abcdefghijkl", id => [id, hoard]));
  const { report } = await engineWith(t, skills, { memoryLimit: 2 << 20 });
  assert.equal(report.loaded.length, 12);
});

test("one entry that never ends does not keep the others of its skill from being checked", async t => {
  const { report } = await engineWith(
    t,
    {
      demo: {
        "skill.yaml": manifest(["one", "two"]),
        "runtime/one.lua": "while true do end",
        "runtime/two.lua": "return 1",
      },
    },
    { initTimeoutMs: 200 },
  );
  assert.match(report.failed[0]?.error ?? "", /^entry one: .*within 200 ms.*; entry two: .*function/);
});

test("the event loop turns while skills load", async t => {
  const skills = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`skill-${n}`, says("ok")]));
  const root = temporaryFolder(t);
  writeSkills(root, skills);
  const engine = await createEngine(t);
  let loaded = false;
  let turns = 0;
  const turn = () => {
    turns += 1;
    if (!loaded) setImmediate(turn);
  };
  setImmediate(turn);
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  loaded = true;
  assert.ok(turns > 1, `${turns} turns`);
});

test("a debug entry is read again when it is asked for, and keeps its source when it cannot be read", async t => {
  const root = temporaryFolder(t);
  const folder = writeSkill(root, "demo", {
    "skill.yaml": manifest(["run"], "debug: true\n"),
    "runtime/run.lua": says("old"),
  });
  const target = [...registryOf(root).values()][0];
  assert.ok(target);
  assert.equal(refreshDebugEntry(target), false);
  writeFileSync(join(folder, "runtime", "run.lua"), says("new"));
  assert.equal(refreshDebugEntry(target), true);
  assert.equal(target.entry.source, says("new"));
  rmSync(join(folder, "runtime", "run.lua"));
  assert.throws(() => refreshDebugEntry(target), {
    code: "SKILL_MANIFEST",
    message: "entry run: lua_entry runtime/run.lua: no such file",
  });
  assert.equal(target.entry.source, says("new"));
});

test("an entry carries what host functions know about it, ready and frozen", t => {
  const root = temporaryFolder(t);
  const skillsDir = join(root, "skills");
  const skillDir = writeSkill(skillsDir, "demo", {
    "skill.yaml": manifest().replace("runtime/run.lua", "runtime/sub\\run.lua"),
    "runtime/sub/run.lua": says("ok"),
  });
  const frame = registryOf(skillsDir).get("demo-run")?.frame;
  assert.deepEqual(frame, {
    skill: {
      skillId: "demo",
      rootName: "ROOT",
      skillDir,
      depsDirs: {
        tools: join(root, "dependencies", "tools", "demo"),
        lua: join(root, "dependencies", "lua", "demo"),
        ffi: join(root, "dependencies", "ffi", "demo"),
      },
      databases: {},
    },
    entry: {
      localName: "run",
      file: join(skillDir, "runtime", "sub", "run.lua"),
      dir: join(skillDir, "runtime", "sub"),
    },
    toolName: "demo-run",
  });
  for (const part of [frame, frame?.skill, frame?.skill?.depsDirs, frame?.skill?.databases, frame?.entry]) {
    assert.ok(Object.isFrozen(part));
  }
});

/** The registry of the skills in a folder, as a load makes it. */
function registryOf(skillsDir: string): Registry {
  const { folders } = scanRoots([{ name: "ROOT", skillsDir }]);
  const skills = folders.map(folder => readSkill(folder, resolvePaths({})));
  return buildRegistry(
    skills.filter((skill): skill is Skill => "entries" in skill),
    [],
  );
}
