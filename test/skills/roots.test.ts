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

const chains: [what: string, names: string[], problem: RegExp][] = [
  ["PROJECT before ROOT", ["PROJECT", "ROOT"], /must be ordered ROOT, PROJECT, USER/],
  ["USER before PROJECT", ["ROOT", "USER", "PROJECT"], /must be ordered ROOT, PROJECT, USER/],
  ["a layer twice", ["ROOT", "USER", "User"], /skill root USER is declared twice/],
  ["a free label among layers", ["ROOT", "team", "USER"], /unsupported skill root "team"/],
];

for (const [what, names, problem] of chains) {
  test(`a chain with ${what} is refused and what was loaded stays`, async t => {
    const root = temporaryFolder(t);
    writeSkills(root, { good: says("ok") });
    const engine = await createEngine(t);
    await engine.load([{ name: "ROOT", skillsDir: root }]);
    const chain = names.map(name => ({ name, skillsDir: root }));
    for (const attempt of [engine.load(chain), engine.reload(chain)]) {
      await assert.rejects(attempt, { code: "SKILL_ROOT", message: problem });
    }
    assert.equal((await engine.call("good-run")).content, "ok");
  });
}

test("labels of layers come out in capitals, free labels as they are", async t => {
  const [high, low] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(high, { a: says("a") });
  writeSkills(low, { b: says("b") });
  const engine = await createEngine(t);
  const rootNames = () => engine.entries().map(({ rootName }) => rootName);
  await engine.load([
    { name: " root ", skillsDir: high },
    { name: "User", skillsDir: low },
  ]);
  assert.deepEqual(rootNames(), ["ROOT", "USER"]);
  await engine.load([
    { name: " root ", skillsDir: high },
    { name: "mine", skillsDir: low },
  ]);
  assert.deepEqual(rootNames(), ["root", "mine"]);
});

test("roots that cannot be meant are refused by position", async t => {
  const engine = await createEngine(t);
  await assert.rejects(engine.load("skills" as never), {
    code: "SKILL_ROOT",
    message: /roots must be an array/,
  });
  await assert.rejects(engine.load([null] as never), { code: "SKILL_ROOT", message: /roots\[0\]\.name/ });
  await assert.rejects(engine.load([{ name: "A", skillsDir: "a\0b" }]), {
    code: "SKILL_ROOT",
    message: /roots\[0\]\.skillsDir/,
  });
});

test("skills that a marker disables are skipped with its reason, and no lower root steps in", async t => {
  const [high, low] = [temporaryFolder(t), temporaryFolder(t)];
  const skills = { told: says("high"), untold: says("high"), broken: says("high"), on: says("high") };
  writeSkills(join(high, "skills"), skills);
  writeSkills(join(low, "skills"), { told: says("low"), elsewhere: says("low") });
  const markers = join(high, "state", "skills", "disabled");
  mkdirSync(markers, { recursive: true });
  const told = { skill_id: "told", reason: " tested by hand ", disabled_at_unix_ms: 1713700000000 };
  writeFileSync(join(markers, "told.json"), JSON.stringify(told));
  writeFileSync(join(markers, "untold.json"), '{ "reason": null }');
  writeFileSync(join(markers, "broken.json"), "not JSON");
  writeFileSync(join(markers, "elsewhere.json"), "{}");
  writeFileSync(join(markers, "on.txt"), "{}");
  const engine = await createEngine(t);
  const report = await engine.load([
    { name: "ROOT", skillsDir: join(high, "skills") },
    { name: "USER", skillsDir: join(low, "skills") },
  ]);
  assert.deepEqual(report.loaded, ["elsewhere", "on"]);
  assert.deepEqual(report.skipped, [
    { skillId: "broken", reason: "disabled" },
    { skillId: "told", reason: "disabled: tested by hand" },
    { skillId: "untold", reason: "disabled" },
  ]);
});

test("markers lie in the state folder that the host names", async t => {
  const root = temporaryFolder(t);
  writeSkills(join(root, "skills"), { demo: says("ok") });
  mkdirSync(join(root, "st", "skills", "disabled"), { recursive: true });
  writeFileSync(join(root, "st", "skills", "disabled", "demo.json"), "{}");
  const chain = [{ name: "ROOT", skillsDir: join(root, "skills") }];
  const engine = await createEngine(t, { stateDirName: "st" });
  assert.deepEqual((await engine.load(chain)).loaded, []);
  assert.deepEqual((await (await createEngine(t)).load(chain)).loaded, ["demo"]);
});

test("a host ignores a skill whatever its folder holds", async t => {
  const root = temporaryFolder(t);
  writeSkill(root, "broken", { "skill.yaml": "name: [" });
  const engine = await createEngine(t, { ignoredSkillIds: ["broken"] });
  assert.deepEqual(await engine.load([{ name: "ROOT", skillsDir: root }]), {
    loaded: [],
    skipped: [{ skillId: "broken", reason: "ignored by the host" }],
    failed: [],
    kept: [],
  });
});

test("a folder with a hidden file only is not empty, so the skill is broken and not switched off", async t => {
  const root = temporaryFolder(t);
  writeSkill(root, "demo", { ".keep": "" });
  const report = await (await createEngine(t)).load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.failed, [{ skillId: "demo", error: "skill.yaml: no such file" }]);
});
