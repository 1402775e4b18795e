import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { SkillEngine } from "luaskills";
import { engineWith, manifest, temporaryFolder } from "./skill-tree.js";

/** Everything on one VM, so that what could leak would. */
const oneVm = { pool: { minSize: 1, maxSize: 1 }, execPool: { minSize: 1, maxSize: 1 } };

const content = async (engine: SkillEngine, name: string, args: object = {}) =>
  (await engine.call(name, args as never)).content;

test("globals belong to the skill: its entries share them, other skills do not see them", async t => {
  const counter = "return function() count = (count or 0) + 1 return tostring(count) end";
  const { engine } = await engineWith(
    t,
    {
      demo: {
        "skill.yaml": manifest(["run", "other"]),
        "runtime/run.lua": counter,
        "runtime/other.lua": counter,
      },
      second: counter,
    },
    oneVm,
  );
  assert.equal(await content(engine, "demo-run"), "1");
  assert.equal(engine.callSync("demo-other").content, "2");
  assert.equal(await content(engine, "second-run"), "1");
  assert.equal(await content(engine, "demo-run"), "3");
  assert.equal(await engine.runLua("return tostring(count)"), "nil");
  assert.equal(engine.stats().pool.created, 1);
});

test("the environment is its own _G, and standard functions are read through it", async t => {
  const { engine } = await engineWith(t, {
    demo: `body = "set in the body"
      return function()
        _G.through = "set through _G"
        direct = "set directly"
        return vulcan.json.encode({ _G._G == _G, getfenv(1) == _G, getfenv(0) == _G, _G.body, through, _G.direct,
          rawget(_G, "print") == nil, _G.print == print, type(_G.string.format) })
      end`,
  });
  const values = [
    true,
    true,
    true,
    "set in the body",
    "set through _G",
    "set directly",
    true,
    true,
    "function",
  ];
  assert.deepEqual(JSON.parse(await content(engine, "demo-run")), values);
  assert.deepEqual(JSON.parse(engine.callSync("demo-run").content), values);
});

test("overriding a standard function is the skill's own affair", async t => {
  const { engine } = await engineWith(
    t,
    {
      demo: `print = function() return "silent" end
        tostring = function() return "mine" end
        return function() return tostring(1) .. print() end`,
      second: "return function() return tostring(1) .. tostring((print())) end",
    },
    oneVm,
  );
  assert.equal(await content(engine, "demo-run"), "minesilent");
  assert.equal(await content(engine, "second-run"), "1nil");
});

/** Ways to run code from files and text that is not the entry's own. */
const loaders: [what: string, load: string][] = [
  ["dofile", "dofile(args.file)"],
  ["loadfile", "loadfile(args.file)()"],
  ["load", "load(args.text)()"],
  ["load from pieces", "local pieces = { args.text } load(function() return table.remove(pieces) end)()"],
  ["loadstring", "loadstring(args.text)()"],
  ["require", "package.loaded.part = nil package.path = args.path require('part')"],
  ["dofile in a coroutine", "coroutine.wrap(function() dofile(args.file) end)()"],
  [
    "load in a coroutine of a coroutine",
    "coroutine.wrap(function() coroutine.wrap(load(args.text))() end)()",
  ],
  ["pcall", "pcall(dofile, args.file)"],
];

const part = 'seen = owner loaded = (loaded or "") .. "+"';

function partFile(folder: string) {
  writeFileSync(join(folder, "part.lua"), part);
  return { file: join(folder, "part.lua"), path: join(folder, "?.lua"), text: part };
}

for (const [what, load] of loaders) {
  test(`code that ${what} brings in sees and sets the skill's globals, at every level of nested calls`, async t => {
    const args = partFile(temporaryFolder(t));
    const skill = (name: string, body: string) =>
      `owner = "${name}" return function(args) loaded, seen = nil ${load} ${body} end`;
    const { engine } = await engineWith(
      t,
      {
        inner: skill("inner", "return seen .. loaded"),
        outer: skill(
          "outer",
          `local before = seen .. loaded
           local inner = vulcan.call("inner-run", args)
           local fails = pcall(vulcan.call, "nobody", args)
           ${load}
           return before .. " " .. inner .. " " .. seen .. loaded`,
        ),
      },
      oneVm,
    );
    for (let i = 0; i < 2; i++) {
      assert.equal(await content(engine, "outer-run", args), "outer+ inner+ outer++");
      assert.equal(engine.callSync("outer-run", args).content, "outer+ inner+ outer++");
      assert.equal(await content(engine, "inner-run", args), "inner+");
    }
    assert.deepEqual(await engine.runLua("return { tostring(owner), tostring(loaded), tostring(seen) }"), [
      "nil",
      "nil",
      "nil",
    ]);
  });
}

test("the globals stay the skill's own over waits and lanes", async t => {
  const busy = "local stop = os.clock() + 0.01 while os.clock() < stop do end";
  const body = (load: string) =>
    `vulcan.host.call("later", {}) ${load} ${busy} ${load} vulcan.host.call("later", {}) ${load}`;
  const load = "dofile(args.file)";
  const { engine } = await engineWith(
    t,
    {
      inner: `owner = "inner" return function(args) loaded = nil ${body(load)} return seen .. loaded end`,
      outer: `owner = "outer" return function(args)
        loaded = nil
        ${body(load)}
        local inner = vulcan.call("inner-run", args)
        ${body(load)}
        return inner .. seen .. loaded
      end`,
    },
    { ...oneVm, inlineBudgetUs: 50 },
  );
  engine.registerHostTool("later", { description: "", call: () => sleep(1, {}) });
  const args = partFile(temporaryFolder(t));
  assert.equal(await content(engine, "outer-run", args), "inner+++outer++++++");
});

test("files that the body of an entry loads belong to the skill, also when a nested call is the first to run it", async t => {
  const { file } = partFile(temporaryFolder(t));
  const path = file.replaceAll("\\", "/");
  const { engine } = await engineWith(
    t,
    {
      inner: `owner = "inner" dofile("${path}") return function() return tostring(seen) end`,
      outer: "owner = 'outer' return function() return vulcan.call('inner-run', {}) .. tostring(seen) end",
    },
    oneVm,
  );
  assert.equal(await content(engine, "outer-run"), "innernil");
  assert.equal(await content(engine, "inner-run"), "inner");
});

test("modules are loaded once per VM and shared, whoever asks first", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, "shared.lua"),
    "loads = (loads or 0) + 1 return { owner = owner, loads = loads }",
  );
  const code = (name: string) => `owner = "${name}" return function(args)
    package.path = args.path
    local shared = require("shared")
    return shared.owner .. shared.loads .. tostring(loads)
  end`;
  const { engine } = await engineWith(t, { demo: code("demo"), second: code("second") }, oneVm);
  const args = { path: join(folder, "?.lua") };
  assert.equal(await content(engine, "demo-run", args), "demo11");
  assert.equal(await content(engine, "second-run", args), "demo1nil");
});

test("module() makes its global in the environment of the skill", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(
    join(folder, "classic.lua"),
    "module('classic', package.seeall) function f() return type(print) end",
  );
  const { engine } = await engineWith(
    t,
    {
      demo: "return function(args) package.path = args.path require('classic') return classic.f() end",
      second: "return function() return type(classic) end",
    },
    oneVm,
  );
  assert.equal(await content(engine, "demo-run", { path: join(folder, "?.lua") }), "function");
  assert.equal(await content(engine, "second-run"), "nil");
});

const environments: [what: string, code: string, outcome: string][] = [
  [
    "load with an environment of its own",
    "local own = { x = 1 } load('x = x + 1', '=x', 't', own)() return own.x .. tostring(x)",
    "2nil",
  ],
  [
    "setfenv on a function of its own",
    "local own = { y = 5 } local f = setfenv(function() return y end, own) return f() .. tostring(y)",
    "5nil",
  ],
  ["setfenv of level 1", "local t, s = tostring, setfenv s(1, { z = 3 }) return t(z)", "3"],
  [
    "setfenv of the thread",
    "local t = { marked = true } setfenv(0, t) local seen = getfenv(0).marked return tostring(seen)",
    "true",
  ],
];

for (const [what, code, outcome] of environments) {
  test(`${what} ends with the call`, async t => {
    const { engine } = await engineWith(
      t,
      {
        demo: `return function(args)
          local chunk = loadstring(args.code)
          return setfenv(chunk, getfenv(1))()
        end`,
        outer:
          "return function(args) local seen = vulcan.call('demo-run', args) return seen .. tostring(getfenv(0) == _G) end",
      },
      oneVm,
    );
    for (let i = 0; i < 2; i++) {
      assert.equal(await content(engine, "demo-run", { code }), outcome);
      assert.equal(engine.callSync("demo-run", { code }).content, outcome);
      assert.equal(await content(engine, "outer-run", { code }), `${outcome}true`);
    }
  });
}

test("runLua and exec have globals of their own, fresh for each run; a lease keeps its", async t => {
  const { engine } = await engineWith(
    t,
    { demo: "shared = 'skill' return function() return shared end" },
    oneVm,
  );
  const code =
    "local before = tostring(shared) shared = 'own' return before .. tostring(_G.shared) .. tostring(getfenv(1) == _G)";
  assert.equal(await content(engine, "demo-run"), "skill");
  assert.equal(await engine.runLua(code), "nilowntrue");
  assert.equal(engine.runLuaSync(code), "nilowntrue");
  assert.equal(await engine.runLua(code), "nilowntrue");
  const report = await engine.execLua({ code });
  assert.match(report, /```text\nnilowntrue\n```/);
  assert.equal(await engine.execLua({ code }), report);
  assert.equal(await content(engine, "demo-run"), "skill");
  const [lease, other] = [await engine.leases.create({ sid: "a" }), await engine.leases.create({ sid: "b" })];
  assert.equal(await lease.eval(code), "nilowntrue");
  assert.equal(await lease.eval(code), "ownowntrue");
  assert.equal(await other.eval(code), "nilowntrue");
});

test("code of an exec and the skills it calls do not see each other's globals", async t => {
  const { engine } = await engineWith(
    t,
    { demo: "mine = 'skill' return function() return mine .. tostring(theirs) end" },
    oneVm,
  );
  const code = "theirs = 'exec' return vulcan.call('demo-run', {}) .. tostring(mine)";
  assert.match(await engine.execLua({ code }), /```text\nskillnilnil\n```/);
});
