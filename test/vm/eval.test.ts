import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaVm } from "luaskills/vm";

test("a chunk's first result is the result, its args are a local", async () => {
  const vm = new LuaVm();
  assert.equal(vm.evalSync("return args.a + args.b, 'second'", { a: 1, b: 2 }), 3);
  assert.equal(await vm.eval("return args.a + args.b, 'second'", { a: 1, b: 2 }), 3);
  assert.deepEqual(await vm.evalAll("return args, 'second'", 1), [1, "second"]);
  assert.equal(vm.getGlobal("args"), undefined);
});

test("args is nil without one, and also comes as the chunk's vararg", () => {
  const vm = new LuaVm();
  assert.equal(vm.evalSync("return args == nil"), true);
  assert.equal(vm.evalSync("return select('#', ...) == 1 and ... == args", 5), true);
});

test("globals stay from call to call, locals do not", async () => {
  const vm = new LuaVm();
  await vm.eval("counter = 1 local hidden = 2");
  assert.deepEqual(await vm.eval("counter = counter + 1 return { counter, hidden == nil }"), [2, true]);
});

test("VMs share nothing", () => {
  const one = new LuaVm();
  const two = new LuaVm();
  one.evalSync("x = 1 string.extra = true package.loaded.fake = true");
  assert.deepEqual(two.evalSync("return { x == nil, string.extra == nil, package.loaded.fake == nil }"), [
    true,
    true,
    true,
  ]);
});

test("line numbers are those of the text, and the chunk's name is in the message", () => {
  const vm = new LuaVm();
  assert.throws(() => vm.evalSync("\n\nerror('here')", null, { chunkName: "config" }), {
    message: "config:3: here",
    chunk: "config",
    line: 3,
  });
  assert.throws(() => vm.evalSync("error('here')"), { message: "eval:1: here", chunk: "eval", line: 1 });
});

test("a syntax error has its code, chunk and line", () => {
  const vm = new LuaVm();
  assert.throws(() => vm.evalSync("return 1\nlocal = 2"), {
    name: "LuaError",
    code: "LUA_SYNTAX",
    chunk: "eval",
    line: 2,
  });
  assert.throws(() => vm.check("x ="), { code: "LUA_SYNTAX", line: 1 });
  vm.check("x = 1");
  assert.equal(vm.getGlobal("x"), undefined, "check does not run");
});

test("text in any language, with NUL bytes and Windows line ends, is a chunk", () => {
  const vm = new LuaVm();
  assert.equal(vm.evalSync("-- コメント\r\nreturn 'é\0😀'\r\n"), "é\0😀");
});

test("load runs a chunk and returns its function", async () => {
  const vm = new LuaVm();
  const code = "local calls = 0 return function(x) calls = calls + 1 return x * 2, calls end";
  for (const fn of [vm.loadSync(code), await vm.load(code)]) {
    assert.equal(fn.callSync(4), 8);
    assert.deepEqual(await fn.callAll(5), [10, 2]);
  }
});

test("load of a chunk that returns something else is LUA_NOT_FUNCTION", async () => {
  const vm = new LuaVm();
  for (const [code, found] of [
    ["return 5", "number"],
    ["", "nothing"],
    ["return {}", "table"],
  ] as const) {
    const expected = {
      code: "LUA_NOT_FUNCTION",
      message: `the chunk must return a function, but returned ${found}`,
    };
    assert.throws(() => vm.loadSync(code), expected);
    await assert.rejects(vm.load(code), expected);
    await assert.rejects(vm.load(code, { start: "lane" }), expected);
  }
});

test("an environment reads through to the globals, keeps its writes, and is its own _G", async () => {
  const vm = new LuaVm();
  vm.setGlobal("shared", "from the VM");
  const code =
    "mine = (mine or 0) + 1 return function() _G.seen = shared return { mine, seen, _G == getfenv(1) } end";
  const first = vm.loadSync(code, { environment: "a" });
  const second = await vm.load(code, { environment: "a" });
  const other = await vm.load(code, { environment: "b", start: "lane" });
  assert.deepEqual(first.callSync(), [2, "from the VM", true]);
  assert.deepEqual(await second.call(), [2, "from the VM", true]);
  assert.deepEqual(await other.call(), [1, "from the VM", true]);
  assert.equal(vm.getGlobal("mine"), undefined);
  assert.equal(vm.getGlobal("seen"), undefined);
});

test("chunks that a function loads get its environment", () => {
  const vm = new LuaVm();
  const fn = vm.loadSync("own = 'mine' return function() return load('return own')() end", {
    environment: "a",
  });
  assert.equal(fn.callSync(), "mine");
  assert.equal(vm.evalSync("return load('return own')()"), null);
  assert.equal(fn.callSync(), "mine");
});

test("setfenv(0) ends with its call, even in the __tostring of an error value", () => {
  const vm = new LuaVm();
  vm.evalSync("setfenv(0, { evil = 1 })");
  assert.equal(vm.evalSync("return load('return evil')()"), null);
  const code = "error(setmetatable({}, { __tostring = function() setfenv(0, { evil = 2 }) return 'x' end }))";
  assert.throws(() => vm.evalSync(code), { message: "x" });
  assert.equal(vm.getGlobal("evil"), undefined);
  assert.equal(vm.evalSync("return evil"), null);
  assert.equal(vm.evalSync("return type(print)"), "function");
});

test("openJson puts a JSON library at a path", () => {
  const vm = new LuaVm();
  vm.openJson("lib.json");
  assert.equal(
    vm.evalSync("return lib.json.encode({ b = 1, a = { lib.json.null, lib.json.object() } })"),
    '{"a":[null,{}],"b":1}',
  );
  assert.deepEqual(vm.evalSync("return lib.json.decode('[1,{\"a\":null}]')"), [1, []]);
});

test("setGlobal makes tables on the way and getGlobal follows the path", () => {
  const vm = new LuaVm();
  vm.setGlobal("app.config.port", 80);
  vm.setGlobal("app.config.host", "localhost");
  assert.deepEqual(vm.getGlobal("app"), { config: { port: 80, host: "localhost" } });
  assert.equal(vm.evalSync("return app.config.port"), 80);
  assert.equal(vm.getGlobal("app.missing.deeper"), undefined);
  assert.equal(vm.getGlobal("app.config.port.deeper"), undefined);
  vm.setGlobal("app.config.port", null);
  assert.equal(vm.getGlobal("app.config.port"), undefined);
  assert.throws(() => vm.setGlobal("app.config.host.x", 1), {
    code: "LUA_CONVERT",
    message: "setGlobal: app.config.host is a string, not a table",
  });
});

test("globals with metatables are read and written raw", () => {
  const vm = new LuaVm();
  vm.evalSync(
    "setmetatable(_G, { __index = error, __newindex = error }) t = rawset(_G, 't', setmetatable({}, { __index = error, __newindex = error })).t",
  );
  assert.equal(vm.getGlobal("missing"), undefined);
  vm.setGlobal("t.x", 1);
  assert.equal(vm.getGlobal("t.x"), 1);
});

test("two thousand calls wait for promises at once on two thousand VMs", async () => {
  let open!: () => void;
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  const vms = Array.from({ length: 2000 }, () => {
    const vm = new LuaVm();
    vm.register("wait", (n: number) => opened.then(() => n));
    return vm;
  });
  const calls = vms.map((vm, i) => vm.eval("local ok, n = pcall(wait, args) return n", i));
  assert.ok(vms.every(vm => vm.busy));
  open();
  assert.deepEqual(
    await Promise.all(calls),
    vms.map((_, i) => i),
  );
  for (const vm of vms) vm.close();
});
