import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { LuaVm, setLaneCount } from "luaskills/vm";

test("setLaneCount refuses what is not a count", () => {
  assert.throws(() => setLaneCount("2" as unknown as number), /TypeError|must be a number, got string/);
  for (const wrong of [0, 1.5, 257, Number.NaN]) {
    assert.throws(() => setLaneCount(wrong), { name: "RangeError", message: /an integer from 1 to 256/ });
  }
});

test("as many lanes as set serve all calls, and the number is settled by the first", async () => {
  assert.equal(setLaneCount(1), true);
  const vms = Array.from({ length: 4 }, () => new LuaVm());
  await vms[0]?.eval("return 1", null, { timeoutMs: 60_000 }); // starts the watchdog
  const before = threads();
  const sums = vms.map(vm =>
    vm.eval("local s = 0 for i = 1, 2e7 do s = s + i end return s", null, { start: "lane" }),
  );
  assert.deepEqual(await Promise.all(sums), Array(4).fill(200000010000000));
  if (process.platform === "linux") assert.equal(threads() - before, 1);
  assert.equal(setLaneCount(2), false);
  for (const vm of vms) vm.close();
});

function threads(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}

for (const [what, answer] of [
  ["a host function", () => 1],
  ["a promise", async () => 1],
  [
    "an error of a host function",
    () => {
      throw new Error("no");
    },
  ],
] as const) {
  test(`a call that was started on a lane keeps to lanes after ${what}: a hopeless pattern there can be aborted`, async t => {
    const vm = new LuaVm();
    t.after(() => vm.close());
    vm.register("host", answer);
    const controller = new AbortController();
    // On the JavaScript thread the timer would never fire.
    vm.register("begun", () => void setTimeout(() => controller.abort(), 10));
    const code = `begun() pcall(host) return (("a"):rep(600)):find((".-"):rep(12) .. "b$")`;
    const call = vm.eval(code, null, { start: "lane", signal: controller.signal, timeoutMs: 120_000 });
    await assert.rejects(call, { code: "LUA_ABORTED" });
  });
}
