import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LuaVm, VmPool } from "luaskills/vm";

const never = () => new Promise<never>(() => {});

for (const start of ["inline", "lane"] as const) {
  test(`a signal aborted by the host function whose promise the call waits for ends the call, started ${start}`, async () => {
    const vm = new LuaVm();
    const controller = new AbortController();
    vm.register("cancel", () => {
      controller.abort();
      return never();
    });
    await assert.rejects(vm.eval("return cancel()", null, { start, signal: controller.signal }), {
      code: "LUA_ABORTED",
    });
    assert.equal(vm.busy, false);
  });

  test(`a signal aborted by a host function ends the call at its next instruction, started ${start}`, async () => {
    const vm = new LuaVm();
    const controller = new AbortController();
    vm.register("cancel", () => controller.abort());
    const run = vm.eval("pcall(cancel) reached = true return 1", null, { start, signal: controller.signal });
    await assert.rejects(run, { code: "LUA_ABORTED" });
    assert.equal(vm.getGlobal("reached"), undefined);
  });

  test(`closing the VM inside the host function whose promise the call waits for ends the call, started ${start}`, async () => {
    const vm = new LuaVm();
    vm.register("shut", () => {
      vm.close();
      return never();
    });
    await assert.rejects(vm.eval("return shut()", null, { start }), { code: "LUA_CLOSED" });
    assert.equal(vm.closed, true);
    assert.equal(vm.memoryUsed, 0);
  });
}

test("a value that aborts the call while it is converted ends the call", async () => {
  const vm = new LuaVm();
  const controller = new AbortController();
  const value = {
    toJSON() {
      controller.abort();
      return 1;
    },
  };
  vm.register("fetch", async () => value);
  vm.register("never", never);
  await assert.rejects(vm.eval("fetch() never()", null, { signal: controller.signal }), {
    code: "LUA_ABORTED",
  });
});

test("a promise refused below a C function does not answer a later wait of the same call", async () => {
  const vm = new LuaVm();
  vm.register("refused", async () => {
    await sleep(1);
    return "the refused value";
  });
  vm.register("awaited", async () => {
    await sleep(20);
    return "the awaited value";
  });
  const code = "local ok = pcall(table.sort, {2, 1}, function() refused() end) return { ok, awaited() }";
  assert.deepEqual(await vm.eval(code, null, { start: "inline" }), [false, "the awaited value"]);
});

test("a promise refused below a C function may reject without an unhandled rejection", async () => {
  const vm = new LuaVm();
  vm.register("refused", async () => {
    throw new Error("late");
  });
  assert.equal(
    await vm.eval("return (pcall(table.sort, {2, 1}, function() refused() end))", null, { start: "inline" }),
    false,
  );
  assert.equal(vm.evalSync("return (pcall(refused))"), false);
  await sleep(5);
});

test("a pool of one does not deadlock when a host function called from a lane uses the pool again", async () => {
  const pool = new VmPool(
    () => {
      const vm = new LuaVm();
      vm.register("nested", () => pool.use(other => other.eval("return 7")));
      return vm;
    },
    { maxSize: 1 },
  );
  const codes = [
    "return nested()",
    "for i = 1, 1e8 do end return nested()",
    "local answer table.sort({ 2, 1 }, function() answer = nested() end) return answer",
  ];
  for (const code of codes) {
    assert.equal(await pool.use(vm => vm.eval(code, null, { start: "lane" })), 7);
  }
  await pool.close();
});

test("host functions see the AsyncLocalStorage of the call's beginning wherever the call runs", async () => {
  const storage = new AsyncLocalStorage<string>();
  const vm = new LuaVm();
  vm.register("store", () => storage.getStore() ?? null);
  vm.register("storeLater", async () => {
    await sleep(1);
    return storage.getStore() ?? null;
  });
  const code =
    "local a, b = store(), storeLater() for i = 1, args do end return { a, b, store(), storeLater() }";
  for (const start of ["inline", "lane"] as const) {
    for (const steps of [1, 1e8]) {
      const seen = await storage.run("mine", () => vm.eval(code, steps, { start }));
      assert.deepEqual(seen, ["mine", "mine", "mine", "mine"], `${start}, ${steps} steps`);
    }
  }
});

test("a call that waited for a long text goes on away from the JS thread", async () => {
  const vm = new LuaVm();
  let settle = (_text: string) => {};
  vm.register("wait", () => {
    return new Promise<string>(resolve => {
      settle = resolve;
    });
  });
  for (const [length, endsAtOnce] of [
    [1_000, true],
    [1_000_000, false],
  ] as const) {
    let ended = false;
    const call = vm.eval("return #wait()").then(result => {
      ended = true;
      return result;
    });
    settle("x".repeat(length));
    // Nothing but promises settles meanwhile: a thread could not report its result.
    for (let i = 0; i < 50; i++) await null;
    assert.equal(ended, endsAtOnce);
    assert.equal(await call, length);
  }
});
