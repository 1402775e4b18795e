import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { SkillEngine } from "luaskills";
import { engineWith } from "../skills/skill-tree.js";

/** Runs the code it is given and says what came of it. */
const runner = `return function(args)
  local chunk = assert(loadstring("local args = ... " .. args.code, "=code"))
  setfenv(chunk, getfenv(1))
  local ok, value = pcall(chunk, args)
  return tostring(value)
end`;

/** Uses a bit of everything, so that it notices when something of it is gone. */
const witness = `return function()
  print("here")
  local path = vulcan.path.join("a", "ä")
  local json = vulcan.json.encode({ vulcan.runtime.overflow_type.page, vulcan.fs.exists("/nowhere"), #path })
  return json .. vulcan.runtime.internal.tool_name .. vulcan.call("friend-run", {})
end`;

/** Two skills on one VM, and the warnings that were logged. */
async function house(t: TestContext) {
  const warnings: string[] = [];
  const { engine } = await engineWith(
    t,
    { demo: runner, witness, friend: "return function() return vulcan.runtime.internal.skill_name end" },
    {
      pool: { minSize: 1, maxSize: 1 },
      execPool: { minSize: 1, maxSize: 1 },
      logger: (level, message) => level === "warn" && warnings.push(message),
    },
  );
  const run = async (code: string) => (await engine.call("demo-run", { code })).content;
  const runSync = (code: string) => engine.callSync("demo-run", { code }).content;
  return { engine, run, runSync, warnings };
}

async function expectWell(engine: SkillEngine): Promise<void> {
  const fine = '["page",false,4]witness-runfriend';
  assert.equal((await engine.call("witness-run")).content, fine);
  assert.equal(engine.callSync("witness-run").content, fine);
}

const writes: [code: string, message: string][] = [
  ["vulcan.fs = {}", "vulcan.fs: vulcan is read-only"],
  ["vulcan.extra = 1", "vulcan.extra: vulcan is read-only"],
  ["vulcan.call = nil", "vulcan.call: vulcan is read-only"],
  ["vulcan.fs.read = print", "vulcan.fs.read: vulcan.fs is read-only"],
  ["vulcan.fs.extra = print", "vulcan.fs.extra: vulcan.fs is read-only"],
  ["vulcan.fs[1] = print", "vulcan.fs.1: vulcan.fs is read-only"],
  ["vulcan.json.null = 0", "vulcan.json.null: vulcan.json is read-only"],
  ["vulcan.process.session.open = 1", "vulcan.process.session.open: vulcan.process.session is read-only"],
  ["vulcan.runtime.lua.exec = 1", "vulcan.runtime.lua.exec: vulcan.runtime.lua is read-only"],
  [
    "vulcan.runtime.overflow_type.page = 'x'",
    "vulcan.runtime.overflow_type.page: vulcan.runtime.overflow_type is read-only",
  ],
  ["vulcan.context.skill_dir = '/'", "vulcan.context.skill_dir: vulcan.context is read-only"],
];

for (const [code, message] of writes) {
  test(`${code} is an error that names the member`, async t => {
    const { engine, run, runSync, warnings } = await house(t);
    assert.equal(await run(code), `code:1: ${message}`);
    assert.equal(runSync(code), `code:1: ${message}`);
    await expectWell(engine);
    assert.deepEqual([engine.stats().pool.discarded, warnings], [0, []]);
  });
}

const prevented: [code: string, outcome: RegExp][] = [
  ["return getmetatable(vulcan)", /^false$/],
  ["return getmetatable(vulcan.fs)", /^false$/],
  ["return debug.getmetatable(vulcan)", /^false$/],
  ["return debug.getmetatable(vulcan.runtime.internal)", /^false$/],
  ["setmetatable(vulcan, {})", /cannot change a protected metatable/],
  ["setmetatable(vulcan.fs, nil)", /cannot change a protected metatable/],
  ["debug.setmetatable(vulcan, {})", /debug\.setmetatable: vulcan is read-only/],
  ["debug.setmetatable(vulcan.context, nil)", /debug\.setmetatable: vulcan is read-only/],
  ["return debug.getupvalue(vulcan.call, 1)", /^nil$/],
  ["return debug.getupvalue(pairs(vulcan.fs), 1)", /^nil$/],
  ["return debug.getupvalue(debug.getmetatable, 1)", /^nil$/],
  ["return debug.getupvalue(debug.getupvalue, 1)", /^nil$/],
  ["return debug.setupvalue(vulcan.fs.read, 1, print)", /^nil$/],
  ["return debug.upvalueid(vulcan.path.join, 1)", /^nil$/],
  [
    "local x = 1 local f = function() return x end return debug.upvaluejoin(f, 1, vulcan.call, 1) or f()",
    /^1$/,
  ],
  ["local n = 0 for _ in next, vulcan do n = n + 1 end return n", /^0$/],
  ["debug.setfenv(vulcan.call, {})", /^nil$/],
  ["setfenv(vulcan.call, {}) setfenv(print, {}) setfenv(vulcan.path.join, {})", /^nil$/],
];

for (const [code, outcome] of prevented) {
  test(`${code} leads nowhere`, async t => {
    const { engine, run, runSync, warnings } = await house(t);
    assert.match(await run(code), outcome);
    assert.match(runSync(code), outcome);
    await expectWell(engine);
    assert.deepEqual([engine.stats().pool.discarded, warnings], [0, []]);
  });
}

test("the debug library still serves the upvalues of everybody else", async t => {
  const { run } = await house(t);
  const code = `
    local x, y = 1, 2
    local function f() return x end
    local function g() return y end
    assert(debug.getupvalue(f, 1) == "x" and select(2, debug.getupvalue(f, 1)) == 1)
    assert(debug.setupvalue(f, 1, vulcan.call) == "x" and f() == vulcan.call)
    assert(debug.upvalueid(f, 1) ~= debug.upvalueid(g, 1))
    debug.upvaluejoin(f, 1, g, 1)
    assert(debug.getupvalue(string.format, 1) == nil and not pcall(debug.getupvalue, 5, 1))
    return f()`;
  assert.equal(await run(code), "2");
});

/** Ways around every check there is. */
const breaches: [what: string, code: string][] = [
  ["rawset on vulcan", "rawset(vulcan, 'extra', 1)"],
  ["rawset on a namespace", "rawset(vulcan.fs, 'read', function() return 'forged' end)"],
  ["rawset on a view", "rawset(vulcan.context, 'skill_dir', '/')"],
  ["rawset on plain data", "rawset(vulcan.runtime.overflow_type, 'page', 'x')"],
  ["table.insert", "table.insert(vulcan, 1)"],
  ["a new vulcan in the globals that package.loaded shows", "package.loaded._G.vulcan = { call = print }"],
  ["a new vulcan behind the globals of a skill", "getmetatable(_G).__index.vulcan = {}"],
  ["no vulcan in the globals of a function of the host", "getfenv(vulcan.call).vulcan = nil"],
  ["no vulcan in what the registry shows", "debug.getregistry()._LOADED._G.vulcan = nil"],
];

for (const [what, code] of breaches) {
  test(`${what}: the result counts, the VM goes, a warning says who`, async t => {
    const { engine, run, runSync, warnings } = await house(t);
    const warning =
      "[LuaSkill:warn] demo-run changed the `vulcan` table by means that nothing can prevent; its VM was discarded";
    assert.equal(await run(`${code} return "done"`), "done");
    await expectWell(engine);
    assert.deepEqual([engine.stats().pool.discarded, warnings], [1, [warning]]);
    assert.equal(runSync(`${code} return "done"`), "done");
    await expectWell(engine);
    assert.deepEqual([engine.stats().pool.discarded, warnings], [2, [warning, warning]]);
  });
}

test("a breach in a nested call, after a wait or on a lane counts as well", async t => {
  const warnings: string[] = [];
  const { engine } = await engineWith(
    t,
    {
      breaker: "return function(args) args.wait() rawset(vulcan, 'extra', 1) return 'broken' end",
      outer: `return function()
        return vulcan.call("breaker-run", { wait = function()
          vulcan.host.call("later", {})
          local stop = os.clock() + 0.01
          while os.clock() < stop do end
        end })
      end`,
    },
    {
      inlineBudgetUs: 50,
      pool: { minSize: 1, maxSize: 1 },
      logger: (level, message) => level === "warn" && warnings.push(message),
    },
  );
  engine.registerHostTool("later", { description: "", call: async () => ({}) });
  assert.equal((await engine.call("outer-run")).content, "broken");
  assert.equal(engine.stats().pool.discarded, 1);
  assert.match(warnings.join(), /outer-run changed/);
});

test("a breach by a call that fails is reported with the error", async t => {
  const { engine, warnings } = await house(t);
  const breach = "rawset(vulcan, 'extra', 1) error('and out')";
  await assert.rejects(engine.runLua(breach), { message: /runLua:1: and out/ });
  assert.equal(engine.stats().pool.discarded, 1);
  assert.match(warnings.join(), /Code of no skill changed/);
  await expectWell(engine);
});

test("a breach in an exec costs the exec its VM", async t => {
  const { engine, warnings } = await house(t);
  assert.match(
    await engine.execLua({ code: "rawset(vulcan, 'extra', 1) return 'done'" }),
    /SUCCESS[\s\S]*done/,
  );
  assert.equal(engine.stats().execPool.discarded, 1);
  assert.match(warnings.join(), /Code of no skill changed/);
  assert.match(await engine.execLua({ code: "return tostring(vulcan.extra)" }), /```text\nnil\n```/);
});

test("a breach in a lease ends the lease", async t => {
  const { engine, warnings } = await house(t);
  const lease = await engine.leases.create({ sid: "s" });
  assert.equal(await lease.eval("rawset(vulcan, 'extra', 1) return 'done'"), "done");
  await assert.rejects(lease.eval("return 1"), {
    code: "LEASE_CLOSED",
    message: /changed the `vulcan` table/,
  });
  assert.match(warnings.join(), /Code of no skill changed/);
});

/** What a call leaves behind is not there in the next one, on the same VM. */
const undone: [what: string, change: string, look: string, value: string][] = [
  ["jit.off()", "jit.off()", "return (jit.status())", "true"],
  [
    "a stopped collector",
    "collectgarbage('stop')",
    "for i = 1, 3e5 do local t = {} end return collectgarbage('count') < 8000",
    "true",
  ],
  [
    "a collector that hardly ever runs",
    "collectgarbage('setpause', 1e6)",
    "return collectgarbage('setpause', 200)",
    "200",
  ],
  ["a hook", "debug.sethook(function() end, 'l')", "return debug.gethook()", "nil"],
  ["a count hook", "debug.sethook(function() end, '', 1)", "return debug.gethook()", "nil"],
  [
    "other globals of the coroutine",
    "setfenv(0, {})",
    "return loadstring('return vulcan')() == vulcan",
    "true",
  ],
];

for (const [what, change, look, value] of undone) {
  test(`${what} does not outlast the call`, async t => {
    const { engine, run, runSync } = await house(t);
    await run(change);
    assert.equal(await run(look), value);
    runSync(change);
    assert.equal(runSync(look), value);
    await expectWell(engine);
    assert.equal(engine.stats().pool.created, 1);
  });
}

test("a skill that hides vulcan or replaces _G in its own globals harms nobody else", async t => {
  const { engine, run } = await house(t);
  assert.equal(await run("vulcan, print, _G = 1, 2, 3 return 'done'"), "done");
  await expectWell(engine);
  assert.equal(await run("return type(vulcan)"), "number");
  assert.equal(engine.stats().pool.created, 1);
});

test("what is added to a standard library stays on its VM, where all skills see it", async t => {
  const { engine, run } = await house(t);
  await run("string.shout = function(s) return s:upper() .. '!' end");
  assert.equal(await run("return ('a'):shout()"), "A!");
  assert.equal(await engine.runLua("return ('b'):shout()"), "B!");
  assert.match(await engine.execLua({ code: "return tostring(string.shout)" }), /```text\nnil\n```/);
  await expectWell(engine);
});
