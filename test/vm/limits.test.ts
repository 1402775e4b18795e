import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LuaVm, type RunOptions } from "luaskills/vm";

const endless = "while true do end";
const fiveThousandFifty = "local sum = 0 for i = 1, 100 do sum = sum + i end return sum";
const starts = ["inline", "lane"] as const;

function ticksOf(code: string, every: number): number {
  using vm = new LuaVm();
  let ticks = 0;
  vm.evalSync(code, null, { instructionHook: { every, onTick: () => void ticks++ } });
  return ticks;
}

describe("timeoutMs", () => {
  test("ends a synchronous call, whose VM is broken from then on and still usable by its owner", () => {
    const vm = new LuaVm();
    assert.throws(() => vm.evalSync(endless, null, { timeoutMs: 5 }), {
      name: "LuaError",
      code: "LUA_TIMEOUT",
      message: "the call ran past its deadline",
    });
    assert.equal(vm.broken, true);
    assert.equal(vm.busy, false);
    assert.equal(vm.evalSync("return 1 + 1"), 2);
  });

  test("counts waiting", async () => {
    const vm = new LuaVm();
    vm.register("never", () => new Promise(() => {}));
    for (const start of starts) {
      await assert.rejects(vm.eval("pcall(never) return 1", null, { timeoutMs: 10, start }), {
        code: "LUA_TIMEOUT",
      });
    }
  });

  test("may be a fraction of a millisecond", () => {
    const vm = new LuaVm();
    assert.throws(() => vm.evalSync(endless, null, { timeoutMs: 0.01 }), { code: "LUA_TIMEOUT" });
  });

  test("Infinity is no deadline", async () => {
    const vm = new LuaVm();
    assert.equal(vm.evalSync(fiveThousandFifty, null, { timeoutMs: Number.POSITIVE_INFINITY }), 5050);
    assert.equal(await vm.eval(fiveThousandFifty, null, { timeoutMs: 2 ** 31 }), 5050);
  });

  test("of a function handle counts anew for each call", async () => {
    const vm = new LuaVm();
    vm.evalSync("function spin(n) while n < 0 do end return n end");
    const spin = vm.getFunction("spin").with({ timeoutMs: 10 });
    assert.throws(() => spin.callSync(-1), { code: "LUA_TIMEOUT" });
    assert.equal(spin.callSync(1), 1);
    await assert.rejects(spin.call(-1), { code: "LUA_TIMEOUT" });
    assert.equal(await spin.call(2), 2);
  });

  test("reaches a synchronous call on another VM made by a host function", () => {
    const outer = new LuaVm();
    const inner = new LuaVm();
    let innerCode = "";
    outer.register("nest", () => {
      try {
        inner.evalSync(endless);
      } catch (error) {
        innerCode = (error as { code: string }).code;
        throw error;
      }
    });
    assert.throws(() => outer.evalSync("pcall(nest) return 1", null, { timeoutMs: 10 }), {
      code: "LUA_TIMEOUT",
    });
    assert.equal(innerCode, "LUA_TIMEOUT");
  });

  test("does not reach a later call on the same VM", () => {
    const vm = new LuaVm();
    for (let i = 0; i < 200; i++) {
      assert.equal(vm.evalSync(fiveThousandFifty, null, { timeoutMs: 1_000 }), 5050);
    }
    assert.equal(vm.broken, false);
  });

  test("ends a conversion that takes longer", () => {
    const vm = new LuaVm();
    const code = "local t = {} for i = 1, 2e6 do t[i] = { i } end return t";
    assert.throws(() => vm.evalSync(code, null, { timeoutMs: 100 }), { code: "LUA_TIMEOUT" });
  });
});

describe("an endless finalizer", () => {
  const armed = (): LuaVm => {
    const vm = new LuaVm();
    vm.evalSync(`
      loop = function() while true do end end
      for i = 1, 5 do getmetatable(newproxy(true)).__gc = loop end
      function f() return 1 end`);
    return vm;
  };
  const rows = Array.from({ length: 1000 }, (_, id) => ({ id }));

  test("does not hang setting globals, whatever the collector does meanwhile", () => {
    const vm = armed();
    for (let i = 0; i < 100; i++) vm.setGlobal(`rows${i}`, rows);
    vm.close();
  });

  test("does not hang getting globals, functions and syntax checks", () => {
    const vm = armed();
    for (let i = 0; i < 20_000; i++) {
      assert.equal(vm.getGlobal(`missing${i}`), undefined);
      vm.check(`local t = {} return function() return t.x${i} end`);
      vm.getFunction("f").release();
    }
    vm.close();
  });

  test("does not hang registering functions", () => {
    const vm = armed();
    for (let i = 0; i < 20_000; i++) vm.register(`host${i}`, () => i);
    vm.close();
  });

  test("dies at the deadline of the call that collects it, arguments included", () => {
    const vm = armed();
    const f = vm.loadSync(
      "return function(rows) for i = 1, 1e4 do local garbage = { i } end return #rows end",
    );
    const codes = new Set<string>();
    for (let i = 0; i < 100; i++) {
      try {
        f.with({ timeoutMs: 20 }).callSync(rows);
        codes.add("done");
      } catch (error) {
        codes.add((error as { code: string }).code);
      }
    }
    assert.deepEqual([...codes].sort(), ["LUA_TIMEOUT", "done"]);
  });

  test("a global function replaced by a loop does not hang the making of an environment", () => {
    const vm = new LuaVm();
    vm.evalSync("setmetatable = function() while true do end end");
    const f = vm.loadSync("x = 1 return function() return x end", { environment: "own" });
    assert.equal(f.callSync(), 1);
    assert.equal(vm.getGlobal("x"), undefined);
  });
});

describe("signal", () => {
  test("ends a computation on a lane", async () => {
    const vm = new LuaVm();
    const controller = new AbortController();
    const run = vm.eval(endless, null, { start: "lane", signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await assert.rejects(run, { name: "LuaError", code: "LUA_ABORTED", message: "the call was aborted" });
  });

  test("ends a computation that was started inline", async () => {
    const vm = new LuaVm();
    const signal = AbortSignal.timeout(20);
    await assert.rejects(vm.eval("while true do pcall(error) end", null, { signal }), {
      code: "LUA_ABORTED",
    });
  });

  test("ends a wait", async () => {
    const vm = new LuaVm();
    vm.register("never", () => new Promise(() => {}));
    const controller = new AbortController();
    const run = vm.eval("never()", null, { signal: controller.signal });
    controller.abort();
    await assert.rejects(run, { code: "LUA_ABORTED" });
  });

  test("ends a lane that is blocked below a C function", async () => {
    const vm = new LuaVm();
    const controller = new AbortController();
    vm.register("never", () => {
      setTimeout(() => controller.abort(), 5);
      return new Promise(() => {});
    });
    const run = vm.eval("table.sort({ 2, 1 }, never)", null, { start: "lane", signal: controller.signal });
    await assert.rejects(run, { code: "LUA_ABORTED" });
  });

  test("aborted by a host function ends a synchronous call", () => {
    const vm = new LuaVm();
    const controller = new AbortController();
    vm.register("cancel", () => controller.abort());
    vm.evalSync("function go() cancel() reached = true end");
    const go = vm.getFunction("go").with({ signal: controller.signal });
    assert.throws(() => go.callSync(), { code: "LUA_ABORTED" });
    assert.equal(vm.getGlobal("reached"), undefined);
  });

  test("aborted after the call has ended does nothing", async () => {
    const vm = new LuaVm();
    const controller = new AbortController();
    assert.equal(await vm.eval("return 1", null, { signal: controller.signal }), 1);
    assert.equal(await vm.eval("return 2", null, { start: "lane", signal: controller.signal }), 2);
    const other = vm.eval("for i = 1, 1e7 do end return 3", null, { start: "lane" });
    controller.abort();
    assert.equal(await other, 3);
    assert.equal(vm.broken, false);
  });

  test("leaves no listener behind", async () => {
    const vm = new LuaVm();
    vm.register("wait", () => Promise.resolve());
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    }) as typeof add;
    signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    }) as typeof remove;
    await vm.eval("wait() return 1", null, { signal });
    await vm.eval("return 1", null, { signal });
    vm.evalSync("return 1", null, { signal });
    await assert.rejects(vm.eval("wait() error('no')", null, { signal }));
    await Promise.all([1, 2, 3].map(() => vm.eval("wait() return 1", null, { signal })));
    assert.equal(listeners, 0);
  });
});

describe("instructionLimit", () => {
  const steps = ticksOf(fiveThousandFifty, 1);

  test("lets exactly so many instructions run: one fewer is LUA_INSTRUCTIONS", () => {
    const vm = new LuaVm();
    assert.equal(vm.evalSync(fiveThousandFifty, null, { instructionLimit: steps }), 5050);
    assert.throws(() => vm.evalSync(fiveThousandFifty, null, { instructionLimit: steps - 1 }), {
      name: "LuaError",
      code: "LUA_INSTRUCTIONS",
      message: "the call exceeded its instruction limit",
    });
  });

  test("is as exact above its internal step of 10,000, inline, on a lane and after migrations", async () => {
    const code = "local sum = 0 for i = 1, 1e6 do sum = sum + i end return sum";
    const long = ticksOf(code, 1);
    assert.ok(long > 2e6, `${long} instructions`);
    const vm = new LuaVm();
    for (const options of [{ start: "inline" }, { start: "lane" }] satisfies RunOptions[]) {
      assert.equal(await vm.eval(code, null, { ...options, instructionLimit: long }), 500000500000);
      await assert.rejects(vm.eval(code, null, { ...options, instructionLimit: long - 1 }), {
        code: "LUA_INSTRUCTIONS",
      });
    }
  });

  test("stops at the same place every time", () => {
    const reached = [1, 2, 3].map(() => {
      const vm = new LuaVm();
      assert.throws(
        () => vm.evalSync("i = 0 while true do i = i + 1 end", null, { instructionLimit: 12_345 }),
        {
          code: "LUA_INSTRUCTIONS",
        },
      );
      return vm.getGlobal("i");
    });
    assert.equal(new Set(reached).size, 1);
    assert.ok(Number(reached[0]) > 1000);
  });

  test("cannot be outrun by pcall, coroutines, jit.on or finalizers", () => {
    for (const code of [
      "while true do pcall(function() while true do end end) end",
      "while true do coroutine.wrap(function() while true do end end)() end",
      "jit.on() jit.opt.start('hotloop=2') while true do end",
      "debug.sethook() while true do end",
      "getmetatable(newproxy(true)).__gc = function() while true do end end collectgarbage() while true do end",
    ]) {
      const vm = new LuaVm();
      assert.throws(
        () => vm.evalSync(code, null, { instructionLimit: 100_000, timeoutMs: 5_000 }),
        { code: "LUA_INSTRUCTIONS" },
        code,
      );
    }
  });

  test("excludes hooks of Lua code, whose instructions would go uncounted", () => {
    const vm = new LuaVm();
    assert.throws(
      () =>
        vm.evalSync("debug.sethook(function() while true do end end, 'l')", null, { instructionLimit: 1e5 }),
      { code: "LUA_RUNTIME", message: /debug\.sethook: not while instructions are counted/ },
    );
  });

  test("postpones finalizers to a later run", () => {
    const vm = new LuaVm();
    vm.evalSync("getmetatable(newproxy(true)).__gc = function() finalized = true end");
    vm.evalSync("collectgarbage() collectgarbage()", null, { instructionLimit: 1_000 });
    assert.equal(vm.getGlobal("finalized"), undefined);
    vm.evalSync("collectgarbage() collectgarbage()");
    assert.equal(vm.getGlobal("finalized"), true);
  });

  test("starts anew with each call and leaves no trace on the next", () => {
    const vm = new LuaVm();
    const f = vm.loadSync("return function(n) for i = 1, n do end return n end");
    const limited = f.with({ instructionLimit: 1_000 });
    for (let i = 0; i < 10; i++) assert.equal(limited.callSync(100), 100);
    assert.throws(() => limited.callSync(1_000), { code: "LUA_INSTRUCTIONS" });
    assert.equal(f.callSync(1e6), 1e6);
  });
});

describe("instructionHook", () => {
  const steps = ticksOf(fiveThousandFifty, 1);

  test("fires floor(n / every) times", () => {
    for (const every of [1, 2, 3, 7, 50, 100, steps - 1, steps, steps + 1]) {
      assert.equal(
        ticksOf(fiveThousandFifty, every),
        Math.floor(steps / every),
        `every ${every} of ${steps}`,
      );
    }
  });

  test("fires as often inline, on a lane, and below a C function", async () => {
    const code =
      "local n = 0 table.sort({ 3, 2, 1, 5, 4 }, function(a, b) n = n + 1 for i = 1, 1000 do end return a < b end) return n";
    const total = ticksOf(code, 1);
    for (const start of starts) {
      for (const every of [1000, 3333]) {
        const vm = new LuaVm();
        let ticks = 0;
        await vm.eval(code, null, { start, instructionHook: { every, onTick: () => void ticks++ } });
        assert.equal(ticks, Math.floor(total / every), `${start}, every ${every} of ${total}`);
      }
    }
  });

  test("ends the run with LUA_ABORTED when its listener says abort, and pcall cannot stop it", async () => {
    for (const start of starts) {
      const vm = new LuaVm();
      let ticks = 0;
      const onTick = () => (++ticks === 3 ? ("abort" as const) : undefined);
      const run = vm.eval("while true do pcall(function() while true do end end) end", null, {
        start,
        instructionHook: { every: 1000, onTick },
      });
      await assert.rejects(run, { code: "LUA_ABORTED" });
      assert.equal(ticks, 3);
    }
    const vm = new LuaVm();
    const instructionHook = { every: 10, onTick: () => "abort" as const };
    assert.throws(() => vm.evalSync(endless, null, { instructionHook }), { code: "LUA_ABORTED" });
  });

  test("passes on what its listener throws", async () => {
    const mine = new Error("from the listener");
    const onTick = () => {
      throw mine;
    };
    const vm = new LuaVm();
    assert.throws(() => vm.evalSync(endless, null, { instructionHook: { every: 10, onTick } }), mine);
    for (const start of starts) {
      await assert.rejects(vm.eval(endless, null, { start, instructionHook: { every: 10, onTick } }), mine);
    }
  });

  test("works together with instructionLimit", () => {
    const vm = new LuaVm();
    let ticks = 0;
    const instructionHook = { every: 100, onTick: () => void ticks++ };
    assert.throws(() => vm.evalSync(endless, null, { instructionLimit: 1_000, instructionHook }), {
      code: "LUA_INSTRUCTIONS",
    });
    assert.equal(ticks, 10);
  });

  test("may use another VM in its listener", () => {
    const vm = new LuaVm();
    const other = new LuaVm();
    const seen: unknown[] = [];
    const onTick = () => void seen.push(other.evalSync("return args * 2", seen.length));
    vm.evalSync("for i = 1, 100 do end", null, { instructionHook: { every: 20, onTick } });
    assert.deepEqual(
      seen,
      seen.map((_, i) => i * 2),
    );
    assert.ok(seen.length >= 5);
  });
});

describe("jit", () => {
  const status = "return (jit.status())";

  test("is on by default, and off for a VM made with jit: false", () => {
    assert.equal(new LuaVm().evalSync(status), true);
    assert.equal(new LuaVm().jit, true);
    const vm = new LuaVm({ jit: false });
    assert.equal(vm.jit, false);
    assert.equal(vm.evalSync(status), false);
    assert.equal(vm.evalSync(status, null, { jit: true }), true);
    assert.equal(vm.evalSync(status), false);
  });

  test("jit: false holds for its own run only", async () => {
    const vm = new LuaVm();
    assert.equal(vm.evalSync(status, null, { jit: false }), false);
    assert.equal(vm.evalSync(status), true);
    for (const start of starts) {
      assert.equal(await vm.eval(status, null, { jit: false, start }), false);
      assert.equal(await vm.eval(status, null, { start }), true);
    }
    const f = vm.loadSync("return function() return (jit.status()) end");
    assert.equal(f.with({ jit: false }).callSync(), false);
    assert.equal(f.callSync(), true);
  });

  test("setJit holds for all later runs", () => {
    const vm = new LuaVm();
    vm.setJit(false);
    assert.equal(vm.jit, false);
    assert.equal(vm.evalSync(status), false);
    assert.equal(vm.evalSync(status), false);
    vm.setJit(true);
    assert.equal(vm.jit, true);
    assert.equal(vm.evalSync(status), true);
  });

  test("jit: false drops code that was compiled before: no trace is left, none is made", () => {
    const vm = new LuaVm();
    vm.evalSync(`
      function traces() local util, n = require("jit.util"), 0 for i = 1, 100 do if util.traceinfo(i) then n = n + 1 end end return n end
      function work() local s = 0 for i = 1, 1e5 do s = s + i end return s end
      traces()`);
    const hot = vm.evalSync("work() return traces()");
    assert.ok(Number(hot) > 0);
    assert.equal(vm.evalSync("work() return traces()", null, { jit: false }), 0);
    assert.ok(Number(vm.evalSync("work() return traces()")) > 0);
  });

  test("jit.off() of Lua code ends with its call", () => {
    const vm = new LuaVm();
    assert.equal(vm.evalSync("jit.off() return (jit.status())"), false);
    assert.equal(vm.evalSync(status), true);
    assert.equal(vm.evalSync("jit.on() return (jit.status())", null, { jit: false }), true);
    vm.setJit(false);
    vm.evalSync("jit.on()");
    assert.equal(vm.evalSync(status), false);
  });

  test("instruction counting runs the interpreter", () => {
    const vm = new LuaVm();
    assert.equal(vm.evalSync(status, null, { instructionLimit: 1e6 }), false);
    assert.equal(vm.evalSync(status), true);
  });
});

describe("memoryLimit", () => {
  test("ends a run with LUA_MEMORY and marks the VM broken", async () => {
    for (const run of [
      (vm: LuaVm, code: string) => Promise.resolve().then(() => vm.evalSync(code)),
      (vm: LuaVm, code: string) => vm.eval(code, null, { start: "inline" }),
      (vm: LuaVm, code: string) => vm.eval(code, null, { start: "lane" }),
    ]) {
      const vm = new LuaVm({ memoryLimit: 4 << 20 });
      await assert.rejects(run(vm, "local t = {} for i = 1, 1e8 do t[i] = {} end"), {
        name: "LuaError",
        code: "LUA_MEMORY",
        message: "not enough memory",
      });
      assert.equal(vm.broken, true);
      assert.ok(vm.memoryUsed <= 4 << 20);
    }
  });

  test("is not reached by garbage, however much of it a run makes", () => {
    const vm = new LuaVm({ memoryLimit: 2 << 20 });
    assert.equal(vm.evalSync("for i = 1, 1e6 do local t = { i, i } end return 'done'"), "done");
    const big = "x".repeat(500_000);
    for (let i = 0; i < 50; i++) assert.equal(vm.evalSync("return #args", big), 500_000);
    for (let i = 0; i < 50; i++) assert.equal(vm.evalSync("return #args[1]", [big]), 500_000);
    assert.equal(vm.broken, false);
  });

  test("is reached by what a host function returns", () => {
    const vm = new LuaVm({ memoryLimit: 2 << 20 });
    vm.register("big", () => Array.from({ length: 500_000 }, (_, i) => i));
    assert.throws(() => vm.evalSync("return #big()"), { code: "LUA_MEMORY" });
  });
});

test("collectgarbage('stop') and debug.sethook end with the call", () => {
  const vm = new LuaVm();
  vm.evalSync("collectgarbage('stop') debug.sethook(function() end, 'crl', 1)");
  assert.equal(vm.evalSync("return debug.gethook()"), undefined);
  const before = vm.memoryUsed;
  for (let i = 0; i < 50; i++) vm.evalSync("for i = 1, 1e4 do local t = { { i } } end");
  assert.ok(vm.memoryUsed < before + (8 << 20), `${vm.memoryUsed} bytes after ${before}`);
});
