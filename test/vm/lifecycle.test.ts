import assert from "node:assert/strict";
import { test } from "node:test";
import { type Json, LuaVm } from "luaskills/vm";
import { expectOutput } from "./fixture-process.js";

const never = () => new Promise<never>(() => {});

test("an idle VM closes at once, and closing again does nothing", () => {
  const vm = new LuaVm();
  assert.ok(vm.memoryUsed > 0);
  assert.equal(vm.closed, false);
  vm.close();
  assert.equal(vm.closed, true);
  assert.equal(vm.memoryUsed, 0);
  vm.close();
  vm[Symbol.dispose]();
  assert.equal(vm.closed, true);
});

test("a VM is a disposable: `using` closes it", () => {
  let kept: LuaVm;
  {
    using vm = new LuaVm();
    kept = vm;
    assert.equal(vm.closed, false);
  }
  assert.equal(kept.closed, true);
});

test("closing a VM whose call waits for a promise ends the call", async () => {
  const vm = new LuaVm();
  vm.register("never", never);
  const run = vm.eval("return never()");
  vm.close();
  assert.equal(vm.closed, true);
  await assert.rejects(run, {
    name: "LuaError",
    code: "LUA_CLOSED",
    message: "the VM was closed during the call",
  });
  assert.equal(vm.busy, false);
  assert.equal(vm.memoryUsed, 0);
});

test("a promise that settles after its VM was closed is ignored", async () => {
  const vm = new LuaVm();
  let settle!: (value: number) => void;
  vm.register(
    "wait",
    () =>
      new Promise(resolve => {
        settle = resolve;
      }),
  );
  const run = vm.eval("return wait()");
  vm.close();
  settle(1);
  await assert.rejects(run, { code: "LUA_CLOSED" });
});

test("closing a VM whose call computes on a lane ends the call", async () => {
  const vm = new LuaVm();
  const run = vm.eval("while true do end", null, { start: "lane" });
  vm.close();
  assert.equal(vm.closed, true);
  await assert.rejects(run, { code: "LUA_CLOSED" });
  assert.equal(vm.memoryUsed, 0);
});

test("closing a VM whose call is blocked on a lane below a C function ends the call", async () => {
  const vm = new LuaVm();
  const entered = new Promise<void>(resolve => {
    vm.register("never", () => {
      resolve();
      return never();
    });
  });
  const run = vm.eval("table.sort({ 2, 1 }, function() never() end)", null, { start: "lane" });
  await entered;
  vm.close();
  await assert.rejects(run, { code: "LUA_CLOSED" });
});

test("closing a VM from its own host function ends the synchronous call around it", () => {
  const vm = new LuaVm();
  vm.register("shut", () => vm.close());
  assert.throws(() => vm.evalSync("shut() return 1"), { code: "LUA_CLOSED" });
  assert.equal(vm.closed, true);
  assert.equal(vm.memoryUsed, 0);
});

test("closing a VM from its own host function cannot be caught in Lua", async () => {
  for (const start of ["inline", "lane"] as const) {
    const vm = new LuaVm();
    vm.register("shut", () => vm.close());
    await assert.rejects(vm.eval("while true do pcall(shut) end", null, { start }), { code: "LUA_CLOSED" });
    assert.equal(vm.memoryUsed, 0);
  }
});

test("closing a VM from the instruction hook's listener ends the call", async () => {
  const vm = new LuaVm();
  const instructionHook = { every: 100, onTick: () => vm.close() };
  assert.throws(() => vm.evalSync("while true do end", null, { instructionHook }), { code: "LUA_CLOSED" });
  const other = new LuaVm();
  const onTick = () => other.close();
  await assert.rejects(
    other.eval("while true do end", null, { start: "lane", instructionHook: { every: 100, onTick } }),
    {
      code: "LUA_CLOSED",
    },
  );
});

test("closing a VM while its arguments are converted ends the call", async () => {
  const closing = (vm: LuaVm): Json => {
    const value = {
      toJSON() {
        vm.close();
        return 1;
      },
    };
    return value as unknown as Json;
  };
  for (const run of [
    (vm: LuaVm) => vm.evalSync("return 1", closing(vm)),
    (vm: LuaVm) => vm.eval("return 1", closing(vm)),
    (vm: LuaVm) => vm.eval("return 1", closing(vm), { start: "lane" }),
    (vm: LuaVm) => vm.setGlobal("x", closing(vm)),
  ]) {
    const vm = new LuaVm();
    await assert.rejects(async () => run(vm), { code: "LUA_CLOSED" });
    assert.equal(vm.memoryUsed, 0);
  }
});

test("finalizers written in Lua do not run at close", () => {
  const vm = new LuaVm();
  let ran = 0;
  vm.register("ran", () => ran++);
  vm.evalSync("kept = newproxy(true) getmetatable(kept).__gc = function() ran() end");
  vm.evalSync("cdata = require('ffi').gc(require('ffi').new('int[1]'), function() ran() end)");
  vm.close();
  assert.equal(ran, 0);
});

test("a finalizer in C that would call Lua does not hold the close", () => {
  for (const finalizer of ["pcall", "coroutine.wrap", "string.gsub", "next", "tostring", "select"]) {
    const vm = new LuaVm();
    vm.evalSync(
      `kept = newproxy(true)
       local meta = getmetatable(kept)
       meta.__gc = ${finalizer}
       meta.__call = function() while true do end end
       meta.__tostring = meta.__call`,
    );
    vm.close();
    assert.equal(vm.closed, true);
  }
});

test("a callable struct as finalizer does not hold the close", () => {
  const vm = new LuaVm();
  vm.evalSync(`
    local ffi = require("ffi")
    local callable = ffi.metatype("struct { int x; }", { __call = function() while true do end end })()
    kept = ffi.gc(ffi.new("int[1]"), callable)`);
  vm.close();
  assert.equal(vm.closed, true);
});

test("a finalizer that is a C function runs at close", () => {
  const vm = new LuaVm();
  vm.evalSync(`
    local ffi = require("ffi")
    ffi.cdef("void *malloc(size_t size); void free(void *block);")
    blocks = {}
    for i = 1, 100 do blocks[i] = ffi.gc(ffi.C.malloc(1000), ffi.C.free) end`);
  vm.close();
  assert.equal(vm.closed, true);
});

test("VMs that nobody holds are collected; a waiting call and a function handle hold theirs", () =>
  expectOutput(["collected.mjs"], "freed true memory true\nstill here\n2 3 42\n", ["--expose-gc"]));
