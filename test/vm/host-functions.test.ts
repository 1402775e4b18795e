import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaVm } from "luaskills/vm";

const starts = ["inline", "lane"] as const;

test("a registered function is a Lua function at its path, with tables made on the way", () => {
  const vm = new LuaVm();
  vm.register("app.text.upper", (text: string) => text.toUpperCase());
  assert.equal(vm.evalSync("return app.text.upper('abc')"), "ABC");
  assert.equal(vm.evalSync("return type(app.text.upper)"), "function");
});

test("it gets every argument, nil as null, and its return value is the one result", async () => {
  const vm = new LuaVm();
  const seen: unknown[][] = [];
  vm.register("f", (...args: unknown[]) => {
    seen.push(args);
    return [1, 2];
  });
  const code = "return { select('#', f()), f(nil, 'a', nil), f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }";
  for (const start of starts) assert.deepEqual(await vm.eval(code, null, { start }), [1, [1, 2], [1, 2]]);
  const expected = [[], [null, "a", null], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]];
  assert.deepEqual(seen, [...expected, ...expected]);
});

test("undefined and null come back as nil, one value", async () => {
  const vm = new LuaVm();
  vm.register("none", () => {});
  vm.register("nothing", () => null);
  vm.register("later", async () => {});
  for (const start of starts) {
    const counts = await vm.eval(
      "return { select('#', none()), select('#', nothing()), select('#', later()), later() == nil }",
      null,
      { start },
    );
    assert.deepEqual(counts, [1, 1, 1, true]);
  }
});

test("a thrown error is a Lua error with its message, for pcall and for the caller", async () => {
  const vm = new LuaVm();
  vm.register("fail", () => {
    throw new Error("disk full");
  });
  for (const start of starts) {
    assert.deepEqual(await vm.eval("return { pcall(fail) }", null, { start }), [false, "disk full"]);
    await assert.rejects(vm.eval("fail()", null, { start }), {
      name: "LuaError",
      code: "LUA_RUNTIME",
      message: "disk full",
    });
  }
});

test("anything may be thrown or rejected with", async () => {
  const vm = new LuaVm();
  const hostile = {
    get message(): string {
      throw new Error("no message for you");
    },
  };
  const thrown: [unknown, string][] = [
    ["text", "text"],
    [42, "42"],
    [null, "null"],
    [undefined, "undefined"],
    [{ message: "an object" }, "an object"],
    [Symbol("s"), "an error that cannot be shown"],
    [hostile, "an error that cannot be shown"],
    [Object.create(null), "an error that cannot be shown"],
  ];
  let current: unknown;
  vm.register("fail", () => {
    throw current;
  });
  vm.register("reject", () => Promise.reject(current));
  for (const [value, message] of thrown) {
    current = value;
    assert.deepEqual(vm.evalSync("return { pcall(fail) }"), [false, message]);
    for (const start of starts) {
      assert.deepEqual(await vm.eval("return { pcall(fail) }", null, { start }), [false, message]);
      assert.deepEqual(await vm.eval("return { pcall(reject) }", null, { start }), [false, message]);
    }
  }
});

test("a promise suspends the call, and its value is the result", async () => {
  const vm = new LuaVm();
  vm.register("later", (n: number) => new Promise(resolve => setTimeout(resolve, 1, n * 2)));
  for (const start of starts) {
    assert.equal(
      await vm.eval("local s = 0 for i = 1, 10 do s = s + later(i) end return s", null, { start }),
      110,
    );
  }
});

test("a promise that has settled already suspends as well", async () => {
  const vm = new LuaVm();
  vm.register("ready", () => Promise.resolve("value"));
  assert.equal(await vm.eval("return ready()"), "value");
  assert.equal(await vm.eval("local s = 0 for i = 1, 1000 do s = s + #ready() end return s"), 5000);
});

test("registering again replaces the function, and earlier references keep the earlier one", () => {
  const vm = new LuaVm();
  vm.register("f", () => "first");
  vm.evalSync("kept = f");
  vm.register("f", () => "second");
  assert.deepEqual(vm.evalSync("return { f(), kept() }"), ["second", "first"]);
});

test("a path below something that is no table is refused", () => {
  const vm = new LuaVm();
  vm.setGlobal("n", 1);
  assert.throws(() => vm.register("n.f", () => 1), {
    code: "LUA_CONVERT",
    message: "register: n is a number, not a table",
  });
  assert.equal(vm.evalSync("return n"), 1);
});

test("a host function may be passed around, stored and wrapped in a coroutine", async () => {
  const vm = new LuaVm();
  vm.register("double", (n: number) => n * 2);
  vm.register("later", async (n: number) => n + 1);
  assert.deepEqual(
    await vm.eval(
      "local t = { f = double } return { t.f(2), coroutine.wrap(double)(4), coroutine.wrap(later)(5), select(2, pcall(later, 7)) }",
    ),
    [4, 8, 6, 8],
  );
});

test("the VM's own calls are refused inside its host functions, other VMs are free", () => {
  const vm = new LuaVm();
  const other = new LuaVm();
  const codes: Record<string, unknown> = {};
  const attempt = (name: string, run: () => unknown) => {
    try {
      run();
      codes[name] = "done";
    } catch (error) {
      codes[name] = (error as { code?: string }).code;
    }
  };
  vm.register("probe", () => {
    attempt("evalSync", () => vm.evalSync("return 1"));
    attempt("loadSync", () => vm.loadSync("return print"));
    attempt("check", () => vm.check("x = 1"));
    attempt("getFunction", () => vm.getFunction("print"));
    attempt("register", () => vm.register("late", () => 1));
    attempt("setGlobal", () => vm.setGlobal("x", 1));
    attempt("getGlobal", () => vm.getGlobal("x"));
    attempt("openJson", () => vm.openJson("json"));
    attempt("setJit", () => vm.setJit(false));
    attempt("memoryUsed", () => vm.memoryUsed > 0 && vm.busy && vm.jit && !vm.closed && !vm.broken);
    attempt("another VM", () => other.evalSync("return 1"));
  });
  vm.evalSync("probe()");
  const busy = "LUA_BUSY";
  assert.deepEqual(codes, {
    evalSync: busy,
    loadSync: busy,
    check: busy,
    getFunction: busy,
    register: busy,
    setGlobal: busy,
    getGlobal: busy,
    openJson: busy,
    setJit: busy,
    memoryUsed: "done",
    "another VM": "done",
  });
  assert.equal(vm.jit, true);
  assert.equal(vm.evalSync("return 1"), 1);
});

test("host functions run in finalizers during a call and are refused outside one", () => {
  const vm = new LuaVm();
  let calls = 0;
  vm.register("count", () => {
    calls++;
  });
  vm.evalSync("getmetatable(newproxy(true)).__gc = function() count() end collectgarbage() collectgarbage()");
  assert.equal(calls, 1);
});

test("debug.setupvalue on a host function's number crashes nothing, inline or on a lane", async () => {
  const vm = new LuaVm();
  vm.register("host", () => 1);
  const tamper = `
    for i = 1, 10 do
      local name, value = debug.getupvalue(host, i)
      if name == "call" then return debug.setupvalue(value, 1, args) ~= nil end
    end`;
  for (const number of [1, 123456, 4294967295, -1]) {
    assert.equal(vm.evalSync(tamper, number), true);
    for (const start of starts) {
      for (const code of ["host()", "table.sort({ 2, 1 }, function() host() end)"]) {
        await assert.rejects(vm.eval(code, null, { start }), {
          code: "LUA_RUNTIME",
          message: "there is no such host function",
        });
      }
    }
  }
});

test("a million calls of a host function leave no memory behind", () => {
  const vm = new LuaVm();
  vm.register("f", (n: number) => n);
  vm.register("g", (value: unknown) => value);
  vm.evalSync("for i = 1, 1e6 do f(i) end for i = 1, 1e4 do g({ i, 'text' }) end");
  vm.evalSync("collectgarbage()");
  assert.ok(vm.memoryUsed < 2 << 20, `${vm.memoryUsed} bytes`);
});

test("calls that block their lanes below a C function leave lanes for the work they wait for", async () => {
  const inner = async () => {
    const vm = new LuaVm();
    const result = await vm.eval("return 1", null, { start: "lane" });
    vm.close();
    return result;
  };
  const outer = async () => {
    const vm = new LuaVm();
    vm.register("inner", inner);
    const code = "return (string.gsub('abc', '%w', function() return inner() end))";
    const result = await vm.eval(code, null, { start: "lane", timeoutMs: 60_000 });
    vm.close();
    return result;
  };
  // More than there can be lanes, so that without more threads none is left.
  const results = await Promise.all(Array.from({ length: 24 }, outer));
  assert.deepEqual(results, Array(24).fill("111"));
});
