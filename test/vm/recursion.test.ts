// Recursion without end through every way in which C functions call Lua functions: an error, never the end of the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { LuaVm } from "luaskills/vm";

const programs: [what: string, code: string][] = [
  ["function replacements of gsub", `local function f() return (("a"):gsub("a", f)) end f()`],
  ["coroutines in coroutines", "local function f() return coroutine.wrap(f)() end f()"],
  [
    "coroutine.resume in coroutines",
    "local function f() assert(coroutine.resume(coroutine.create(f))) end f()",
  ],
  ["comparators of sort", "local function f() table.sort({ 2, 1 }, f) end f()"],
  [
    "gsub in coroutines",
    `local function f() return coroutine.wrap(function() return (("a"):gsub("a", f)) end)() end f()`,
  ],
  [
    "__tostring in string.format",
    `local t t = setmetatable({}, { __tostring = function() return string.format("%s", t) end }) tostring(t)`,
  ],
  [
    "__lt in sort",
    `local mt = {} local function pair() return { setmetatable({}, mt), setmetatable({}, mt) } end
     mt.__lt = function() table.sort(pair()) return true end table.sort(pair())`,
  ],
  [
    "__concat in gsub",
    `local mt = {} local function text() return setmetatable({}, mt) .. "" end
     mt.__concat = function() return (("x"):gsub("x", text)) end text()`,
  ],
  ["reader functions of load", "local function f() return assert(load(function() f() end)) end f()"],
];

for (const [what, code] of programs) {
  test(`endless recursion through ${what} is a stack overflow`, async () => {
    const overflow = { code: "LUA_RUNTIME", message: /stack overflow/ };
    const vm = new LuaVm();
    for (const start of ["inline", "lane"] as const) {
      await assert.rejects(vm.eval(code, null, { start }), overflow);
    }
    assert.throws(() => vm.evalSync(code), overflow);
    assert.equal(vm.evalSync("return 1"), 1);
    vm.close();
  });
}

test("the stack of a worker thread is smaller, and is respected", async () => {
  const source = `
    const { parentPort, workerData } = require("node:worker_threads");
    import("luaskills/vm").then(async ({ LuaVm }) => {
      const messages = [];
      for (const code of workerData) {
        const vm = new LuaVm();
        try { vm.evalSync(code); } catch (error) { messages.push(error.message); }
        vm.close();
      }
      parentPort.postMessage(messages);
    });`;
  const worker = new Worker(source, { eval: true, workerData: programs.map(([, code]) => code) });
  const messages = await new Promise<string[]>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  assert.equal(messages.length, programs.length);
  for (const message of messages) assert.match(message, /stack overflow/);
});

test("deep recursion that ends gives its result", async () => {
  const vm = new LuaVm();
  const nested = `
    local function f(n) if n == 0 then return 0 end return 1 + coroutine.wrap(f)(n - 1) end
    local function g(n) if n == 0 then return "" end return (("a"):gsub("a", function() return g(n - 1) .. "b" end)) end
    return { f(5000), #g(150) }`;
  for (const start of ["inline", "lane"] as const) {
    assert.deepEqual(await vm.eval(nested, null, { start }), [5000, 150]);
  }
  vm.close();
});
