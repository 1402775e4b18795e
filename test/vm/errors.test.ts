import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Json, LuaError, type LuaFunction, LuaVm, type RunOptions } from "luaskills/vm";

function errorOf(run: () => unknown): LuaError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof LuaError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

const raised = (code: string, chunkName?: string): LuaError =>
  errorOf(() => new LuaVm().evalSync(code, null, chunkName === undefined ? {} : { chunkName }));

describe("where an error came from", () => {
  const code =
    "local function inner()\n  error('broken')\nend\nlocal function outer()\n  inner()\nend\nouter()";

  test("is its chunk, its line and a traceback of Lua frames", () => {
    const error = raised(code, "tool.lua");
    assert.equal(error.name, "LuaError");
    assert.equal(error.code, "LUA_RUNTIME");
    assert.equal(error.message, "tool.lua:2: broken");
    assert.equal(error.chunk, "tool.lua");
    assert.equal(error.line, 2);
    assert.equal(
      error.traceback,
      "stack traceback:\n\ttool.lua:2: in function 'inner'\n\ttool.lua:5: in function 'outer'\n\ttool.lua:7: in main chunk",
    );
  });

  test("is the same inline, on a lane and after a wait", async () => {
    const expected = raised(code);
    const vm = new LuaVm();
    vm.register("wait", async () => {});
    for (const [prelude, options] of [
      ["", { start: "inline" }],
      ["", { start: "lane" }],
      ["wait() ", { start: "inline" }],
    ] satisfies [string, RunOptions][]) {
      await assert.rejects(vm.eval(prelude + code, null, options), {
        message: expected.message,
        line: 2,
        chunk: "eval",
        traceback: expected.traceback,
      });
    }
  });

  test("is the caller's line for errors of C functions, and no C frame is shown", () => {
    const error = raised("local s\ns = string.rep(s, 3)");
    assert.equal(error.message, "eval:2: bad argument #1 to 'rep' (string expected, got nil)");
    assert.equal(error.line, 2);
    assert.doesNotMatch(String(error.traceback), /\[C\]|builtin/);
  });

  test("is known for messages without a position", () => {
    const error = raised("\n\nerror('plain', 0)");
    assert.deepEqual([error.message, error.chunk, error.line], ["plain", "eval", 3]);
  });

  test("names no file of the host and no frame of the runtime", () => {
    const codes = [
      "error('x')",
      "coroutine.wrap(function() error('x') end)()",
      "require('no_such_module')",
      "dofile('no-such-file.lua')",
      "load('x =')() ",
      "host()",
      "table.sort({ 3, 2, 1 }, function() error('x') end)",
      "('x'):gsub('x', function() error('x') end)",
      "coroutine.yield()",
      "os.exit()",
    ];
    const vm = new LuaVm();
    vm.register("host", () => {
      throw new Error("x");
    });
    for (const code of codes) {
      const error = errorOf(() => vm.evalSync(code));
      const text = `${error.message}\n${error.traceback}`;
      assert.doesNotMatch(
        text,
        /\[C\]|\[luaskills\]|\[builtin|node_modules|\.cc\b|\.mjs|0x[0-9a-f]{6}/,
        code,
      );
      assert.ok(!text.includes(process.cwd()), code);
    }
  });

  test("of a stack overflow is shortened", () => {
    const error = raised("local function f() return f() + 1 end f()");
    assert.equal(error.message, "eval:1: stack overflow");
    assert.ok(String(error.traceback).split("\n").length < 40);
  });

  test("of a load()ed chunk is that chunk's", () => {
    const error = raised("load('\\n\\nerror(\"inside\")', '@inner.lua')()");
    assert.deepEqual([error.message, error.chunk, error.line], ["inner.lua:3: inside", "inner.lua", 3]);
  });
});

describe("error values that are no strings", () => {
  const values: [string, string, Json | undefined][] = [
    ["{ code = 5, items = { 1 } }", "error raised with a table value", { code: 5, items: [1] }],
    ["true", "error raised with a boolean value", true],
    ["nil", "error raised with nil", null],
    ["print", "error raised with a function value", undefined],
    ["newproxy()", "error raised with a userdata value", undefined],
    ["{ f = print }", "error raised with a table value", undefined],
    ["setmetatable({ 1 }, { __tostring = function(t) return 'shown ' .. t[1] end })", "shown 1", [1]],
    [
      "setmetatable({}, { __tostring = function() error('no') end })",
      "an error whose description failed",
      [],
    ],
    ["setmetatable({}, { __tostring = function() return 5 end })", "error raised with a table value", []],
  ];
  for (const [value, message, crossed] of values) {
    test(`${value} keeps its value where it can cross`, async () => {
      const code = `error(${value})`;
      const error = raised(code);
      assert.equal(error.message, message);
      assert.deepEqual(error.value, crossed);
      assert.equal("value" in error, crossed !== undefined);
      for (const start of ["inline", "lane"] as const) {
        await assert.rejects(new LuaVm().eval(code, null, { start }), (other: LuaError) => {
          assert.deepEqual([other.message, other.value], [message, crossed]);
          return true;
        });
      }
    });
  }

  test("an error string has no value, whatever its bytes", () => {
    const error = raised("error('\\0\\255', 0)");
    assert.equal(error.message, "\0\ufffd");
    assert.equal("value" in error, false);
  });

  test("a __tostring may call host functions, and cannot hang a call with a deadline", async () => {
    const vm = new LuaVm();
    vm.register("host", () => "from the host");
    const calling = "error(setmetatable({}, { __tostring = function() return host() end }))";
    assert.throws(() => vm.evalSync(calling), { message: "from the host" });
    await assert.rejects(vm.eval(calling, null, { start: "lane" }), { message: "from the host" });
    const hanging = "error(setmetatable({}, { __tostring = function() while true do end end }))";
    assert.throws(() => vm.evalSync(hanging, null, { timeoutMs: 10 }), { code: "LUA_TIMEOUT" });
    await assert.rejects(new LuaVm().eval(hanging, null, { timeoutMs: 10 }), { code: "LUA_TIMEOUT" });
  });

  test("an error in an error handler ends", () => {
    assert.deepEqual(new LuaVm().evalSync("return { xpcall(error, function() error('again') end, 'x') }"), [
      false,
      "error in error handling",
    ]);
  });
});

test("a LuaError is an Error with a stack of the caller, and only known members", () => {
  const error = raised("error('x')");
  assert.ok(error instanceof Error);
  assert.match(String(error.stack), /errors\.test/);
  assert.deepEqual(Object.keys(error).sort(), ["chunk", "code", "line", "name", "traceback"]);
  const timeout = errorOf(() => new LuaVm().evalSync("while true do end", null, { timeoutMs: 5 }));
  assert.equal("value" in timeout, false);
});

test("an error leaves the VM usable and the stack empty, a hundred thousand times", () => {
  const vm = new LuaVm();
  const f = vm.loadSync("return function() error('x') end");
  for (let i = 0; i < 20_000; i++) {
    assert.throws(() => f.callSync());
    assert.throws(() => vm.getFunction("missing"));
  }
  assert.equal(vm.broken, false);
  vm.evalSync("collectgarbage()");
  assert.ok(vm.memoryUsed < 1 << 20, `${vm.memoryUsed} bytes`);
});

/** Every synchronous use of a VM itself that runs without options of its own. */
const usesOf = (vm: LuaVm): (() => unknown)[] => [
  () => vm.evalSync("return 1"),
  () => vm.loadSync("return print"),
  () => vm.check("x = 1"),
  () => vm.getFunction("print"),
  () => vm.register("f", () => 1),
  () => vm.setGlobal("x", 1),
  () => vm.getGlobal("x"),
  () => vm.openJson("json"),
];

test("every use of a closed VM is LUA_CLOSED", async () => {
  const vm = new LuaVm();
  const f = vm.loadSync("return function() return 1 end");
  vm.close();
  const closed = { name: "LuaError", code: "LUA_CLOSED", message: /the VM is closed/ };
  const uses: (() => unknown)[] = [
    ...usesOf(vm),
    () => vm.setJit(true),
    () => f.callSync(),
    () => f.callAllSync(),
  ];
  for (const use of uses) assert.throws(use, closed, use.toString());
  const later: (() => Promise<unknown>)[] = [
    () => vm.eval("return 1"),
    () => vm.evalAll("return 1"),
    () => vm.load("return print"),
    () => f.call(),
    () => f.callAll(),
    () => f.with({ start: "lane" }).call(),
  ];
  for (const use of later) await assert.rejects(use, closed, use.toString());
  f.release();
  assert.deepEqual([vm.memoryUsed, vm.busy, vm.closed, vm.jit], [0, false, true, true]);
});

test("every synchronous use of a busy VM is LUA_BUSY, and leaves the call in progress alone", async () => {
  const vm = new LuaVm();
  const f = vm.loadSync("return function() return 1 end");
  vm.register("wait", () => new Promise(resolve => setTimeout(resolve, 5, "waited")));
  const run = vm.eval("return wait()");
  const busy = { name: "LuaError", code: "LUA_BUSY", message: /the VM is busy with another call/ };
  const uses: (() => unknown)[] = [
    ...usesOf(vm),
    () => vm.setJit(false),
    () => f.callSync(),
    () => f.with({ jit: false }).callAllSync(),
  ];
  for (const use of uses) assert.throws(use, busy, use.toString());
  assert.equal(await run, "waited");
  assert.equal(f.callSync(), 1);
  assert.equal(vm.jit, true);
});

describe("wrong arguments are refused with the name of the method and the argument", () => {
  const vm = new LuaVm();
  const f: LuaFunction = vm.loadSync("return function() return 1 end");
  const bad = (value: unknown): never => value as never;

  const sync: [string, () => unknown, string, string][] = [
    [
      "options of a VM: null",
      () => new LuaVm(bad(null)),
      "TypeError",
      "LuaVm: options must be an object, got null",
    ],
    [
      "options of a VM: a string",
      () => new LuaVm(bad("x")),
      "TypeError",
      "LuaVm: options must be an object, got string",
    ],
    [
      "memoryLimit: a string",
      () => new LuaVm({ memoryLimit: bad("1") }),
      "TypeError",
      "LuaVm: memoryLimit must be a number, got string",
    ],
    [
      "memoryLimit: negative",
      () => new LuaVm({ memoryLimit: -1 }),
      "RangeError",
      "LuaVm: memoryLimit must be an integer of at least 0, got -1",
    ],
    [
      "memoryLimit: too small",
      () => new LuaVm({ memoryLimit: 1000 }),
      "RangeError",
      "LuaVm: memoryLimit must be 0 or at least 262144 bytes, got 1000",
    ],
    [
      "libs",
      () => new LuaVm({ libs: bad("some") }),
      "RangeError",
      'LuaVm: libs must be "all" or "safe", got "some"',
    ],
    [
      "jit of a VM",
      () => new LuaVm({ jit: bad(1) }),
      "TypeError",
      "LuaVm: jit must be a boolean, got number",
    ],
    [
      "inlineBudgetUs",
      () => new LuaVm({ inlineBudgetUs: 0 }),
      "RangeError",
      "LuaVm: inlineBudgetUs must be an integer of at least 1, got 0",
    ],
    ["code", () => vm.evalSync(bad(5)), "TypeError", "LuaVm.evalSync: code must be a string, got number"],
    [
      "code of loadSync",
      () => vm.loadSync(bad(undefined)),
      "TypeError",
      "LuaVm.loadSync: code must be a string, got undefined",
    ],
    [
      "code of check",
      () => vm.check(bad(null)),
      "TypeError",
      "LuaVm.check: code must be a string, got object",
    ],
    [
      "chunkName",
      () => vm.evalSync("", null, { chunkName: bad(1) }),
      "TypeError",
      "LuaVm.evalSync: chunkName must be a string, got number",
    ],
    [
      "environment",
      () => vm.loadSync("", { environment: bad(1) }),
      "TypeError",
      "LuaVm.loadSync: environment must be a string, got number",
    ],
    [
      "options",
      () => vm.evalSync("", null, bad(5)),
      "TypeError",
      "LuaVm.evalSync: options must be an object, got number",
    ],
    [
      "timeoutMs: zero",
      () => vm.evalSync("", null, { timeoutMs: 0 }),
      "RangeError",
      "LuaVm.evalSync: timeoutMs must be greater than 0, got 0",
    ],
    [
      "timeoutMs: NaN",
      () => vm.evalSync("", null, { timeoutMs: Number.NaN }),
      "TypeError",
      "LuaVm.evalSync: timeoutMs must be a number, got NaN",
    ],
    [
      "signal",
      () => vm.evalSync("", null, { signal: bad({}) }),
      "TypeError",
      "LuaVm.evalSync: signal must be an AbortSignal, got object",
    ],
    [
      "jit",
      () => vm.evalSync("", null, { jit: bad("on") }),
      "TypeError",
      "LuaVm.evalSync: jit must be a boolean, got string",
    ],
    [
      "instructionLimit",
      () => vm.evalSync("", null, { instructionLimit: 1.5 }),
      "RangeError",
      "LuaVm.evalSync: instructionLimit must be a positive integer, got 1.5",
    ],
    [
      "instructionHook",
      () => vm.evalSync("", null, { instructionHook: bad(5) }),
      "TypeError",
      "LuaVm.evalSync: instructionHook must be an object with every and onTick",
    ],
    [
      "instructionHook.every",
      () => vm.evalSync("", null, { instructionHook: { every: 0, onTick: () => {} } }),
      "RangeError",
      "LuaVm.evalSync: instructionHook.every must be a positive integer, got 0",
    ],
    [
      "instructionHook.onTick",
      () => vm.evalSync("", null, { instructionHook: { every: 1, onTick: bad(5) } }),
      "TypeError",
      "LuaVm.evalSync: instructionHook.onTick must be a function, got number",
    ],
    [
      "start",
      () => vm.evalSync("", null, { start: bad("later") }),
      "RangeError",
      'LuaVm.evalSync: start must be "inline", "lane" or "auto", got "later"',
    ],
    [
      "with",
      () => f.with({ timeoutMs: -1 }),
      "RangeError",
      "LuaFunction.with: timeoutMs must be greater than 0, got -1",
    ],
    [
      "path of getFunction",
      () => vm.getFunction(bad(1)),
      "TypeError",
      "LuaVm.getFunction: path must be a string, got number",
    ],
    [
      "empty path",
      () => vm.getFunction(""),
      "TypeError",
      'LuaVm.getFunction: path must be names joined by dots, got ""',
    ],
    [
      "path with an empty name",
      () => vm.setGlobal("a..b", 1),
      "TypeError",
      'LuaVm.setGlobal: path must be names joined by dots, got "a..b"',
    ],
    [
      "path of getGlobal",
      () => vm.getGlobal("a."),
      "TypeError",
      'LuaVm.getGlobal: path must be names joined by dots, got "a."',
    ],
    [
      "path of register",
      () => vm.register(".a", () => 1),
      "TypeError",
      'LuaVm.register: path must be names joined by dots, got ".a"',
    ],
    [
      "function of register",
      () => vm.register("a", bad("f")),
      "TypeError",
      "LuaVm.register: fn must be a function, got string",
    ],
    [
      "path of openJson",
      () => vm.openJson(bad({})),
      "TypeError",
      "LuaVm.openJson: path must be a string, got object",
    ],
    ["setJit", () => vm.setJit(bad("on")), "TypeError", "LuaVm.setJit: on must be a boolean, got string"],
  ];
  for (const [what, use, name, message] of sync) test(what, () => assert.throws(use, { name, message }));

  const later: [string, () => Promise<unknown>, string, string][] = [
    ["code of eval", () => vm.eval(bad({})), "TypeError", "LuaVm.eval: code must be a string, got object"],
    [
      "code of evalAll",
      () => vm.evalAll(bad(1)),
      "TypeError",
      "LuaVm.evalAll: code must be a string, got number",
    ],
    [
      "options of load",
      () => vm.load("", { timeoutMs: bad("1") }),
      "TypeError",
      "LuaVm.load: timeoutMs must be a number, got string",
    ],
  ];
  for (const [what, use, name, message] of later) {
    test(`${what} rejects the promise`, () => assert.rejects(use(), { name, message }));
  }

  test("and the VM is as before", () => assert.equal(f.callSync(), 1));
});

test("methods taken off their VM are errors, not crashes", () => {
  const vm = new LuaVm();
  const { evalSync, close } = vm;
  assert.throws(() => evalSync("return 1"), TypeError);
  assert.throws(() => close(), TypeError);
  assert.throws(() => LuaVm.prototype.evalSync.call({} as LuaVm, "return 1"), TypeError);
  assert.throws(() => Reflect.get(LuaVm.prototype, "memoryUsed", {}), TypeError);
});
