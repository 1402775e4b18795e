import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SkillError } from "luaskills";
import { createEngine, manifest, temporaryFolder, writeSkill, writeSkills } from "./skill-tree.js";

const says = (text: string) => `return function() return '${text}' end`;

test("the first root that has a skill serves it", async t => {
  const [high, low] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(high, { shared: says("high") });
  writeSkills(low, { shared: says("low"), other: says("low") });
  const engine = await createEngine(t);
  const report = await engine.load([
    { name: "PROJECT", skillsDir: high },
    { name: "USER", skillsDir: low },
  ]);
  assert.deepEqual(report.loaded, ["other", "shared"]);
  assert.equal((await engine.call("shared-run")).content, "high");
  assert.deepEqual(
    engine.entries().map(({ canonicalName, rootName }) => [canonicalName, rootName]),
    [
      ["other-run", "USER"],
      ["shared-run", "PROJECT"],
    ],
  );
});

test("a disabled, an empty and a broken copy hide what later roots hold", async t => {
  const [high, low] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(low, { disabled: says("low"), empty: says("low"), broken: says("low") });
  writeSkill(high, "disabled", { "skill.yaml": manifest(["run"], "enable: false\n") });
  writeSkill(high, "broken", { "skill.yaml": "name: [" });
  mkdirSync(join(high, "empty"));
  const engine = await createEngine(t);
  const report = await engine.load([
    { name: "PROJECT", skillsDir: high },
    { name: "USER", skillsDir: low },
  ]);
  assert.deepEqual(engine.entries(), []);
  assert.deepEqual(
    report.skipped.map(({ skillId }) => skillId),
    ["disabled", "empty"],
  );
  assert.deepEqual(
    report.failed.map(({ skillId }) => skillId),
    ["broken"],
  );
});

test("files, hidden folders and folders without a manifest whose name is no id are passed over", async t => {
  const root = temporaryFolder(t);
  writeSkills(root, { good: says("ok") });
  writeFileSync(join(root, "notes"), "");
  for (const name of [".git", "node_modules", "Upper"]) mkdirSync(join(root, name));
  const report = await (await createEngine(t)).load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report, { loaded: ["good"], skipped: [], failed: [], kept: [] });
});

test("a skill in a folder whose name is no id, or that is a link, is skipped with the reason", async t => {
  const root = temporaryFolder(t);
  const elsewhere = writeSkill(temporaryFolder(t), "linked", says("ok"));
  writeSkill(root, "My_Skill", says("ok"));
  symlinkSync(elsewhere, join(root, "linked"));
  const report = await (await createEngine(t)).load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.loaded, []);
  const reasons = new Map(report.skipped.map(({ skillId, reason }) => [skillId, reason]));
  assert.match(reasons.get("My_Skill") ?? "", /folder name is not a valid skill id/);
  assert.match(reasons.get("linked") ?? "", /symbolic links are not followed/);
});

test("ignoredSkillIds keeps skills from loading", async t => {
  const root = temporaryFolder(t);
  writeSkills(root, { wanted: says("ok"), unwanted: says("ok") });
  const engine = await createEngine(t, { ignoredSkillIds: [" unwanted "] });
  const report = await engine.load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.loaded, ["wanted"]);
  assert.deepEqual(report.skipped, [{ skillId: "unwanted", reason: "ignored by the host" }]);
});

test("a root that does not exist holds no skills, and an empty chain loads nothing", async t => {
  const engine = await createEngine(t);
  const missing = { name: "ROOT", skillsDir: join(temporaryFolder(t), "none") };
  const nothing = { loaded: [], skipped: [], failed: [], kept: [] };
  assert.deepEqual(await engine.load([missing]), nothing);
  assert.deepEqual(await engine.load([]), nothing);
});

test("a root that is a file is refused and what was loaded stays", async t => {
  const root = temporaryFolder(t);
  writeSkills(root, { good: says("ok") });
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  const file = join(root, "file");
  writeFileSync(file, "");
  await assert.rejects(
    engine.load([{ name: "WRONG", skillsDir: file }]),
    (error: unknown) =>
      error instanceof SkillError &&
      error.code === "SKILL_ROOT" &&
      /root WRONG: .* is not a folder/.test(error.message),
  );
  assert.equal((await engine.call("good-run")).content, "ok");
});

test("roots without name or folder are refused by position", async t => {
  const engine = await createEngine(t);
  await assert.rejects(
    engine.load([
      { name: "A", skillsDir: "x" },
      { name: " ", skillsDir: "x" },
    ]),
    {
      code: "SKILL_ROOT",
      message: "roots[1].name must be a non-empty string",
    },
  );
  await assert.rejects(engine.load([{ name: "A" } as never]), {
    code: "SKILL_ROOT",
    message: /roots\[0\]\.skillsDir/,
  });
});
