import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LuaVm } from "luaskills/vm";

/** Runs `work` while a timer ticks on this thread; a call that held the thread would leave no tick. */
async function ticksDuring(work: () => Promise<unknown>): Promise<{ result: unknown; ticks: number }> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  try {
    return { result: await work(), ticks };
  } finally {
    clearInterval(timer);
  }
}

/** Each computes long enough to overrun the inline budget many times over, with an exact result known beforehand. */
const programs: Record<string, { code: string; result: unknown }> = {
  "a compiled loop": {
    code: "local s = 0 for i = 1, 2e8 do s = (s + i) % 1000003 end return s",
    result: loop(2e8, 1000003),
  },
  "an interpreted loop": {
    code: "jit.off() local s = 0 for i = 1, 1e7 do s = s + i end return s",
    result: 50000005000000,
  },
  "nested pcall frames": {
    code: `
      local function deep(n)
        if n == 0 then local s = 0 for i = 1, 5e7 do s = s + 1 end return s end
        local ok, value = pcall(deep, n - 1)
        assert(ok, value)
        return value + 1
      end
      return deep(50)`,
    result: 50000050,
  },
  "an xpcall frame whose handler runs afterwards": {
    code: `
      local ok, message = xpcall(function()
        for i = 1, 1e8 do end
        error("after the work", 0)
      end, function(message) return "handled: " .. message end)
      return { ok, message }`,
    result: [false, "handled: after the work"],
  },
  "user coroutines by resume": {
    code: `
      local co = coroutine.create(function(step)
        local total = 0
        while true do
          for i = 1, 1e6 do total = total + step end
          step = coroutine.yield(total)
        end
      end)
      local last
      for i = 1, 100 do
        local ok, total = coroutine.resume(co, i)
        assert(ok, total)
        last = total
      end
      return { last, coroutine.status(co) }`,
    result: [5050e6, "suspended"],
  },
  "user coroutines by wrap, as an iterator": {
    code: `
      local function values(n)
        return coroutine.wrap(function()
          for i = 1, n do
            for j = 1, 1e6 do end
            coroutine.yield(i)
          end
        end)
      end
      local s = 0
      for value in values(150) do s = s + value end
      return s`,
    result: 11325,
  },
  "coroutines within coroutines": {
    code: `
      local function nest(depth)
        if depth == 0 then local s = 0 for i = 1, 1e8 do s = s + 1 end return s end
        return coroutine.wrap(function() return nest(depth - 1) + 1 end)()
      end
      return nest(20)`,
    result: 100000020,
  },
  metamethods: {
    code: `
      local mt = {}
      mt.__add = function(a, b) return setmetatable({ v = a.v + b.v }, mt) end
      mt.__index = function(t, k) return k end
      mt.__lt = function(a, b) for i = 1, 100 do end return a.v < b.v end
      local one, sum = setmetatable({ v = 1 }, mt), setmetatable({ v = 0 }, mt)
      for i = 1, 1e6 do sum = sum + one; assert(not (sum < one)); assert(sum[i] == i) end
      return sum.v`,
    result: 1000000,
  },
  "string building": {
    code: `
      local parts = {}
      for i = 1, 300000 do parts[i] = ("%d,"):format(i) end
      local text = table.concat(parts)
      local n = 0
      for number in text:gmatch("%d+") do n = n + tonumber(number) end
      return n`,
    result: 45000150000,
  },
  "64-bit arithmetic by the FFI": {
    code: `
      local ffi = require("ffi")
      local h = ffi.new("uint64_t", 14695981039346656037ULL)
      for i = 1, 5e7 do h = h * 1099511628211ULL + i end
      return tostring(h)`,
    result: fnv(50_000_000),
  },
};

function loop(n: number, modulus: number): number {
  let s = 0;
  for (let i = 1; i <= n; i++) s = (s + i) % modulus;
  return s;
}

function fnv(n: number): string {
  // The same recurrence on two 32-bit halves.
  const p0 = 0x1b3;
  let lo = 0x84222325;
  let hi = 0xcbf29ce4;
  for (let i = 1; i <= n; i++) {
    const a = lo & 0xffff;
    const b = lo >>> 16;
    const low = a * p0 + i;
    const middle = b * p0 + Math.floor(low / 0x10000);
    const nextLo = (((middle & 0xffff) << 16) | (low & 0xffff)) >>> 0;
    hi = (Math.imul(hi, p0) + Math.floor(middle / 0x10000) + Math.imul(lo, 0x100)) >>> 0;
    lo = nextLo;
  }
  return `${(BigInt(hi) << 32n) | BigInt(lo)}ULL`;
}

describe("a long computation started inline goes on elsewhere while timers fire, and its result is exact", () => {
  for (const [name, { code, result }] of Object.entries(programs)) {
    test(name, async () => {
      const vm = new LuaVm();
      const seen = await ticksDuring(() => vm.eval(code));
      assert.deepEqual(seen.result, result);
      assert.ok(seen.ticks > 0, `${seen.ticks} ticks`);
    });
  }

  test("with compiled code in flight: the traces made before are still there afterwards", async () => {
    const vm = new LuaVm();
    const code = `
      local util = require("jit.util")
      local function traces() local n = 0 for i = 1, 200 do if util.traceinfo(i) then n = n + 1 end end return n end
      local s = 0
      for i = 1, 3e8 do s = s + (i % 7) end
      return { s, jit.status(), traces() > 0 }`;
    const { result, ticks } = await ticksDuring(() => vm.eval(code));
    assert.deepEqual(result, [900000003, true, true]);
    assert.ok(ticks > 0);
  });
});

test("every piece of a call that is preempted thousands of times adds up", async () => {
  const vm = new LuaVm({ inlineBudgetUs: 1 });
  vm.register("hop", (n: number) => n);
  // Each host call brings the computation back to the JS thread, from where it is preempted again.
  const code = `
    local s = 0
    for i = 1, 1000 do
      for j = 1, 200000 do s = s + 1 end
      s = s + hop(1)
    end
    return s`;
  assert.equal(await vm.eval(code), 200001000);
});

test("many calls share the lanes and each gets its own exact result", async () => {
  const code = "local s = 0 for i = 1, args * 1e6 do s = s + 1 end return s";
  const { result, ticks } = await ticksDuring(() =>
    Promise.all(Array.from({ length: 40 }, (_, i) => new LuaVm().eval(code, i + 1))),
  );
  assert.deepEqual(
    result,
    Array.from({ length: 40 }, (_, i) => (i + 1) * 1e6),
  );
  assert.ok(ticks > 0);
});

test("a lane that computes without end does not starve the others", async () => {
  const controllers = Array.from({ length: 8 }, () => new AbortController());
  const endless = controllers.map(({ signal }) => new LuaVm().eval("while true do end", null, { signal }));
  const vm = new LuaVm();
  assert.equal(
    await vm.eval("local s = 0 for i = 1, 1e7 do s = s + 1 end return s", null, { start: "lane" }),
    1e7,
  );
  const ended = endless.map(run => assert.rejects(run, { code: "LUA_ABORTED" }));
  for (const controller of controllers) controller.abort();
  await Promise.all(ended);
});

test("a host function called from a lane runs on the JS thread and the call goes on with its result", async () => {
  const vm = new LuaVm();
  const seen: unknown[] = [];
  vm.register("report", (...values: unknown[]) => {
    seen.push(values);
    return { answer: values.length };
  });
  const code = "for i = 1, 5e7 do end return report(1, 'two', { 3 }, nil, true).answer";
  assert.equal(await vm.eval(code), 5);
  assert.deepEqual(seen, [[1, "two", [3], null, true]]);
});

test("a function that overran its budget below a C boundary starts on a lane from then on", async () => {
  const vm = new LuaVm();
  vm.evalSync(`
    function slowSort(n)
      local t = {}
      for i = 1, 50 do t[i] = (i * 7919) % 50 end
      table.sort(t, function(a, b) for i = 1, n do end return a < b end)
      return t[1]
    end`);
  const slowSort = vm.getFunction("slowSort");
  assert.equal(await slowSort.call(2e5), 0);
  // Started on a lane it cannot have finished before call() returned.
  let finished = false;
  const second = slowSort.call(1).then(() => {
    finished = true;
  });
  await Promise.resolve();
  assert.equal(finished, false);
  const { ticks } = await ticksDuring(() => slowSort.call(1e6));
  assert.ok(ticks > 0, "the thread was free during the third call");
  await second;
});

test("start: inline keeps a short call on this thread, start: lane never starts it here", async () => {
  const vm = new LuaVm();
  vm.evalSync("function id(x) return x end");
  const id = vm.getFunction("id");
  const order: string[] = [];
  const lane = id
    .with({ start: "lane" })
    .call(1)
    .then(() => order.push("lane"));
  const other = new LuaVm();
  const inline = other.eval("return 1", null, { start: "inline" }).then(() => order.push("inline"));
  await Promise.all([lane, inline]);
  assert.deepEqual(order, ["inline", "lane"]);
});

test("synchronous calls of another VM work while this one's call runs on a lane", async () => {
  const slow = new LuaVm();
  const quick = new LuaVm();
  const run = slow.eval("local s = 0 for i = 1, 2e8 do s = s + 1 end return s", null, { start: "lane" });
  for (let i = 0; i < 100; i++) assert.equal(quick.evalSync("return args + 1", i), i + 1);
  await sleep(1);
  assert.equal(slow.busy, true);
  assert.throws(() => slow.evalSync("return 1"), { code: "LUA_BUSY" });
  assert.equal(await run, 2e8);
});
