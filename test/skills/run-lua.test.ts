import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "luaskills";
import { createEngine, engineWith } from "./skill-tree.js";

const values: [code: string, args: Json | undefined, value: Json][] = [
  ["return 1 + 1", undefined, 2],
  ["return 3.0", undefined, 3],
  ["return 'ä\\0b'", undefined, "ä\0b"],
  ["return true", undefined, true],
  ["return nil", undefined, null],
  ["local x = 1", undefined, null],
  ["", undefined, null],
  ["return {}", undefined, []],
  ["return vulcan.json.object()", undefined, {}],
  ["return { a = { 1, { b = 'x' } } }", undefined, { a: [1, { b: "x" }] }],
  ["return 1, 2, 3", undefined, 1],
  ["return 'first', print, '\\255'", undefined, "first"],
  ["return args", { a: [1, { b: null }] }, { a: [1, []] }],
  ["return #args, args[2]", ["x", "y"], 2],
  ["return type(args) .. tostring(next(args))", 5, "tablenil"],
  ["return type(args) .. tostring(next(args))", "text", "tablenil"],
  ["return type(args) .. tostring(next(args))", null, "tablenil"],
  ["return type(args) .. tostring(next(args))", undefined, "tablenil"],
  ["return select('#', ...)", { a: 1 }, 1],
  ["\n\nreturn debug.getinfo(1, 'l').currentline", undefined, 3],
  ["-- a comment at the end", undefined, null],
  ["\uFEFF# for the shell\nreturn debug.getinfo(1, 'l').currentline", undefined, 2],
  ["do return 5 end", undefined, 5],
];

for (const [code, args, value] of values) {
  test(`runLua(${JSON.stringify(code)}, ${JSON.stringify(args)}) is ${JSON.stringify(value)}`, async t => {
    const engine = await createEngine(t);
    assert.deepEqual(await engine.runLua(code, args), value);
    assert.deepEqual(engine.runLuaSync(code, args), value);
  });
}

const errors: [what: string, code: string, expected: object][] = [
  ["an error", "local x\nerror('no luck')", { code: "LUA_RUNTIME", message: "runLua:2: no luck", line: 2 }],
  ["an error without a position", "error('no luck', 0)", { code: "LUA_RUNTIME", message: "runLua: no luck" }],
  ["an error that is a table", "error({ a = 1 })", { code: "LUA_RUNTIME", value: { a: 1 } }],
  [
    "a mistake in the text",
    "x x",
    { code: "LUA_SYNTAX", message: "runLua:1: '=' expected near 'x'", line: 1 },
  ],
  [
    "bytecode",
    "\x1bLJ",
    { code: "LUA_SYNTAX", message: "runLua: only chunks of text can be loaded, not bytecode" },
  ],
  [
    "a result that JSON cannot say",
    "return { f = print }",
    { code: "LUA_CONVERT", message: /^runLua: result.*\.f: cannot convert function/ },
  ],
  [
    "a yield",
    "coroutine.yield(1)",
    { code: "LUA_RUNTIME", message: /attempt to yield from outside a coroutine/ },
  ],
];

for (const [what, code, expected] of errors) {
  test(`runLua: ${what} is a LuaError`, async t => {
    const engine = await createEngine(t);
    const error = { name: "LuaError", ...expected };
    await assert.rejects(engine.runLua(code), error);
    assert.throws(() => engine.runLuaSync(code), error);
    assert.equal(await engine.runLua("return 1"), 1);
  });
}

test("code that is no text and arguments that JSON cannot say are refused", async t => {
  const engine = await createEngine(t);
  await assert.rejects(engine.runLua(5 as never), {
    name: "TypeError",
    message: "SkillEngine.runLua: code must be a string, got number",
  });
  assert.throws(() => engine.runLuaSync(undefined as never), {
    message: "SkillEngine.runLuaSync: code must be a string, got undefined",
  });
  const args = { f: () => {} } as never;
  await assert.rejects(engine.runLua("return 1", args), { code: "LUA_CONVERT" });
  assert.throws(() => engine.runLuaSync("return 1", args), { code: "LUA_CONVERT" });
});

test("runLua has the whole host API and belongs to no skill", async t => {
  const { engine } = await engineWith(t, { demo: "return function(args) return { args.x } end" });
  const code = `
    local list = vulcan.call("demo-run", { x = "y" })
    assert(vulcan.runtime.log and vulcan.runtime.lua.exec and vulcan.cache.put and vulcan.fs.read and io.open)
    local ok, message = pcall(vulcan.config.get, "key")
    return { list[1], ok, message, tostring(vulcan.deps.lua_path) }`;
  const value = ["y", false, "vulcan.config.get requires one active skill context", "nil"];
  assert.deepEqual(await engine.runLua(code), value);
  assert.deepEqual(engine.runLuaSync(code), value);
});

test("what runLua prints is logged, for no skill", async t => {
  const engine = await createEngine(t);
  const events: unknown[] = [];
  engine.on("log", event => events.push(event));
  await engine.runLua("print('a', 1)");
  assert.deepEqual(events, [{ level: "info", message: "[LuaSkill:info] a\t1" }]);
});

test("runLua waits without a thread and moves to a lane like a call", async t => {
  const engine = await createEngine(t, { inlineBudgetUs: 50 });
  engine.registerHostTool("later", { description: "", call: () => sleep(2, { x: 1 }) });
  const code = `
    local stop = os.clock() + 0.01
    while os.clock() < stop do end
    return vulcan.host.call("later", {}).x`;
  assert.deepEqual(await Promise.all([engine.runLua(code), engine.runLua(code)]), [1, 1]);
});

test("limits end a run as they end a call", async t => {
  const engine = await createEngine(t, { callTimeoutMs: 40 });
  const endless = "while true do pcall(function() while true do end end) end";
  const timeout = { name: "LuaError", code: "LUA_TIMEOUT", message: /^runLua: / };
  await assert.rejects(engine.runLua(endless), timeout);
  assert.throws(() => engine.runLuaSync(endless), timeout);
  await assert.rejects(engine.runLua(endless, {}, { timeoutMs: 20 }), timeout);
  const controller = new AbortController();
  const aborted = engine.runLua(endless, {}, { signal: controller.signal, timeoutMs: 10_000 });
  setTimeout(() => controller.abort(), 15);
  await assert.rejects(aborted, { name: "LuaError", code: "LUA_ABORTED", message: /^runLua: / });
  assert.throws(() => engine.runLuaSync("return 1", {}, { signal: controller.signal }), {
    code: "LUA_ABORTED",
  });
  assert.equal(await engine.runLua("return (jit.status())", {}, { jit: false }), false);
  assert.equal(await engine.runLua("return (jit.status())"), true);
});

test("runLua takes its VM from the pool of calls", async t => {
  const { engine } = await engineWith(t, {}, { pool: { minSize: 1, maxSize: 1, acquireTimeoutMs: 20 } });
  const blocking = engine.runLua("while true do end", {}, { timeoutMs: 200 });
  await assert.rejects(engine.runLua("return 1"), {
    name: "SkillError",
    code: "POOL_TIMEOUT",
    message: /^runLua: /,
  });
  assert.equal(engine.runLuaSync("return 1"), 1);
  await assert.rejects(blocking, { code: "LUA_TIMEOUT" });
});
