// New skills from templates: what they are, that they work, and that nothing that is there is touched.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { checkSkill } from "#dist/toolkit/checking/check-skill.js";
import { createSkill, type Template, templates } from "#dist/toolkit/creating/new-skill.js";
import { packSkill } from "#dist/toolkit/packing/pack-skill.js";
import { openSkillFolder } from "#dist/toolkit/skill-folder.js";
import { runTests } from "#dist/toolkit/testing/run-tests.js";
import { createEngine, repository, temporaryFolder } from "../skills/skill-tree.js";
import { testsOf } from "./lab.js";

const calls: { [Name in Template]: [entry: string, args: { [name: string]: string }, content: RegExp] } = {
  minimal: ["hello", { who: "Ann" }, /^Hello, Ann!$/],
  sqlite: ["add", { title: "Buy milk" }, /^Added task 1\.$/],
  tool: [
    "find",
    { path: repository, text: "no such text in here, surely", extensions: "" },
    /^error: extensions/,
  ],
};

test("the templates are the folders of templates/", () => {
  assert.deepEqual(readdirSync(join(repository, "templates")).sort(), [...templates].sort());
});

for (const template of templates) {
  test(`a skill from the template ${template} passes check and tests, can be packed and called`, async t => {
    const root = temporaryFolder(t);
    const skill = await createSkill(join(root, "skills"), "team-notes2", template);
    const { diagnostics } = await checkSkill({ id: skill.skillId, dir: skill.dir });
    assert.deepEqual(diagnostics, []);
    const run = await runTests(openSkillFolder(skill.dir), { timeoutMs: 120_000 });
    assert.deepEqual(
      testsOf(run).flatMap(({ failures }) => failures),
      [],
    );
    assert.ok(run.ok && run.passed > 3);
    const { files } = await packSkill({ id: skill.skillId, dir: skill.dir }, "0.1.0", root);
    assert.deepEqual(
      files.filter(path => path.startsWith("tests/") || path.startsWith(".")),
      [],
    );
    const engine = await createEngine(t);
    const report = await engine.load([{ name: "ROOT", skillsDir: join(root, "skills") }]);
    assert.deepEqual(report.failed, []);
    const [entry, args, content] = calls[template];
    assert.match((await engine.call(`team-notes2-${entry}`, args)).content, content);
  });

  test(`a skill from the template ${template} has its own name everywhere`, async t => {
    const { dir, files } = await createSkill(temporaryFolder(t), "team-notes2", template);
    const own = files.filter(path => !path.startsWith(".luaskills/"));
    assert.deepEqual(own, [...own].sort());
    for (const path of own) assert.doesNotMatch(readFileSync(join(dir, path), "utf8"), /my.skill/i, path);
    const text = readFileSync(join(dir, "skill.yaml"), "utf8");
    assert.match(text, /^name: Team Notes2$/m);
    assert.match(text, /lua_module: team_notes2_/);
    assert.ok(own.includes(".gitignore") && own.includes("README.md") && own.includes(".luarc.json"));
  });
}

test("the editor finds definitions and schemas in the package where a project has installed it", async t => {
  const project = temporaryFolder(t);
  mkdirSync(join(project, "node_modules"));
  symlinkSync(repository, join(project, "node_modules/luaskills"));
  const { dir, files } = await createSkill(join(project, "skills"), "notes", "minimal");
  assert.deepEqual(
    files.filter(path => path.startsWith(".luaskills")),
    [],
  );
  requireSupport(dir);
  assert.match(
    readFileSync(join(dir, "skill.yaml"), "utf8"),
    /\$schema=\.\.\/\.\.\/node_modules\/luaskills\/schemas\//,
  );
});

test("the editor finds copies of definitions and schemas where the package is not installed", async t => {
  const { dir, files } = await createSkill(temporaryFolder(t), "notes", "minimal");
  assert.ok(files.includes(".luaskills/types/vulcan.lua"));
  requireSupport(dir);
});

function requireSupport(dir: string): void {
  const settings = JSON.parse(readFileSync(join(dir, ".luarc.json"), "utf8"));
  assert.equal(settings["runtime.version"], "LuaJIT");
  for (const library of settings["workspace.library"]) {
    for (const file of ["vulcan.lua", "skill-tests.lua"])
      assert.ok(existsSync(resolve(dir, library, file)), file);
  }
  const [, schema = ""] = /\$schema=(\S+)/.exec(readFileSync(join(dir, "skill.yaml"), "utf8")) ?? [];
  assert.ok(existsSync(resolve(dir, schema)), schema);
}

for (const name of ["Notes", "2notes", "notes-", "my_notes", "", "../notes", "a/b"]) {
  test(`${JSON.stringify(name)} is no name for a skill, and nothing is made`, async t => {
    const root = temporaryFolder(t);
    await assert.rejects(createSkill(root, name, "minimal"), /the name of a skill must match/);
    assert.deepEqual(readdirSync(root), []);
  });
}

test("what is there already is never touched, a file or an empty folder either", async t => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "empty"));
  writeFileSync(join(root, "file"), "text");
  for (const name of ["empty", "file"]) {
    await assert.rejects(createSkill(root, name, "minimal"), /is there already; nothing was changed/);
  }
  assert.deepEqual(readdirSync(root).sort(), ["empty", "file"]);
  assert.deepEqual(readdirSync(join(root, "empty")), []);
});
