import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaVm } from "luaskills/vm";

function vmWith(code: string): LuaVm {
  const vm = new LuaVm();
  vm.evalSync(code);
  return vm;
}

test("a function is found at a path of globals and called both ways", async () => {
  const vm = vmWith("app = { math = { add = function(a, b) return a + b end } }");
  const add = vm.getFunction("app.math.add");
  assert.equal(add.callSync(1, 2), 3);
  assert.equal(await add.call(3, 4), 7);
  assert.equal(await add.with({ start: "lane" }).call(5, 6), 11);
});

test("C functions of the libraries can be called as well", async () => {
  const vm = new LuaVm();
  assert.equal(vm.getFunction("string.rep").callSync("ab", 3), "ababab");
  assert.equal(await vm.getFunction("math.max").call(1, 3, 2), 3);
  assert.equal(await vm.getFunction("table.concat").with({ start: "lane" }).call(["a", "b"], "-"), "a-b");
});

test("what is not a function is LUA_NOT_FUNCTION, and the message says what it is", () => {
  const vm = vmWith("n = 5 t = { deep = {} } callable = setmetatable({}, { __call = print })");
  const refused = (path: string, message: string) =>
    assert.throws(() => vm.getFunction(path), { name: "LuaError", code: "LUA_NOT_FUNCTION", message });
  refused("missing", "getFunction: missing is not defined");
  refused("missing.deeper", "getFunction: missing.deeper is not defined");
  refused("n", "getFunction: n is a number");
  refused("n.x", "getFunction: n.x is not defined");
  refused("t.deep", "getFunction: t.deep is a table");
  refused("callable", "getFunction: callable is a table");
});

test("the first result, or every result", async () => {
  const vm = vmWith("function many(...) return ... end");
  const many = vm.getFunction("many");
  assert.equal(many.callSync(), undefined);
  assert.equal(many.callSync(null), null);
  assert.equal(many.callSync(1, 2), 1);
  assert.deepEqual(many.callAllSync(1, null, "x", null), [1, null, "x", null]);
  assert.deepEqual(many.callAllSync(), []);
  assert.deepEqual(await many.callAll({ a: 1 }, [2]), [{ a: 1 }, [2]]);
  assert.deepEqual(await many.with({ start: "lane" }).callAll(1, null), [1, null]);
});

test("a handle keeps the function even when its global changes", () => {
  const vm = vmWith("function f() return 'first' end");
  const first = vm.getFunction("f");
  vm.evalSync("function f() return 'second' end collectgarbage() collectgarbage()");
  assert.equal(first.callSync(), "first");
  assert.equal(vm.getFunction("f").callSync(), "second");
});

test("with() gives the same function other options and leaves the first as it was", () => {
  const vm = vmWith("function status() return (jit.status()) end");
  const plain = vm.getFunction("status");
  const interpreted = plain.with({ jit: false });
  assert.equal(interpreted.callSync(), false);
  assert.equal(plain.callSync(), true);
  const both = interpreted.with({ timeoutMs: 1_000 });
  assert.equal(both.callSync(), false, "options not named stay");
  assert.equal(both.with({ jit: true }).callSync(), true);
});

test("callSync can be taken off its handle", () => {
  const vm = vmWith("function double(n) return n * 2 end");
  const { callSync, callAllSync } = vm.getFunction("double");
  assert.equal(callSync(4), 8);
  assert.deepEqual(
    [1, 2, 3].map(n => callAllSync(n)),
    [[2], [4], [6]],
  );
});

test("a released function is dead through every handle, and releasing twice is harmless", async () => {
  const vm = vmWith("function f() return 1 end");
  const f = vm.getFunction("f");
  const other = f.with({ timeoutMs: 1_000 });
  const independent = vm.getFunction("f");
  f.release();
  f.release();
  const expected = { code: "LUA_NOT_FUNCTION", message: "the function handle was released" };
  assert.throws(() => f.callSync(), expected);
  assert.throws(() => other.callSync(), expected);
  await assert.rejects(f.call(), expected);
  assert.throws(() => f.with({ jit: false }).callSync(), expected);
  assert.equal(independent.callSync(), 1);
});

test("a function may be released during its own call", async () => {
  const vm = new LuaVm();
  const f = vm.loadSync(
    "return function() free() collectgarbage() for i = 1, args or 1e8 do end return 'done' end",
  );
  vm.register("free", () => f.release());
  assert.equal(await f.call(), "done");
  await assert.rejects(f.call(), { code: "LUA_NOT_FUNCTION" });
  const g = vm.loadSync("return function() freeG() collectgarbage() return 'done' end");
  vm.register("freeG", () => g.release());
  assert.equal(g.callSync(), "done");
});

test("released functions are collected", () => {
  const vm = vmWith("function make() return function() return ('x'):rep(100) end end");
  const before = vm.memoryUsed;
  for (let i = 0; i < 20_000; i++)
    vm.loadSync("local big = ('x'):rep(1000) .. 'y' return function() return big end").release();
  vm.evalSync("collectgarbage()");
  assert.ok(vm.memoryUsed < before + (1 << 20), `${vm.memoryUsed} bytes, ${before} before`);
});

test("a disposable handle is released at the end of its scope", () => {
  const vm = vmWith("function f() return 1 end");
  let kept = vm.getFunction("f");
  {
    using f = vm.getFunction("f");
    kept = f;
    assert.equal(f.callSync(), 1);
  }
  assert.throws(() => kept.callSync(), { code: "LUA_NOT_FUNCTION" });
});

test("functions of one VM call each other through JavaScript only when the VM is free", () => {
  const vm = new LuaVm();
  const f = vm.loadSync("return function() return 1 end");
  vm.register("reenter", () => f.callSync());
  assert.deepEqual(vm.evalSync("return { pcall(reenter) }"), [
    false,
    "callSync: the VM is busy with another call",
  ]);
  assert.equal(f.callSync(), 1);
});

test("two VMs may call each other back and forth until JavaScript's stack ends, and both survive", () => {
  const a = new LuaVm();
  const b = new LuaVm();
  let depth = 0;
  a.register("other", () => {
    depth++;
    return b.evalSync("return other()");
  });
  b.register("other", () => {
    depth++;
    return a.evalSync("return 1");
  });
  assert.throws(() => a.evalSync("return other()"), { code: "LUA_RUNTIME", message: /the VM is busy/ });
  assert.equal(depth, 2);
  const chain = (n: number): number => {
    const vm = new LuaVm();
    vm.register("down", () => chain(n + 1));
    return Number(vm.evalSync("return 1 + down()"));
  };
  assert.throws(() => chain(0), { code: "LUA_RUNTIME", message: /stack/i });
  assert.equal(a.evalSync("return 1"), 1);
});

test("of a handle that reads some results the others come as null, whatever they are", async () => {
  using vm = new LuaVm();
  vm.evalSync("function four() return 'a', nil, 'c', print end function one() return print end");
  const four = vm.getFunction("four", { results: 3 });
  const expected = ["a", null, "c", null];
  assert.deepEqual(four.callAllSync(), expected);
  assert.deepEqual(await four.callAll(), expected);
  assert.deepEqual(await four.with({ start: "lane" }).callAll(), expected);
  for (const handle of [vm.getFunction("four"), vm.getFunction("one", { results: 3 })]) {
    assert.throws(() => handle.callAllSync(), { code: "LUA_CONVERT" });
    await assert.rejects(handle.with({ start: "lane" }).callAll(), { code: "LUA_CONVERT" });
  }
});

test("a single string among all results is an array of one, inline and on a lane", async () => {
  using vm = new LuaVm();
  vm.evalSync("function text() return 'only' end");
  const text = vm.getFunction("text");
  assert.deepEqual(text.callAllSync(), ["only"]);
  assert.deepEqual(await text.callAll(), ["only"]);
  assert.deepEqual(text.with({ timeoutMs: 1_000 }).callAllSync(), ["only"]);
  assert.deepEqual(await text.with({ start: "lane" }).callAll(), ["only"]);
  assert.deepEqual(await vm.evalAll("return 'only'"), ["only"]);
});

test("a handle that takes JSON reads the one string it gets as the text of its argument", async () => {
  using vm = new LuaVm();
  vm.evalSync(
    "function show(a, b) return type(a) .. ' ' .. tostring(type(a) == 'table' and a.n or a) .. ' ' .. tostring(b) end",
  );
  const show = vm.getFunction("show", { takesJson: true });
  assert.equal(show.callSync('{"n":[1]}')?.toString().slice(0, 11), "table table");
  assert.equal(show.callSync('"text"'), "string text nil");
  assert.equal(await show.with({ start: "lane" }).call("7"), "number 7 nil");
  assert.equal(show.callSync("{", "two"), "string { two");
  assert.equal(show.callSync({ n: 1 }, 2), "table 1 2");
  const expected = { code: "LUA_CONVERT", message: /^args\[0\]: .* at byte 1 of its JSON text$/ };
  assert.throws(() => show.callSync("{"), expected);
  assert.equal(show.callSync("1"), "number 1 nil");
});
