// What the layers above use to put a large API onto many VMs: groups of functions made at first use, forms for code that
// cannot wait, bytes, and handles with an environment.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaVm, VmPool } from "luaskills/vm";
import { FunctionGroup, LuaChunk, LuaOpaque } from "#dist/vm/host-support.js";

const group = new FunctionGroup("app", ["add", "fail", "wait"]);
/** Puts the first group of a VM at the global `app`. */
const publish = new LuaChunk("app = (...).functions(0)");

function vmWithGroup(t: { after(close: () => void): void }, wait: unknown = async () => "later") {
  const vm = new LuaVm();
  t.after(() => vm.close());
  let made = 0;
  vm.registerGroup(group, () => {
    made += 1;
    return {
      add: (a, b) => Number(a) + Number(b),
      fail: () => {
        throw new Error("refused");
      },
      wait: { wait: wait as () => unknown, sync: () => "now" },
    };
  });
  vm.runChunks(publish);
  return { vm, made: () => made };
}

test("the functions of a group are made at the first call of one of them, once", t => {
  const { vm, made } = vmWithGroup(t);
  assert.equal(vm.evalSync("return type(app.add)"), "function");
  assert.equal(made(), 0);
  assert.equal(vm.evalSync("return app.add(1, 2) + app.add(3, 4)"), 10);
  assert.equal(vm.evalSync("return select(2, pcall(app.fail))"), "refused");
  assert.equal(made(), 1);
});

test("a group whose functions cannot be made raises in Lua, and is asked again", t => {
  const vm = new LuaVm();
  t.after(() => vm.close());
  let tries = 0;
  vm.registerGroup(group, () => {
    tries += 1;
    if (tries === 1) throw new Error("not yet");
    return { add: () => 1, fail: () => 2, wait: () => 3 };
  });
  vm.runChunks(publish);
  assert.equal(vm.evalSync("return select(2, pcall(app.add))"), "not yet");
  assert.equal(vm.evalSync("return app.add()"), 1);
});

test("a group can be taken in during a run", async t => {
  const { vm } = vmWithGroup(t);
  const second = new FunctionGroup("more", ["twice"]);
  vm.register("extend", () => vm.registerGroup(second, () => ({ twice: n => 2 * Number(n) })));
  vm.runChunks(new LuaChunk("functions = (...).functions"));
  const code = "local more = functions(extend()) return more.twice(21)";
  assert.equal(await vm.eval(code), 42);
  assert.equal(await vm.eval(code, null, { start: "lane" }), 42);
});

test("the synchronous form answers where Lua code cannot wait", async t => {
  const { vm } = vmWithGroup(t);
  const sorted =
    "local seen table.sort({ 2, 1 }, function(a, b) seen = app.wait() return a < b end) return seen";
  assert.equal(vm.evalSync("return app.wait()"), "now");
  assert.equal(await vm.eval("return app.wait()"), "later");
  assert.equal(await vm.eval(sorted), "now");
  assert.equal(await vm.eval(sorted, null, { start: "lane" }), "later");
});

test("a function alone may have a synchronous form too", async t => {
  const vm = new LuaVm();
  t.after(() => vm.close());
  vm.register("load", async () => "later", { sync: () => "now" });
  assert.equal(await vm.eval("return load()"), "later");
  assert.equal(vm.evalSync("return load()"), "now");
  assert.throws(() => vm.register("load", () => 1, { sync: 1 as never }), {
    name: "TypeError",
    message: /options\.sync must be a function, got number/,
  });
});

test("functions of a group get bytes and the types of what cannot cross", async t => {
  const seen: unknown[] = [];
  const { vm } = vmWithGroup(t, (...values: unknown[]) => {
    seen.push(...values);
  });
  const code = "app.wait('\\255a', print, coroutine.create(print), 1LL, '', true)";
  for (const start of ["inline", "lane"] as const) {
    seen.length = 0;
    await vm.eval(code, null, { start });
    const [bytes, ...rest] = seen;
    assert.ok(bytes instanceof Uint8Array);
    assert.deepEqual([...bytes], [255, 97]);
    assert.deepEqual(rest, [new LuaOpaque("function"), new LuaOpaque("thread"), 1, "", true]);
  }
});

test("inside tables what cannot cross stays an error that names its path", t => {
  const { vm } = vmWithGroup(t);
  assert.match(
    String(vm.evalSync("return select(2, pcall(app.add, { f = print }))")),
    /args\[1\]\.f: cannot convert function/,
  );
});

test("a Uint8Array is a string of its bytes in Lua", async t => {
  const vm = new LuaVm();
  t.after(() => vm.close());
  const bytes = Uint8Array.of(0, 255, 10);
  vm.register("now", () => bytes);
  vm.register("later", async () => Buffer.from(bytes));
  const show = "return table.concat({ x:byte(1, -1) }, ' ')";
  assert.equal(vm.evalSync(`local x = now() ${show}`), "0 255 10");
  assert.equal(await vm.eval(`local x = later() ${show}`), "0 255 10");
  assert.equal(await vm.eval(`local x = later() ${show}`, null, { start: "lane" }), "0 255 10");
  assert.equal(vm.evalSync(`local x = args ${show}`, bytes as never), "0 255 10");
  assert.equal(vm.evalSync("return #args", new Uint8Array() as never), 0);
  vm.evalSync("function count(a, b) return #a + #b end");
  assert.equal(vm.getFunction("count").callSync(bytes as never, bytes as never), 6);
});

test("a handle can bring the environment that code it loads gets", t => {
  const vm = new LuaVm();
  t.after(() => vm.close());
  vm.evalSync(
    "box = { env = setmetatable({}, { __index = _G }) } function box.run() return load('y = 5')() end",
  );
  vm.getFunction("box.run", { environment: "box.env" }).callSync();
  assert.equal(vm.getGlobal("y"), undefined);
  assert.equal(vm.evalSync("return box.env.y"), 5);
  assert.throws(() => vm.getFunction("box.run", { environment: "box.none" }), {
    code: "LUA_NOT_FUNCTION",
    message: /box\.none is not a table/,
  });
});

test("a pool tells of VMs that a lease left unusable", async t => {
  const discarded: LuaVm[] = [];
  const pool = new VmPool(() => new LuaVm(), { onDiscard: vm => discarded.push(vm) });
  t.after(() => pool.close());
  await pool.use(vm => vm.eval("return 1"));
  assert.equal(discarded.length, 0);
  await assert.rejects(pool.use(vm => vm.eval("while true do end", null, { timeoutMs: 5 })));
  assert.equal(discarded.length, 1);
  assert.throws(
    () => new VmPool(() => new LuaVm(), { onDiscard: 1 as never }),
    /onDiscard must be a function/,
  );
});
