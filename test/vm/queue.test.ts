import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaVm } from "luaskills/vm";

/** Runs on a lane until it is resumed by `open`. */
const waits = "return wait()";

function vmWithGate(): { vm: LuaVm; open: (value?: number) => void } {
  const vm = new LuaVm();
  let open!: (value?: number) => void;
  const opened = new Promise<number | undefined>(resolve => {
    open = resolve;
  });
  vm.register("wait", () => opened);
  return { vm, open };
}

test("a function handle called on a busy VM waits for its turn", async () => {
  const { vm, open } = vmWithGate();
  vm.evalSync("function f(x) if x == 1 then wait() end return x end");
  const f = vm.getFunction("f");
  const calls = [f.call(1), f.call(2), f.callAll(3)];
  open();
  assert.deepEqual(await Promise.all(calls), [1, 2, [3]]);
});

test("evals, loads and function calls run in the order they were made", async () => {
  const { vm, open } = vmWithGate();
  const order: number[] = [];
  vm.register("note", (n: number) => {
    order.push(n);
  });
  const note = vm.getFunction("note");
  const calls = [
    vm.eval(waits),
    vm.eval("note(1)"),
    note.call(2),
    vm.load("note(3) return note"),
    note.callAll(4),
    vm.evalAll("note(5)"),
  ];
  open();
  await Promise.all(calls);
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
});

test("a newcomer does not overtake the call that was just granted its turn", async () => {
  const { vm, open } = vmWithGate();
  const order: string[] = [];
  vm.register("note", (name: string) => {
    order.push(name);
  });
  const first = vm.eval(waits).then(() => vm.eval("note(args)", "late"));
  const second = vm.eval("note(args)", "early");
  open();
  await Promise.all([first, second]);
  assert.deepEqual(order, ["early", "late"]);
});

test("a failing call lets the next one run", async () => {
  const { vm, open } = vmWithGate();
  const calls = [vm.eval(waits), vm.eval("error('no')"), vm.eval("syntax error"), vm.eval("return 4")];
  open(1);
  const settled = await Promise.allSettled(calls);
  assert.deepEqual(
    settled.map(outcome => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.code)),
    [1, "LUA_RUNTIME", "LUA_SYNTAX", 4],
  );
});

test("a queued call leaves the queue at its deadline, and those behind it still run", async () => {
  const { vm, open } = vmWithGate();
  const first = vm.eval(waits);
  const second = vm.eval("return 2", null, { timeoutMs: 10 });
  const third = vm.eval("return 3");
  await assert.rejects(second, {
    code: "LUA_TIMEOUT",
    message: "the call ran past its deadline while it waited for the VM",
  });
  open(1);
  assert.deepEqual(await Promise.all([first, third]), [1, 3]);
});

test("the time in the queue comes off the deadline", async () => {
  const vm = new LuaVm();
  const first = vm.eval("while true do end", null, { timeoutMs: 60 });
  const second = vm.eval("while true do end", null, { timeoutMs: 100 });
  const ended: string[] = [];
  await Promise.all([
    assert.rejects(first, { code: "LUA_TIMEOUT" }).then(() => ended.push("first")),
    assert.rejects(second, { code: "LUA_TIMEOUT" }).then(() => ended.push("second")),
  ]);
  assert.deepEqual(ended, ["first", "second"]);
});

test("a queued call without end, timeoutMs Infinity, waits for its turn", async () => {
  const { vm, open } = vmWithGate();
  const first = vm.eval(waits);
  const calls = [
    vm.eval("return 2", null, { timeoutMs: Number.POSITIVE_INFINITY }),
    vm.eval("return 3", null, { timeoutMs: 2 ** 40 }),
  ];
  setTimeout(open, 20, 1);
  assert.deepEqual(await Promise.all([first, ...calls]), [1, 2, 3]);
});

test("a queued call leaves the queue when its signal aborts", async () => {
  const { vm, open } = vmWithGate();
  const controller = new AbortController();
  const first = vm.eval(waits);
  const second = vm.eval("return 2", null, { signal: controller.signal });
  const third = vm.eval("return 3");
  controller.abort();
  await assert.rejects(second, { code: "LUA_ABORTED" });
  open(1);
  assert.deepEqual(await Promise.all([first, third]), [1, 3]);
});

test("a call whose signal is aborted before it starts never runs", async () => {
  const vm = new LuaVm();
  vm.evalSync("n = 0");
  const signal = AbortSignal.abort();
  await assert.rejects(vm.eval("n = n + 1", null, { signal }), { code: "LUA_ABORTED" });
  assert.throws(() => vm.evalSync("n = n + 1", null, { signal }), { code: "LUA_ABORTED" });
  await assert.rejects(vm.load("n = n + 1", { signal }), { code: "LUA_ABORTED" });
  assert.equal(vm.getGlobal("n"), 0);
  assert.equal(vm.broken, false);
});

test("closing the VM rejects the call in progress and everything queued", async () => {
  const { vm } = vmWithGate();
  const calls = [vm.eval(waits), vm.eval("return 2"), vm.eval("return 3", null, { timeoutMs: 60_000 })];
  vm.close();
  const settled = await Promise.allSettled(calls);
  assert.deepEqual(
    settled.map(outcome => outcome.status === "rejected" && outcome.reason.code),
    ["LUA_CLOSED", "LUA_CLOSED", "LUA_CLOSED"],
  );
});

test("an asynchronous call made by a host function of the same VM runs after the call around it", async () => {
  const vm = new LuaVm();
  const order: string[] = [];
  let inner: Promise<unknown> | undefined;
  vm.register("note", (name: string) => {
    order.push(name);
  });
  vm.register("later", () => {
    inner = vm.eval("note('inner') return 'inner result'");
  });
  vm.evalSync("later() note('outer')");
  assert.equal(await inner, "inner result");
  await vm.eval("later() for i = 1, 1e8 do end note('outer on a lane')");
  assert.equal(await inner, "inner result");
  assert.deepEqual(order, ["outer", "inner", "outer on a lane", "inner"]);
});

test("a thousand calls made at once on one VM all run, in order", async () => {
  const vm = new LuaVm();
  vm.register("wait", (n: number) => Promise.resolve(n));
  vm.evalSync("last = 0");
  const answers = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      vm.eval("assert(last == args, 'out of order') last = last + 1 return wait(args)", i),
    ),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 1000 }, (_, i) => i),
  );
});
