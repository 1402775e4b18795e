import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { LuaVm, type RunOptions } from "luaskills/vm";

/** What interrupts the Lua code of the tests below, as a function `pause`; `spent` steps keep a lane busy. */
const interruptions: Record<string, { prelude: string; options?: RunOptions }> = {
  "a wait": { prelude: "local pause = wait" },
  "a preemption": { prelude: "local pause = function(...) for i = 1, 2e7 do end return ... end" },
  "a call to the JS thread from a lane": { prelude: "local pause = echo", options: { start: "lane" } },
  "a wait on a lane": { prelude: "local pause = wait", options: { start: "lane" } },
};

function newVm(): LuaVm {
  const vm = new LuaVm();
  vm.register("wait", (value: unknown) => new Promise(resolve => setImmediate(resolve, value)));
  vm.register("echo", (value: unknown) => value);
  vm.register("fail", (message: string) => Promise.reject(new Error(message)));
  return vm;
}

/** Lua that calls `pause` in some frame, and its result. */
const frames: Record<string, { code: string; result: unknown }> = {
  pcall: { code: "return { pcall(pause, 'value') }", result: [true, "value"] },
  "pcall that catches an error afterwards": {
    code: "return { pcall(function() pause() error('late', 0) end) }",
    result: [false, "late"],
  },
  xpcall: {
    code: "return { xpcall(function(...) pause() return ... end, debug.traceback, 1, 2) }",
    result: [true, 1, 2],
  },
  "xpcall that calls its handler afterwards": {
    code: "return { xpcall(function() pause() error('late', 0) end, function(m) return m:upper() end) }",
    result: [false, "LATE"],
  },
  __index: {
    code: "return setmetatable({}, { __index = function(_, k) return pause(k) end }).key",
    result: "key",
  },
  __newindex: {
    code: "local t = {} setmetatable(t, { __newindex = function(t, k, v) rawset(t, k, pause(v)) end }) t.a = 1 return t.a",
    result: 1,
  },
  __call: {
    code: "return setmetatable({}, { __call = function(_, a, b) return pause(a) + b end })(1, 2)",
    result: 3,
  },
  __concat: {
    code: "return setmetatable({}, { __concat = function(_, b) return pause('a') .. b end }) .. 'b'",
    result: "ab",
  },
  __len: { code: "return #setmetatable({}, { __len = function() return pause(7) end })", result: 7 },
  __unm: { code: "return -setmetatable({}, { __unm = function() return pause(7) end })", result: 7 },
  __eq: {
    code: "local mt = { __eq = function() return pause(true) end } return setmetatable({}, mt) == setmetatable({}, mt)",
    result: true,
  },
  __lt: {
    code: "local mt = { __lt = function() return pause(true) end } return setmetatable({}, mt) < setmetatable({}, mt)",
    result: true,
  },
  __le: {
    code: "local mt = { __le = function() return pause(false) end } return setmetatable({}, mt) <= setmetatable({}, mt)",
    result: false,
  },
  arithmetic: {
    code: `
      local mt, seen = {}, {}
      for _, name in ipairs({ "add", "sub", "mul", "div", "mod", "pow" }) do
        mt["__" .. name] = function() seen[#seen + 1] = pause(name) return 1 end
      end
      local o = setmetatable({}, mt)
      local _ = o + o, o - o, o * o, o / o, o % o, o ^ o
      return seen`,
    result: ["add", "sub", "mul", "div", "mod", "pow"],
  },
  "an iterator of for": {
    code: "local s = 0 for i in function(_, i) i = i + 1 if i <= 3 then return pause(i) end end, nil, 0 do s = s + i end return s",
    result: 6,
  },
  __pairs: {
    code: `
      local seen = {}
      local t = setmetatable({}, { __pairs = function() pause() return function(_, k) if not k then return pause('only'), 1 end end end })
      for k, v in pairs(t) do seen[k] = v end
      return seen`,
    result: { only: 1 },
  },
  "a tail call": {
    code: "local function f(n) if n == 0 then return pause('end') end return f(n - 1) end return f(100)",
    result: "end",
  },
  "a vararg function": {
    code: "local function f(...) pause() return select('#', ...), ... end return { f(nil, 2, nil) }",
    result: [3, null, 2],
  },
  "a coroutine by resume": {
    code: "local co = coroutine.create(function(a) local b = coroutine.yield(pause(a)) return pause(b) end) local _, x = coroutine.resume(co, 1) local _, y = coroutine.resume(co, 2) return { x, y, coroutine.status(co) }",
    result: [1, 2, "dead"],
  },
  "a coroutine by wrap": {
    code: "local f = coroutine.wrap(function(a) return pause(coroutine.yield(pause(a))) end) return { f(1), f(2) }",
    result: [1, 2],
  },
  "a coroutine as an iterator": {
    code: "local s = {} for v in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(pause(i)) end end) do s[#s + 1] = v end return s",
    result: [1, 2, 3],
  },
  "coroutines within coroutines": {
    code: `
      local function nest(n) if n == 0 then return pause('core') end return coroutine.wrap(function() return nest(n - 1) end)() end
      return nest(30)`,
    result: "core",
  },
  "pcall within a coroutine within pcall": {
    code: "return { pcall(coroutine.wrap(function() return pcall(function() pause() error('inner', 0) end) end)) }",
    result: [true, false, "inner"],
  },
  "a coroutine that yields many values and nils": {
    code: `
      local co = coroutine.wrap(function(...) pause() local r = { n = select('#', coroutine.yield(nil, nil)) } pause() return r.n end)
      local n = select('#', co(1)) return { n, co(nil, nil, nil) }`,
    result: [2, 3],
  },
  "a coroutine that fails": {
    code: "local co = coroutine.create(function() pause() error({ code = 5 }) end) local ok, e = coroutine.resume(co) return { ok, e.code, coroutine.status(co) }",
    result: [false, 5, "dead"],
  },
  "a wrapped coroutine that fails": {
    code: "local ok, e = pcall(coroutine.wrap(function() pause() error('inside', 0) end)) return { ok, (e:gsub('^.-: ', '')) }",
    result: [false, "inside"],
  },
  "load with a reader function": {
    code: "local pieces = { 'return ', 'pau', 'sed' } paused = 'yes' local i = 0 return load(function() i = i + 1 return pause(pieces[i]) end)()",
    result: "yes",
  },
};

for (const [interruption, { prelude, options }] of Object.entries(interruptions)) {
  describe(`${interruption} passes through`, () => {
    for (const [frame, { code, result }] of Object.entries(frames)) {
      test(frame, async () => {
        const vm = newVm();
        assert.deepEqual(await vm.eval(`${prelude} ${code}`, null, options), result);
        assert.equal(vm.broken, false);
      });
    }
  });
}

describe("coroutine functions keep their meaning", () => {
  const same = (name: string, code: string, result: unknown) =>
    test(name, async () => {
      const vm = newVm();
      assert.deepEqual(vm.evalSync(code), result, "synchronous");
      assert.deepEqual(await newVm().eval(code), result, "inline");
      assert.deepEqual(await newVm().eval(code, null, { start: "lane" }), result, "on a lane");
    });

  same(
    "running: the main coroutine says so, a user's says otherwise",
    `
    local main, isMain = coroutine.running()
    local co, other, isMainToo
    co = coroutine.create(function() other, isMainToo = coroutine.running() end)
    coroutine.resume(co)
    return { type(main), isMain, other == co, isMainToo }`,
    ["thread", true, true, false],
  );

  same(
    "status: suspended, running, normal, dead",
    `
    local seen, a, b = {}
    a = coroutine.create(function()
      seen[1] = coroutine.status(a)
      b = coroutine.create(function() seen[2] = coroutine.status(a) seen[3] = coroutine.status(b) end)
      coroutine.resume(b)
      seen[4] = coroutine.status(b)
      coroutine.yield()
    end)
    local before = coroutine.status(a)
    coroutine.resume(a)
    return { before, seen, coroutine.status(a) }`,
    ["suspended", ["running", "normal", "running", "dead"], "suspended"],
  );

  same(
    "isyieldable: false in the main coroutine, true in a user's",
    `
    return { coroutine.isyieldable(), coroutine.wrap(function() return coroutine.isyieldable() end)() }`,
    [false, true],
  );

  same(
    "yield outside a coroutine is an error that pcall catches",
    `
    local ok, message = pcall(coroutine.yield, 1)
    local caught, placed = pcall(function() coroutine.yield() end)
    return { ok, message, caught, placed }`,
    [
      false,
      "attempt to yield from outside a coroutine",
      false,
      "eval:3: attempt to yield from outside a coroutine",
    ],
  );

  same(
    "resume of a dead coroutine, of the running one and of a non-coroutine",
    `
    local dead = coroutine.create(function() end)
    coroutine.resume(dead)
    local a = { coroutine.resume(dead) }
    local self = { coroutine.wrap(function() return coroutine.resume(coroutine.running()) end)() }
    return { a, self, (pcall(coroutine.resume, 5)), (pcall(coroutine.wrap, 5)), (pcall(coroutine.create)) }`,
    [
      [false, "cannot resume dead coroutine"],
      [false, "cannot resume running coroutine"],
      false,
      false,
      false,
    ],
  );

  same(
    "yield passes values both ways, nil and none included",
    `
    local log = {}
    local co = coroutine.wrap(function(...)
      log[#log + 1] = select("#", ...)
      log[#log + 1] = select("#", coroutine.yield())
      log[#log + 1] = select("#", coroutine.yield(nil, nil))
      return nil, 1, nil
    end)
    local counts = { select("#", co(nil)), select("#", co()), select("#", co(1, nil, nil)) }
    return { log, counts }`,
    [
      [1, 0, 3],
      [0, 2, 3],
    ],
  );

  same(
    "debug.traceback of a suspended coroutine shows its frames",
    `
    local co = coroutine.create(function() local function inner() coroutine.yield() end inner() end)
    coroutine.resume(co)
    return debug.traceback(co):find("in function 'inner'", 1, true) ~= nil`,
    true,
  );
});

describe("errors of host functions that were waited for", () => {
  test("are raised where they were called, and pcall catches them", async () => {
    const vm = newVm();
    const code = "local ok, message = pcall(fail, 'no luck') return { ok, message }";
    assert.deepEqual(await vm.eval(code), [false, "no luck"]);
    assert.deepEqual(await vm.eval(code, null, { start: "lane" }), [false, "no luck"]);
  });

  test("reach the resume of the user coroutine that waited", async () => {
    const code =
      "local co = coroutine.create(function() fail('no luck') end) local ok, e = coroutine.resume(co) return { ok, e, coroutine.status(co) }";
    assert.deepEqual(await newVm().eval(code), [false, "no luck", "dead"]);
  });
});

describe("below a C function", () => {
  const sort = "local t = { 3, 1, 2 } table.sort(t, function(a, b) pause() return a < b end) return t";
  const gsub = "return (('abc'):gsub('.', function(c) return pause(c:upper()) end))";
  const message = /wait: returned a promise, and Lua cannot wait below a C function/;

  test("an inline call cannot wait, and the error names the function", async () => {
    for (const code of [sort, gsub]) {
      await assert.rejects(newVm().eval(`local pause = wait ${code}`, null, { start: "inline" }), {
        code: "LUA_RUNTIME",
        message,
      });
    }
  });

  test("a synchronous host function answers inline", async () => {
    assert.deepEqual(await newVm().eval(`local pause = echo ${sort}`), [1, 2, 3]);
    assert.equal(await newVm().eval(`local pause = echo ${gsub}`), "ABC");
  });

  test("a call on a lane waits, for promises as for synchronous functions", async () => {
    for (const pause of ["wait", "echo"]) {
      const options: RunOptions = { start: "lane" };
      assert.deepEqual(await newVm().eval(`local pause = ${pause} ${sort}`, null, options), [1, 2, 3]);
      assert.equal(await newVm().eval(`local pause = ${pause} ${gsub}`, null, options), "ABC");
    }
  });

  test("a rejection on a lane is a Lua error", async () => {
    const code = "return { pcall(table.sort, { 2, 1 }, function() fail('no luck') end) }";
    assert.deepEqual(await newVm().eval(code, null, { start: "lane" }), [false, "no luck"]);
  });

  test("a user coroutine inside a comparator may yield to its own resume and wait on a lane", async () => {
    const code = `
      local t = { 3, 1, 2 }
      table.sort(t, function(a, b)
        local co = coroutine.wrap(function() coroutine.yield(wait(a)) return wait(b) end)
        return co() < co()
      end)
      return t`;
    assert.deepEqual(await newVm().eval(code, null, { start: "lane" }), [1, 2, 3]);
  });

  test("a computation finishes with an exact result, inline and on a lane", async () => {
    const code =
      "local n = 0 local t = {} for i = 1, 30 do t[i] = 31 - i end table.sort(t, function(a, b) for i = 1, 1e5 do n = n + 1 end return a < b end) return { t[1], t[30], n % 1e5 }";
    for (const start of ["inline", "lane"] as const) {
      assert.deepEqual(await newVm().eval(code, null, { start }), [1, 30, 0]);
    }
  });
});

describe("files", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "luaskills-files-"));
  after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, code: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, code);
    return file;
  };
  const busy = "for i = 1, 5e7 do end ";

  test("dofile of a file that waits and computes", async () => {
    const file = write("waits.lua", `${busy} local v = wait('from file') ${busy} return v, ...`);
    for (const start of ["inline", "lane"] as const) {
      assert.equal(await newVm().eval("return dofile(args)", file, { start }), "from file");
      assert.equal(
        await newVm().eval("return coroutine.wrap(function() return dofile(args) end)()", file, { start }),
        "from file",
      );
    }
  });

  test("require of a module that waits, computes and requires another one", async () => {
    write("inner_module.lua", `wait() ${busy} return { name = ... }`);
    write(
      "outer_module.lua",
      `local inner = require("inner_module") wait() return { inner = inner.name, own = ... }`,
    );
    const code = `
      package.path = args .. "/?.lua"
      local first, second = require("outer_module"), require("outer_module")
      return { first.inner, first.own, first == second }`;
    for (const start of ["inline", "lane"] as const) {
      assert.deepEqual(await newVm().eval(code, folder, { start }), ["inner_module", "outer_module", true]);
    }
  });

  test("a module that fails after a wait is an error of its require", async () => {
    write("failing_module.lua", "wait() error('broken module', 0)");
    const code = "package.path = args .. '/?.lua' return { pcall(require, 'failing_module') }";
    assert.deepEqual(await newVm().eval(code, folder), [false, "broken module"]);
  });

  test("loadfile gives a function that waits", async () => {
    const file = write("chunk.lua", "return wait(...)");
    assert.equal(await newVm().eval("return assert(loadfile(args))('argument')", file), "argument");
  });
});

test("a synchronous call cannot wait anywhere, and the error says so", () => {
  const vm = newVm();
  const message = "wait: returned a promise, and a synchronous call cannot wait for it";
  assert.throws(() => vm.evalSync("wait()"), { code: "LUA_RUNTIME", message });
  assert.deepEqual(vm.evalSync("return { pcall(wait) }"), [false, message]);
  assert.deepEqual(vm.evalSync("return { coroutine.resume(coroutine.create(wait)) }"), [false, message]);
});
