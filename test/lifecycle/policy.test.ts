// Who may do what, to which root: the rules of src/packages/policy.ts as operations keep them, before anything is touched.

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { LifecycleEvent, Plane, SkillEngine } from "luaskills";
import { createEngine, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { answering, writePackage } from "./runtime.js";

interface Chain {
  engine: SkillEngine;
  folder: string;
  source: string;
  holds(root: string): boolean;
}

/** Roots of these names, each beside a state of its own, some of which hold the skill `demo` already. */
async function chain(
  t: TestContext,
  names: string[],
  holders: string[] = [],
  protectedIds: string[] = [],
): Promise<Chain> {
  const folder = temporaryFolder(t);
  const roots = names.map(name => ({ name, skillsDir: join(folder, name, "skills") }));
  for (const { name, skillsDir } of roots) {
    mkdirSync(skillsDir, { recursive: true });
    if (holders.includes(name)) writeSkill(skillsDir, "demo", answering("1.0.0", name));
  }
  const engine = await createEngine(t, {
    protectedSkillIds: protectedIds,
    skillConfigFile: join(folder, "config.json"),
  });
  await engine.load(roots);
  const source = writePackage(folder, "demo", answering("2.0.0", "new"));
  return {
    engine,
    folder,
    source,
    holds: root => existsSync(join(folder, root, "skills", "demo", "skill.yaml")),
  };
}

const layers = ["ROOT", "PROJECT", "USER"];

type Case = [
  what: string,
  roots: string[],
  holders: string[],
  options: { plane?: Plane; targetRoot?: string },
  /** The root that it lands in, or what refuses it. */
  outcome: string | RegExp,
];

const installs: Case[] = [
  ["goes to USER on the skills plane", layers, [], {}, "USER"],
  ["goes to PROJECT where there is no USER", ["ROOT", "PROJECT"], [], {}, "PROJECT"],
  ["goes to ROOT on the system plane", layers, [], { plane: "system" }, "ROOT"],
  ["goes to the root that it names", layers, [], { targetRoot: "project" }, "PROJECT"],
  ["may go to USER on the system plane", layers, [], { plane: "system", targetRoot: "USER" }, "USER"],
  ["may not go to ROOT on the skills plane", layers, [], { targetRoot: "ROOT" }, /controlled by the system/],
  [
    "is not made below a copy in ROOT",
    layers,
    ["ROOT"],
    { targetRoot: "USER" },
    /managed by skill root ROOT/,
  ],
  [
    "is not made below a copy in ROOT on the system plane either",
    layers,
    ["ROOT"],
    { plane: "system", targetRoot: "USER" },
    /managed by skill root ROOT/,
  ],
  [
    "is not made where an earlier root would hide it",
    layers,
    ["PROJECT"],
    { targetRoot: "USER" },
    /hidden by the copy in PROJECT/,
  ],
  ["may hide a copy in a later root", layers, ["USER"], { targetRoot: "PROJECT" }, "PROJECT"],
  ["of the system hides a copy in a later root", layers, ["USER"], { plane: "system" }, "ROOT"],
  ["goes to the last root of a free chain", ["team", "mine"], [], {}, "mine"],
  ["goes to any root of a free chain", ["team", "ROOT"], [], { targetRoot: "ROOT" }, "ROOT"],
];

for (const [what, roots, holders, options, outcome] of installs) {
  test(`an install ${what}`, async t => {
    const { engine, source, holds } = await chain(t, roots, holders);
    const install = engine.skills.install({ source }, options);
    if (typeof outcome === "string") {
      assert.equal((await install).status, "installed");
      assert.equal(holds(outcome), true);
    } else {
      await assert.rejects(install, { code: "SKILL_DENIED", message: outcome });
    }
    for (const root of roots) assert.equal(holds(root), holders.includes(root) || root === outcome);
  });
}

test("without a named target a copy in any root keeps an install away, but only one in ROOT that of the system", async t => {
  const { engine, source } = await chain(t, layers, ["PROJECT"]);
  const { status, message } = await engine.skills.install({ source });
  assert.equal(status, "already_installed");
  assert.match(message, /already in PROJECT/);
  assert.equal((await engine.skills.install({ source }, { plane: "system" })).status, "installed");
  assert.equal((await engine.skills.install({ source }, { plane: "system" })).status, "already_installed");
});

const changes: [action: string, run: (engine: SkillEngine, options: object) => Promise<unknown>][] = [
  ["update", (engine, options) => engine.skills.update({ skillId: "demo" }, options)],
  ["uninstall", (engine, options) => engine.skills.uninstall("demo", options)],
  ["enable", (engine, options) => engine.skills.enable("demo", options)],
  ["disable", (engine, options) => engine.skills.disable("demo", options)],
];

for (const [action, run] of changes) {
  test(`${action} changes the copy that counts, and not one in ROOT on the skills plane`, async t => {
    const { engine, holds } = await chain(t, layers, ["ROOT", "USER"]);
    const events: LifecycleEvent[] = [];
    engine.on("lifecycle", event => events.push(event));
    await assert.rejects(run(engine, {}), { code: "SKILL_DENIED", message: /controlled by the system/ });
    assert.ok(holds("ROOT") && holds("USER"));
    const blocked = events.map(({ status, rootName }) => [status, rootName]);
    assert.deepEqual(blocked, action === "update" ? [] : [["blocked", "ROOT"]]);
  });

  test(`${action} of a protected skill is for the system plane`, async t => {
    const { engine } = await chain(t, ["ROOT"], ["ROOT"], ["demo"]);
    await assert.rejects(run(engine, {}), {
      code: "SKILL_DENIED",
      message: /protected: .* is for the system plane/,
    });
    const system = run(engine, { plane: "system" });
    // The skill was put there by hand.
    if (action === "update")
      await assert.rejects(system, { code: "SKILL_REQUEST", message: /put there by hand/ });
    else await system;
  });

  test(`${action} of a skill that no root holds says so`, async t => {
    const { engine } = await chain(t, layers);
    engine.on("lifecycle", () => assert.fail("there is no skill to tell about"));
    await assert.rejects(run(engine, {}), { code: "SKILL_NOT_INSTALLED", message: /demo is not installed/ });
    await assert.rejects(run(engine, { targetRoot: "nowhere" }), {
      code: "SKILL_REQUEST",
      message: /no skill root/,
    });
  });
}

test("an install of a protected skill is for the system plane, and its source is not even asked", async t => {
  const { engine } = await chain(t, ["ROOT"], [], ["demo"]);
  engine.on("progress", ({ phase }) => assert.notEqual(phase, "resolving_source"));
  await assert.rejects(engine.skills.install({ source: "owner/demo" }), { code: "SKILL_DENIED" });
});

test("a hidden copy can be named: uninstalling it leaves the one that counts", async t => {
  const { engine, holds } = await chain(t, layers, ["ROOT", "USER"]);
  const { skillRemoved } = await engine.skills.uninstall("demo", { targetRoot: "USER" });
  assert.equal(skillRemoved, true);
  assert.deepEqual([holds("ROOT"), holds("USER")], [true, false]);
  assert.equal((await engine.call("demo-run")).content, "ROOT");
});

test("after the copy that counts is gone, the one in a later root serves", async t => {
  const { engine } = await chain(t, layers, ["ROOT", "USER"]);
  await engine.skills.uninstall("demo", { plane: "system" });
  assert.equal((await engine.call("demo-run")).content, "USER");
});
