import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Json, SkillManagementRequest } from "luaskills";
import { createEngine, manifest, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

const actions = ["install", "update", "uninstall", "enable", "disable"];
const allowed = { capabilities: { skillManagement: true } };

test("without the capability the bridge is off: every action is an error, whoever would answer", async t => {
  const { engine, runBoth } = await luaCode(t);
  engine.setSkillManager(async () => assert.fail("nobody may be asked"));
  assert.deepEqual(await runBoth("return vulcan.runtime.skills.enabled"), { value: false });
  assert.deepEqual(await runBoth("return vulcan.runtime.skills.status()"), {
    value: {
      enabled: false,
      callback_registered: true,
      mode: "host_callback",
      message: "Skill management bridge is disabled by host policy",
    },
  });
  for (const action of actions) {
    assert.deepEqual(await runBoth(`return vulcan.runtime.skills.${action}({ skill_id = 'x' })`), {
      error: `vulcan.runtime.skills.${action} is disabled by host policy`,
    });
  }
});

test("with the capability a request reaches the manager with the authority of a tool, and its answer comes back", async t => {
  const { engine, run } = await luaCode(t, allowed);
  const requests: SkillManagementRequest[] = [];
  engine.setSkillManager(async request => {
    requests.push(request);
    return { skill_id: "x", status: "done" };
  });
  assert.deepEqual(await run("return vulcan.runtime.skills.enabled"), { value: true });
  assert.deepEqual(await run("return vulcan.runtime.skills.status()"), {
    value: {
      enabled: true,
      callback_registered: true,
      mode: "host_callback",
      message: "Skill management bridge is enabled and ready",
    },
  });
  for (const action of actions) {
    assert.deepEqual(await run(`return vulcan.runtime.skills.${action}({ skill_id = 'x', list = { 1 } })`), {
      value: { skill_id: "x", status: "done" },
    });
  }
  assert.deepEqual(
    requests,
    actions.map(action => ({ action, input: { skill_id: "x", list: [1] }, authority: "delegated_tool" })),
  );
});

const inputs: [code: string, input: Json][] = [
  ["", null],
  ["nil", null],
  ["{}", {}],
  ["'text'", "text"],
  ["{ 1, 2 }", [1, 2]],
];

for (const [code, input] of inputs) {
  test(`an input of ${code || "nothing"} is passed on unchecked`, async t => {
    const { engine, run } = await luaCode(t, allowed);
    const seen: Json[] = [];
    engine.setSkillManager(async request => seen.push(request.input));
    assert.deepEqual(await run(`return vulcan.runtime.skills.install(${code})`), { value: 1 });
    assert.deepEqual(seen, [input]);
  });
}

const noJson: [code: string, error: RegExp][] = [
  ["print", /^vulcan\.runtime\.skills\.install: input cannot be a function$/],
  ["'\\255'", /^vulcan\.runtime\.skills\.install: input must be a valid UTF-8 string$/],
  ["{ f = print }", /\.f: cannot convert function$/],
];

for (const [code, error] of noJson) {
  test(`an input of ${code} is no JSON, and an error`, async t => {
    const { engine, run } = await luaCode(t, allowed);
    engine.setSkillManager(async () => assert.fail("nobody may be asked"));
    const outcome = await run(`return vulcan.runtime.skills.install(${code})`);
    assert.ok("error" in outcome);
    assert.match(outcome.error, error);
  });
}

test("what the manager refuses is an error with its words", async t => {
  const { engine, run } = await luaCode(t, allowed);
  engine.setSkillManager(async () => {
    throw new Error("skill x is protected");
  });
  assert.deepEqual(await run("return vulcan.runtime.skills.uninstall({ skill_id = 'x' })"), {
    error: "vulcan.runtime.skills.uninstall: skill x is protected",
  });
});

test("a synchronous call cannot wait for an action, and none is begun", async t => {
  const { engine, runSync } = await luaCode(t, allowed);
  engine.setSkillManager(async () => assert.fail("nobody may be asked"));
  for (const action of actions) {
    assert.deepEqual(runSync(`return vulcan.runtime.skills.${action}({})`), {
      error: `vulcan.runtime.skills.${action}: a synchronous call cannot wait for it`,
    });
  }
});

/** An engine with a layered chain whose USER root holds the skill `demo` that runs the code it is given. */
async function layered(t: Parameters<typeof createEngine>[0], options: object) {
  const folder = temporaryFolder(t);
  const roots = ["ROOT", "PROJECT", "USER"].map(name => ({
    name,
    skillsDir: join(folder, name.toLowerCase()),
  }));
  writeSkill(join(folder, "user"), "demo", {
    "skill.yaml": manifest(),
    "runtime/run.lua": `return function(args)
      local ok, value = pcall(assert(loadstring(args.code)), args.input)
      return vulcan.json.encode({ ok = ok, value = ok and value or tostring(value) })
    end`,
  });
  mkdirSync(join(folder, "project"));
  const engine = await createEngine(t, { skillConfigFile: join(folder, "config.json"), ...options });
  await engine.load(roots);
  const run = async (code: string, input: Json = {}) =>
    JSON.parse((await engine.call("demo-run", { code, input })).content);
  return { engine, run };
}

const rootTargets: Json[] = [
  { layer: "ROOT" },
  { target_root: "root" },
  { targetRoot: " Root " },
  { "target-layer": "ROOT" },
  { ROOT_NAME: "ROOT" },
  { skill_id: "x", options: [{ root: { name: "ROOT" } }] },
  { root: { label: "ROOT" } },
];

for (const input of rootTargets) {
  test(`in a layered chain ${JSON.stringify(input)} is refused before anybody is asked`, async t => {
    const { engine, run } = await layered(t, allowed);
    engine.setSkillManager(async () => assert.fail("nobody may be asked"));
    const { ok, value } = await run("return vulcan.runtime.skills.install(...)", input);
    assert.equal(ok, false);
    assert.equal(
      value.split("\n")[0],
      "vulcan.runtime.skills.install: cannot target the system-controlled ROOT layer",
    );
  });
}

const otherTargets: Json[] = [
  { layer: "USER" },
  { target_root: "PROJECT" },
  { note: "ROOT" },
  { skill_id: "root" },
];

for (const input of otherTargets) {
  test(`in a layered chain ${JSON.stringify(input)} is passed on`, async t => {
    const { engine, run } = await layered(t, allowed);
    engine.setSkillManager(async request => request.input);
    assert.deepEqual(await run("return vulcan.runtime.skills.install(...)", input), {
      ok: true,
      value: input,
    });
  });
}

test("a chain of one root has no ROOT layer to protect", async t => {
  const { engine, run } = await luaCode(t, allowed);
  engine.setSkillManager(async request => request.input);
  assert.deepEqual(await run("return vulcan.runtime.skills.install({ target_root = 'ROOT' })"), {
    value: { target_root: "ROOT" },
  });
});

test("layers shows what a skill may name, and that nothing is writable without the capability", async t => {
  for (const writable of [true, false]) {
    const { run } = await layered(t, { capabilities: { skillManagement: writable } });
    const { value } = await run("return vulcan.runtime.skills.layers()");
    assert.deepEqual(
      {
        ...value,
        layers: value.layers.map(({ label, writable }: { label: string; writable: boolean }) => [
          label,
          writable,
        ]),
      },
      {
        default: "USER",
        writable,
        labels: ["PROJECT", "USER"],
        layers: [
          ["PROJECT", writable],
          ["USER", writable],
        ],
      },
    );
    for (const { description } of value.layers) assert.equal(typeof description, "string");
  }
});

test("a manager that is no function is refused", async t => {
  const engine = await createEngine(t);
  assert.throws(() => engine.setSkillManager({} as never), {
    name: "TypeError",
    message: "setSkillManager: manager must be a function, got object",
  });
});
