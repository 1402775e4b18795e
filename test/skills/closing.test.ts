import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { SkillEngine, SkillEngineOptions } from "luaskills";
import { engineWith, manifest, writeSkill } from "./skill-tree.js";

const closed = { name: "SkillError", code: "ENGINE_CLOSED" };

/** Code that waits for the host and returns what it says. */
const wait = "return vulcan.host.call('gate', {}).said";
const endless = "while true do pcall(function() while true do end end) end";

const skills = {
  demo: {
    "skill.yaml": manifest(
      ["run"],
      "help:\n  main:\n    file: help/wait.lua\n  topics:\n    - { name: endless, file: help/endless.lua }\n",
    ),
    "runtime/run.lua": "return function(args) return assert(loadstring(args.code))() end",
    "help/wait.lua": wait,
    "help/endless.lua": endless,
  },
};

/** An engine whose host function `gate` answers when the test opens it. */
async function gated(t: TestContext, options?: SkillEngineOptions) {
  const { engine, root } = await engineWith(t, skills, options);
  const waiting: (() => void)[] = [];
  engine.registerHostTool("gate", {
    description: "",
    call: () => new Promise<{ said: string }>(resolve => waiting.push(() => resolve({ said: "open" }))),
  });
  const arrived = async (count: number) => {
    while (waiting.length < count) await sleep(1);
  };
  const open = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { engine, root, arrived, open };
}

/** Every kind of work that an engine does, and what it comes to when the gate opens. */
const work: [
  what: string,
  start: (engine: SkillEngine, code: string) => Promise<unknown>,
  outcome: RegExp,
][] = [
  ["a call", async (engine, code) => (await engine.call("demo-run", { code })).content, /^open$/],
  ["a runLua", (engine, code) => engine.runLua(code), /^open$/],
  ["an exec", (engine, code) => engine.execLua({ code }), /SUCCESS[\s\S]*```text\nopen\n```$/],
  [
    "a strict exec",
    (engine, code) => engine.execLua({ code, sandbox: "strict", allow: ["host"] }),
    /SUCCESS[\s\S]*```text\nopen\n```$/,
  ],
  [
    "an exec of a skill",
    async (engine, code) =>
      (
        await engine.call("demo-run", {
          code: `return (vulcan.runtime.lua.exec({ code = [==[${code}]==] }))`,
        })
      ).content,
    /SUCCESS[\s\S]*```text\nopen\n```$/,
  ],
  [
    "a strict exec that calls a skill",
    (engine, code) =>
      engine.execLua({
        code: `return vulcan.call("demo-run", { code = [==[${code}]==] })`,
        sandbox: "strict",
        allow: ["call"],
      }),
    /SUCCESS[\s\S]*```text\nopen\n```$/,
  ],
  [
    "a help page",
    async (engine, code) => (await engine.help.render("demo", code === wait ? "main" : "endless"))?.content,
    /^open$/,
  ],
  [
    "an evaluation of a lease",
    async (engine, code) => (await engine.leases.create({ sid: "s" })).eval(code),
    /^open$/,
  ],
  [
    "an exec of a lease",
    async (engine, code) =>
      (await engine.leases.create({ sid: "s" })).eval(
        `return vulcan.runtime.lua.exec({ code = [==[${code}]==] })`,
      ),
    /SUCCESS[\s\S]*```text\nopen\n```$/,
  ],
];

for (const [what, start, outcome] of work) {
  test(`close lets ${what} finish`, async t => {
    const { engine, arrived, open } = await gated(t);
    const running = start(engine, wait);
    await arrived(1);
    const closing = engine.close();
    await sleep(2);
    open();
    assert.match(String(await running), outcome);
    await closing;
    assert.equal(engine.stats().pool.total + engine.stats().execPool.total, 0);
    assert.equal(engine.stats().leases, 0);
  });

  for (const [state, code] of [
    ["waits", wait],
    ["computes", endless],
  ] as const) {
    test(`close ends ${what} that ${state} for too long`, async t => {
      const { engine, arrived } = await gated(t);
      const running = start(engine, code);
      if (code === wait) await arrived(1);
      else await sleep(5);
      const expected = assert.rejects(running, closed);
      await engine.close({ drainMs: 5 });
      await expected;
      assert.equal(engine.stats().pool.total + engine.stats().execPool.total, 0);
    });
  }
}

test("while an engine closes and afterwards it starts nothing any more", async t => {
  const { engine, arrived, open } = await gated(t);
  const lease = await engine.leases.create({ sid: "s" });
  const other = await engine.leases.create({ sid: "t" });
  const running = lease.eval(wait);
  await arrived(1);
  const closing = engine.close();
  const refuseAll = async () => {
    await assert.rejects(engine.call("demo-run"), closed);
    assert.throws(() => engine.callSync("demo-run"), closed);
    await assert.rejects(engine.runLua("return 1"), closed);
    assert.throws(() => engine.runLuaSync("return 1"), closed);
    await assert.rejects(engine.execLua({ code: "return 1" }), closed);
    await assert.rejects(engine.help.render("demo", "main"), closed);
    assert.throws(() => engine.help.list(), closed);
    await assert.rejects(engine.leases.create({ sid: "x" }), closed);
    await assert.rejects(other.eval("return 1"), closed);
    await assert.rejects(engine.reload(), closed);
    await assert.rejects(engine.load([]), closed);
  };
  await refuseAll();
  open();
  assert.equal(await running, "open");
  assert.equal(engine.close(), closing);
  await closing;
  await refuseAll();
  await assert.rejects(lease.eval("return 1"), closed);
  assert.deepEqual(engine.leases.list(), []);
});

test("work that waits for a VM is refused when the engine closes", async t => {
  const { engine, arrived } = await gated(t, { pool: { maxSize: 1 }, execPool: { maxSize: 1 } });
  const starts = [
    () => engine.runLua(wait),
    () => engine.execLua({ code: wait }),
    () => engine.runLua("return 1"),
    () => engine.call("demo-run", { code: "return 1" }),
    () => engine.execLua({ code: "return 1" }),
    () => engine.help.render("demo", "main"),
  ];
  const rejected = starts.map(start => assert.rejects(start(), closed));
  await arrived(2);
  await engine.close({ drainMs: 0 });
  await Promise.all(rejected);
});

test("close may be asked for by what runs", async t => {
  const { engine } = await gated(t);
  engine.registerHostTool("close", {
    description: "",
    call: () => {
      void engine.close({ drainMs: 10 });
      return {};
    },
  });
  const code = `vulcan.host.call("close", {}) ${endless}`;
  await assert.rejects(engine.call("demo-run", { code }), closed);
  await engine.close();
});

for (const [what, start, outcome] of work.filter(([what]) => !what.includes("lease"))) {
  test(`${what} finishes on the state it began on, while a reload brings another`, async t => {
    const { engine, root, arrived, open } = await gated(t);
    const running = start(engine, wait);
    await arrived(1);
    writeSkill(root, "demo", "return function() return 'new' end");
    await engine.reload();
    assert.equal((await engine.call("demo-run")).content, "new");
    open();
    assert.match(String(await running), outcome);
    await engine.close();
  });
}

test("a nested call of an exec that began before a reload finds the skills of then", async t => {
  const { engine, root, arrived, open } = await gated(t);
  const code =
    "local said = vulcan.host.call('gate', {}).said return said .. vulcan.call('demo-run', { code = \"return ' old'\" })";
  const running = engine.execLua({ code });
  await arrived(1);
  writeSkill(root, "demo", "return function() return 'new' end");
  await engine.reload();
  open();
  assert.match(await running, /```text\nopen old\n```$/);
});

test("functions of the host may call the engine that calls them, on a pool of one as well", async t => {
  const one = { minSize: 1, maxSize: 1, acquireTimeoutMs: 500 };
  const { engine } = await engineWith(
    t,
    {
      demo: skills.demo,
      who: "return function() return vulcan.runtime.internal.tool_name .. tostring(vulcan.context.request.session_id) end",
    },
    { pool: one, execPool: one },
  );
  const nested: Record<string, () => Promise<unknown>> = {
    call: async () => (await engine.call("who-run")).content,
    callSync: async () => engine.callSync("who-run").content,
    runLua: () => engine.runLua("return vulcan.call('who-run', {})"),
    exec: () => engine.execLua({ code: "return vulcan.call('who-run', {})" }),
    strict: () =>
      engine.execLua({ code: "return vulcan.call('who-run', {})", sandbox: "strict", allow: ["call"] }),
    deeper: () => engine.runLua("return vulcan.host.call('nested', { 'call' }).said"),
    reload: async () => (await engine.reload()).loaded.join(),
  };
  engine.registerHostTool("nested", {
    description: "",
    call: async args => {
      await sleep(1);
      return { said: String(await nested[(args as string[])[0] ?? ""]?.()) };
    },
  });
  const context = { requestContext: { sessionId: "s" } };
  const code = (name: string) => `local own = vulcan.call("who-run", {})
    return own .. " " .. vulcan.host.call("nested", { "${name}" }).said .. " " .. vulcan.call("who-run", {})`;
  const said = async (name: string) =>
    (await engine.call("demo-run", { code: code(name) }, { context })).content;
  assert.equal(await said("call"), "who-runs who-runnil who-runs");
  assert.equal(await said("callSync"), "who-runs who-runnil who-runs");
  assert.equal(await said("runLua"), "who-runs who-runnil who-runs");
  assert.match(await said("exec"), /^who-runs [\s\S]*```text\nwho-runluaexec-call-internal\n``` who-runs$/);
  assert.match(await said("strict"), /^who-runs [\s\S]*```text\nwho-runluaexec-call-internal\n``` who-runs$/);
  assert.equal(await said("deeper"), "who-runs who-runnil who-runs");
  assert.equal(await said("reload"), "who-runs demo,who who-runs");
});

test("a listener of the log may call the engine, and the deadline of the call around it counts for both", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() print('now') return 'done' end",
    inner: "return function() return 'inner' end",
    endless: `return function() ${endless} end`,
  });
  let seen: unknown;
  let name = "inner-run";
  engine.on("log", () => {
    try {
      seen = engine.callSync(name).content;
    } catch (error) {
      seen = (error as { code: string }).code;
    }
  });
  assert.equal(engine.callSync("demo-run").content, "done");
  assert.equal(seen, "inner");
  assert.equal((await engine.call("demo-run")).content, "done");
  name = "endless-run";
  const timeout = { name: "LuaError", code: "LUA_TIMEOUT", message: /^demo-run: / };
  assert.throws(() => engine.callSync("demo-run", {}, { timeoutMs: 40 }), timeout);
  assert.equal(seen, "LUA_TIMEOUT");
  await assert.rejects(engine.call("demo-run", {}, { timeoutMs: 40 }), timeout);
});
