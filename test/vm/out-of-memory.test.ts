import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaVm, VmPool } from "luaskills/vm";

const MiB = 1024 * 1024;
const memoryLimit = 8 * MiB;
const repetitions = 60;

/** Each fills the memory by another kind of object; all but the first are compiled while they do. */
const programs: Record<string, string> = {
  "one string that doubles": "local s = 'x' while true do s = s .. s end",
  "many strings": "local t, i = {}, 0 while true do i = i + 1 t[i] = ('%d'):format(i) .. ('x'):rep(100) end",
  "a table's array": "local t, i = {}, 0 while true do i = i + 1 t[i] = i end",
  "a table's hash": "local t, i = {}, 0 while true do i = i + 1 t[i * 1.5] = true end",
  "many tables": "local head while true do head = { next = head } end",
  closures: "local t, i = {}, 0 while true do i = i + 1 local n = i t[i] = function() return n end end",
  "a compiled allocation loop":
    "local t = {} for i = 1, 1e9 do t[i] = { x = i, y = { i, i + 1 } } end return #t",
  coroutines:
    "local t, i = {}, 0 while true do i = i + 1 t[i] = coroutine.create(function() coroutine.yield() end) coroutine.resume(t[i]) end",
  cdata:
    "local ffi = require('ffi') local t, i = {}, 0 while true do i = i + 1 t[i] = ffi.new('char[4096]') end",
  "a deep stack":
    "local function f(n, ...) return f(n + 1, n, ...), 1 end local t = {} while true do local co = coroutine.create(f) coroutine.resume(co, 1) t[#t + 1] = co end",
};

for (const [kind, code] of Object.entries(programs)) {
  test(`out of memory by ${kind} is LUA_MEMORY, ${repetitions} times over, and the pool stays healthy`, async () => {
    await using pool = new VmPool(() => new LuaVm({ memoryLimit }), { maxSize: 2 });
    for (let i = 0; i < repetitions; i++) {
      const run = pool.use(vm =>
        i % 3 === 0
          ? vm.evalSync(code)
          : vm.eval(code, undefined, { start: i % 3 === 1 ? "inline" : "lane" }),
      );
      await assert.rejects(run, { name: "LuaError", code: "LUA_MEMORY" });
      assert.equal(await pool.use(vm => vm.eval("return 'healthy'")), "healthy");
    }
    assert.equal(pool.stats().leased, 0);
  });
}

test("memoryUsed never passes the limit, and most of the limit can hold live data", () => {
  using vm = new LuaVm({ memoryLimit: 16 * MiB });
  const used = vm.evalSync(`
    kept = {}
    for i = 1, 13 * 16 do
      kept[i] = ("x"):rep(65536 - 100) .. i
      for _ = 1, 20 do local garbage = ("y"):rep(1000) .. i end
    end
    return collectgarbage("count") * 1024
  `);
  assert.ok(typeof used === "number" && used > 13 * MiB, `13 MiB of live strings fit 16 MiB, got ${used}`);
  assert.ok(vm.memoryUsed <= 16 * MiB, `memoryUsed ${vm.memoryUsed} is within the limit`);
});

test("arguments and results that do not fit are LUA_MEMORY as well", async () => {
  const large = Array.from({ length: 200_000 }, (_, i) => ({ id: i, name: `record ${i}` }));
  for (let i = 0; i < 10; i++) {
    const vm = new LuaVm({ memoryLimit: 4 * MiB });
    assert.throws(() => vm.evalSync("return #args", large), { code: "LUA_MEMORY" });
    vm.close();
    const other = new LuaVm({ memoryLimit: 4 * MiB });
    assert.throws(() => other.setGlobal("large", large), { code: "LUA_MEMORY" });
    other.close();
  }
  using fresh = new LuaVm();
  assert.equal(fresh.evalSync("return #args", large), 200_000);
});

test("a program that catches its memory error can return a result", () => {
  using vm = new LuaVm({ memoryLimit });
  const result = vm.evalSync(`
    local ok, message = pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(1000) .. #t end end)
    return { ok = ok, message = message }
  `);
  assert.deepEqual(result, { ok: false, message: "not enough memory" });
});

test("a limit too small for a VM is refused, not a crash", () => {
  assert.throws(() => new LuaVm({ memoryLimit: 1024 }), {
    name: "RangeError",
    message: /memoryLimit must be/,
  });
  for (let limit = 256 * 1024; limit < 1024 * 1024; limit += 4096) {
    const vm = new LuaVm({ memoryLimit: limit });
    assert.throws(() => vm.evalSync("local s = 'x' while true do s = s .. s end"), { code: "LUA_MEMORY" });
    vm.close();
  }
});
