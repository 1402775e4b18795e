import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LogEvent, SkillEngine } from "luaskills";
import { resolvePaths } from "#dist/packages/paths.js";
import { type Survey, surveyFiles } from "#dist/skills/survey.js";
import {
  createEngine,
  manifest,
  repository,
  type SkillFiles,
  temporaryFolder,
  writeSkill,
  writeSkills,
} from "./skill-tree.js";

const says = (text: string) => `return function() return '${text}' end`;

/** Watching keeps no process alive, so a test that waits for it has to. */
function stayAlive(t: TestContext): void {
  const timer = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(timer));
}

/** An engine that watches the skills folder of a runtime root. */
async function watching(t: TestContext, skills: Record<string, SkillFiles>) {
  stayAlive(t);
  const runtimeRoot = temporaryFolder(t);
  const skillsDir = join(runtimeRoot, "skills");
  writeSkills(skillsDir, skills);
  const engine = await createEngine(t, { watch: true });
  await engine.load([{ name: "ROOT", skillsDir }]);
  return { engine, runtimeRoot, skillsDir };
}

/** Resolves with the first message that matches; the run's own time limit ends a wait that nothing ends. */
function message(engine: SkillEngine, pattern: RegExp): Promise<LogEvent> {
  return new Promise(resolve => {
    const remove = engine.on("log", event => {
      if (!pattern.test(event.message)) return;
      remove();
      resolve(event);
    });
  });
}

const reloaded = /^\[LuaSkill\] \d+ skills loaded/;

const changes: [
  what: string,
  change: (place: { skillsDir: string; runtimeRoot: string }) => void,
  names: string[],
][] = [
  [
    "a skill that is added",
    ({ skillsDir }) => writeSkills(skillsDir, { more: says("x") }),
    ["demo-run", "more-run"],
  ],
  ["a skill that is removed", ({ skillsDir }) => rmSync(join(skillsDir, "demo"), { recursive: true }), []],
  [
    "a manifest that changes",
    ({ skillsDir }) => writeSkill(skillsDir, "demo", { "skill.yaml": manifest(["run"], "enable: false\n") }),
    [],
  ],
  [
    "a skill that is put in its place at once",
    ({ skillsDir, runtimeRoot }) =>
      renameSync(writeSkill(runtimeRoot, "next", says("n")), join(skillsDir, "next")),
    ["demo-run", "next-run"],
  ],
  [
    "a marker that disables a skill, in a folder that was not there",
    ({ runtimeRoot }) => {
      mkdirSync(join(runtimeRoot, "state", "skills", "disabled"), { recursive: true });
      writeFileSync(join(runtimeRoot, "state", "skills", "disabled", "demo.json"), "{}");
    },
    [],
  ],
  [
    "a skills folder that takes the place of the old one",
    ({ skillsDir, runtimeRoot }) => {
      writeSkills(join(runtimeRoot, "new"), { other: says("o") });
      renameSync(skillsDir, join(runtimeRoot, "old"));
      renameSync(join(runtimeRoot, "new"), skillsDir);
    },
    ["other-run"],
  ],
];

for (const [what, change, names] of changes) {
  test(`with watch, ${what} shows by itself`, async t => {
    const place = await watching(t, { demo: says("ok") });
    const { engine } = place;
    const seen = new Promise<void>(resolve => {
      engine.on("registry", () => {
        if (canonicalNames(engine).join() === names.join()) resolve();
      });
    });
    change(place);
    await seen;
    assert.deepEqual(canonicalNames(engine), names);
  });
}

function canonicalNames(engine: SkillEngine): string[] {
  return engine.entries().map(({ canonicalName }) => canonicalName);
}

test("with watch, a call after a change of a Lua file runs the new code, change after change", async t => {
  const { engine, skillsDir } = await watching(t, { demo: says("first") });
  for (const text of ["second", "third!"]) {
    const loaded = message(engine, reloaded);
    writeFileSync(join(skillsDir, "demo", "runtime", "run.lua"), says(text));
    await loaded;
    await settled(engine, "demo-run", text);
  }
});

test("with watch, a Lua file that an entry loads counts too, wherever in the skill it lies", async t => {
  const entry = "return function() return dofile(vulcan.context.skill_dir .. '/lib/deep/part.lua') end";
  const { engine, skillsDir } = await watching(t, {
    demo: { "skill.yaml": manifest(), "runtime/run.lua": entry, "lib/deep/part.lua": "return 'a'" },
  });
  const loaded = message(engine, reloaded);
  writeFileSync(join(skillsDir, "demo", "lib", "deep", "part.lua"), "return 'b'");
  await loaded;
});

test("with watch, a root that does not exist yet is noticed when it comes", async t => {
  stayAlive(t);
  const runtimeRoot = temporaryFolder(t);
  const skillsDir = join(runtimeRoot, "project", "tools", "skills");
  const engine = await createEngine(t, { watch: true });
  await engine.load([{ name: "PROJECT", skillsDir }]);
  const added = new Promise<void>(resolve => {
    engine.on("registry", ({ added }) => added.length === 1 && resolve());
  });
  writeSkills(skillsDir, { demo: says("ok") });
  await added;
  assert.equal((await engine.call("demo-run")).content, "ok");
});

test("with watch, a skill that breaks keeps its last good version until it is mended", async t => {
  const { engine, skillsDir } = await watching(t, { demo: says("good") });
  const file = join(skillsDir, "demo", "runtime", "run.lua");
  const failed = message(engine, /Failed to load demo: entry run/);
  writeFileSync(file, "return function(");
  assert.equal((await failed).level, "error");
  assert.equal((await engine.call("demo-run")).content, "good");
  const loaded = message(engine, /^\[LuaSkill\] 1 skills loaded/);
  writeFileSync(file, says("mended"));
  await loaded;
  await settled(engine, "demo-run", "mended");
});

test("with watch, a reload that fails as a whole is told to the log and the old skills serve on", async t => {
  const { engine, skillsDir, runtimeRoot } = await watching(t, { demo: says("good") });
  const failed = message(engine, /Failed to load changed skills: skill root ROOT: .* is not a folder/);
  renameSync(skillsDir, join(runtimeRoot, "moved"));
  writeFileSync(skillsDir, "");
  assert.equal((await failed).level, "error");
  assert.equal((await engine.call("demo-run")).content, "good");
});

/** The log comes before the switch to what was loaded. */
async function settled(engine: SkillEngine, name: string, content: string): Promise<void> {
  while ((await engine.call(name)).content !== content) await new Promise(resolve => setTimeout(resolve, 5));
}

test("without watch nothing is loaded again by itself", async t => {
  const skillsDir = temporaryFolder(t);
  writeSkills(skillsDir, { demo: says("old") });
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir }]);
  const watched = await watching(t, { demo: says("old") });
  const noticed = message(watched.engine, reloaded);
  for (const dir of [skillsDir, watched.skillsDir]) writeSkills(dir, { demo: says("new") });
  await noticed;
  assert.equal((await engine.call("demo-run")).content, "old");
});

test("a process whose engine watches ends when nothing else is to do", t => {
  const skillsDir = temporaryFolder(t);
  writeSkills(skillsDir, { demo: says("ok") });
  const program = `
    import { SkillEngine } from "luaskills";
    const engine = await SkillEngine.create({ watch: true, pool: { minSize: 0, idleTtlMs: 0 } });
    await engine.load([{ name: "ROOT", skillsDir: ${JSON.stringify(skillsDir)} }]);
    console.log((await engine.call("demo-run")).content);
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: repository,
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "ok\n", stderr: "" });
});

test("after close nothing is noticed any more", async t => {
  const { engine, skillsDir } = await watching(t, { demo: says("ok") });
  const other = await watching(t, { demo: says("ok") });
  const messages: string[] = [];
  engine.on("log", event => messages.push(event.message));
  await engine.close();
  const noticed = message(other.engine, reloaded);
  for (const dir of [skillsDir, other.skillsDir]) writeSkills(dir, { more: says("x") });
  await noticed;
  assert.deepEqual(messages, []);
});

/** Surveys of one skill before and after a change. */
async function surveys(
  t: TestContext,
  change: (skill: string) => void,
): Promise<[before: Survey, after: Survey]> {
  const skillsDir = temporaryFolder(t);
  const skill = writeSkill(skillsDir, "demo", {
    "skill.yaml": manifest(),
    "runtime/run.lua": says("ok"),
    "schemas/a.json": "{}",
    "help/help.md": "Help.",
    "data/state.json": "{}",
    "node_modules/x/index.lua": "",
    ".git/x.lua": "",
  });
  const roots = [{ name: "ROOT", skillsDir }];
  const before = await surveyFiles(roots, resolvePaths({}));
  change(skill);
  return [before, await surveyFiles(roots, resolvePaths({}))];
}

const noticed: [what: string, path: string][] = [
  ["an entry", "runtime/run.lua"],
  ["a Lua file in a folder of its own", "lib/new.LUA"],
  ["the manifest", "skill.yaml"],
  ["the dependencies", "dependencies.yaml"],
  ["a schema", "schemas/a.json"],
];

const passedOver: [what: string, path: string][] = [
  ["data", "data/state.json"],
  ["a text", "readme.txt"],
  ["a help page, which is read when it is shown", "help/help.md"],
  ["an installed package", "node_modules/x/index.lua"],
  ["what is hidden", ".git/x.lua"],
  ["a file that an editor keeps beside it", "runtime/run.lua~"],
];

for (const [what, path] of noticed) {
  test(`a survey notices ${what}`, async t => {
    const [before, after] = await surveys(t, skill => {
      mkdirSync(join(skill, "lib"));
      writeFileSync(join(skill, path), "something else");
    });
    assert.notEqual(after.fingerprint, before.fingerprint);
  });
}

for (const [what, path] of passedOver) {
  test(`a survey passes over ${what}`, async t => {
    const [before, after] = await surveys(t, skill => writeFileSync(join(skill, path), "something else"));
    assert.equal(after.fingerprint, before.fingerprint);
  });
}

test("a survey notices a folder that is empty, which hides a skill of a lower root", async t => {
  const [before, after] = await surveys(t, skill => mkdirSync(join(skill, "..", "empty")));
  assert.notEqual(after.fingerprint, before.fingerprint);
});

test("a survey tells a file from another one of the same size and time", async t => {
  const [before, after] = await surveys(t, skill => {
    writeFileSync(join(skill, "runtime", "next"), says("no"));
    renameSync(join(skill, "runtime", "next"), join(skill, "runtime", "run.lua"));
  });
  assert.notEqual(after.fingerprint, before.fingerprint);
});

test("a survey of what nobody can read finds nothing and fails nothing", async t => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "");
  for (const skillsDir of [file, join(file, "below"), join(file, "\0")]) {
    const survey = await surveyFiles([{ name: "ROOT", skillsDir }], resolvePaths({}));
    assert.equal(survey.fingerprint, "");
  }
});
