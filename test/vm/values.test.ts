import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Json, LuaVm } from "luaskills/vm";

const identity = "return args";

/** The ways a value leaves Lua; each must show the same. */
const ways: Record<string, (code: string) => Promise<unknown>> = {
  "as a synchronous result": async code => new LuaVm().evalSync(code),
  "as a result of an inline call": code => new LuaVm().eval(code),
  "as a result of a call on a lane": code => new LuaVm().eval(code, null, { start: "lane" }),
  "as an argument of a host function": code => toHost(code, "inline"),
  "as an argument of a host function called from a lane": code => toHost(code, "lane"),
  "as a global": async code => {
    const vm = new LuaVm();
    vm.evalSync(`global = (function() ${code} end)()`);
    return vm.getGlobal("global") ?? null;
  },
};

async function toHost(code: string, start: "inline" | "lane"): Promise<unknown> {
  const vm = new LuaVm();
  let seen: unknown;
  vm.register("see", (value: unknown) => {
    seen = value;
  });
  await vm.eval(`see((function() ${code} end)())`, null, { start });
  return seen;
}

function deep(levels: number): Json {
  let value: Json = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

describe("Lua to JavaScript", () => {
  const becomes: [string, string, Json][] = [
    ["nil is null", "return nil", null],
    ["true and false are themselves", "return { true, false }", [true, false]],
    ["an integral number", "return 42", 42],
    ["a fraction", "return 0.1 + 0.2", 0.1 + 0.2],
    ["the largest safe integer", "return 9007199254740991", 9007199254740991],
    ["a large number", "return 1.7976931348623157e308", 1.7976931348623157e308],
    ["the smallest number", "return 5e-324", 5e-324],
    [
      "numbers in tables",
      "return { 0.1, 1e100, -1e-7, 123456789.125, 2^53 }",
      [0.1, 1e100, -1e-7, 123456789.125, 2 ** 53],
    ],
    ["NaN is null", "return 0/0", null],
    ["infinities are null", "return { 1/0, -1/0, 0/0 }", [null, null, null]],
    ["an infinity alone is null", "return -1/0", null],
    ["the empty string", "return ''", ""],
    ["text with every escape", "return 'a\\0b\\n\\t\\\"\\\\\\127'", 'a\0b\n\t"\\\x7f'],
    ["text beyond ASCII", "return { 'é€😀', 'é€😀' }", ["é€😀", "é€😀"]],
    ["an empty table is an array", "return {}", []],
    ["a sequence is an array", "return { 1, 'two', { 3 } }", [1, "two", [3]]],
    ["holes are null", "return { 1, nil, 3, nil, nil, 6 }", [1, null, 3, null, null, 6]],
    [
      "positive integer keys far apart are an object",
      "return { [1] = 'a', [100] = 'b' }",
      { 1: "a", 100: "b" },
    ],
    [
      "at the limit 2 * count + 8 it is an array",
      "local t = { [10] = 'x' } return t",
      [...Array(9).fill(null), "x"],
    ],
    ["beyond the limit it is an object", "return { [11] = 'x' }", { 11: "x" }],
    ["a mixed table keeps everything", "return { 1, 2, x = 3 }", { 1: 1, 2: 2, x: 3 }],
    ["key 0 makes an object", "return { [0] = 'zero', 'one' }", { 0: "zero", 1: "one" }],
    ["negative and fractional keys", "return { [-1] = 'a', [1.5] = 'b' }", { "-1": "a", "1.5": "b" }],
    [
      "string keys of any text",
      "return { ['a b'] = 1, [''] = 2, ['__proto__'] = 3, ['é'] = 4 }",
      JSON.parse('{"a b":1,"":2,"__proto__":3,"é":4}') as Json,
    ],
    ["int64 and uint64 in tables are numbers in JavaScript", "return { 42LL, 42ULL, -7LL }", [42, 42, -7]],
    ["a table twice in the tree is there twice", "local t = { 1 } return { t, t }", [[1], [1]]],
    [
      "metamethods are not consulted",
      "return setmetatable({ 1 }, { __index = error, __pairs = error, __len = error, __tostring = error })",
      [1],
    ],
    ["128 levels", `return ${"{".repeat(128)}${"}".repeat(128)}`, deepEmpty(128)],
  ];
  for (const [name, code, expected] of becomes) {
    test(name, async () => {
      for (const [way, run] of Object.entries(ways)) assert.deepEqual(await run(code), expected, way);
    });
  }

  const refused: [string, string, string, string][] = [
    ["a function", "return print", "", "cannot convert function"],
    [
      "a function in a table",
      "return { items = { 1, 2, { cb = print } } }",
      ".items[3].cb",
      "cannot convert function",
    ],
    ["a thread", "return { coroutine.create(print) }", "[1]", "cannot convert thread"],
    ["userdata", "return { a = newproxy() }", ".a", "cannot convert userdata"],
    ["other cdata", "return { a = require('ffi').new('int[2]') }", ".a", "cannot convert cdata"],
    ["a string that is no UTF-8", "return '\\255'", "", "cannot convert a string that is not valid UTF-8"],
    [
      "a string in a table that is no UTF-8",
      "return { a = { 'ok', '\\237\\160\\128' } }",
      ".a[2]",
      "string is not valid UTF-8",
    ],
    ["a cycle", "local t = { a = {} } t.a.b = t return t", ".a.b", "table contains itself"],
    ["a boolean key", "return { [true] = 1 }", "[true]", "cannot convert a boolean as key"],
    ["a table as key", "return { x = { [{}] = 1 } }", ".x[table]", "cannot convert a table as key"],
    [
      "a key both as number and as string",
      "return { a = { [11] = 1, ['11'] = 2 } }",
      "",
      "the table has this key both as a string and as a number",
    ],
    [
      "129 levels",
      `return ${"{".repeat(129)}${"}".repeat(129)}`,
      "[1]".repeat(128),
      "nested deeper than 128 levels",
    ],
  ];
  for (const [name, code, path, reason] of refused) {
    test(`${name} is refused, and the error names the path`, async () => {
      const roots: Record<string, string> = { result: "result", argument: "args[1]", global: "global" };
      for (const [way, run] of Object.entries(ways)) {
        await assert.rejects(run(code), (error: Error & { code: string }) => {
          const root = Object.entries(roots).find(([word]) => way.includes(word))?.[1] ?? "";
          assert.equal(error.code, way.includes("host function") ? "LUA_RUNTIME" : "LUA_CONVERT", way);
          assert.ok(error.message.startsWith(`${root}${path}`), `${way}: ${error.message}`);
          assert.ok(error.message.endsWith(`: ${reason}`), `${way}: ${error.message}`);
          return true;
        });
      }
    });
  }

  test("a conversion error inside Lua is an error that pcall catches", () => {
    const vm = new LuaVm();
    vm.register("see", () => {});
    assert.deepEqual(vm.evalSync("return { pcall(see, 1, { f = print }) }"), [
      false,
      "args[2].f: cannot convert function",
    ]);
  });

  test("a result that cannot cross leaves the VM in order", () => {
    const vm = new LuaVm();
    assert.throws(() => vm.evalSync("return print"), { code: "LUA_CONVERT" });
    assert.equal(vm.broken, false);
    assert.equal(vm.evalSync("return 1"), 1);
  });

  test("no result is undefined, a nil result is null", async () => {
    const vm = new LuaVm();
    assert.equal(vm.evalSync("return"), undefined);
    assert.equal(vm.evalSync("return nil"), null);
    assert.equal(await vm.eval("return", null, { start: "lane" }), undefined);
    assert.equal(await vm.eval("return nil", null, { start: "lane" }), null);
  });

  test("every result of evalAll, nils included", async () => {
    const vm = new LuaVm();
    for (const start of ["inline", "lane"] as const) {
      assert.deepEqual(await vm.evalAll("return 1, nil, { 2 }, nil", null, { start }), [1, null, [2], null]);
      assert.deepEqual(await vm.evalAll("return", null, { start }), []);
    }
  });

  test("the error of a later result names its position", async () => {
    const vm = new LuaVm();
    for (const start of ["inline", "lane"] as const) {
      await assert.rejects(vm.evalAll("return 1, { f = print }", null, { start }), {
        code: "LUA_CONVERT",
        message: "result[2].f: cannot convert function",
      });
    }
  });
});

function deepEmpty(levels: number): Json {
  let value: Json = [];
  for (let i = 1; i < levels; i++) value = [value];
  return value;
}

describe("JavaScript to Lua", () => {
  const check = (value: unknown, condition: string) => {
    const vm = new LuaVm();
    const test = `local v = ... return ${condition}`;
    const f = vm.loadSync(`return function(...) ${test} end`);
    assert.equal(f.callSync(value as Json), true, "an argument of a function");
    assert.equal(f.callSync(value as Json, "another"), true, "one of several arguments");
    assert.equal(
      vm.evalSync(`return (function(...) ${test} end)(args)`, value as Json),
      true,
      "args of a chunk",
    );
    vm.setGlobal("global", value as Json);
    assert.equal(vm.evalSync(`return (function(...) ${test} end)(global)`), true, "a global");
    vm.register("get", () => value);
    assert.equal(vm.evalSync(`return (function(...) ${test} end)(get())`), true, "a host function's result");
  };
  const becomes: [string, unknown, string][] = [
    ["null is nil", null, "v == nil"],
    ["undefined is nil", undefined, "v == nil"],
    ["booleans", false, "v == false"],
    ["numbers", 1.5, "v == 1.5"],
    ["NaN stays NaN", Number.NaN, "v ~= v"],
    ["infinities stay", Number.NEGATIVE_INFINITY, "v == -1/0"],
    ["negative zero stays", -0, "1 / v == -1/0"],
    ["strings", "text", "v == 'text'"],
    ["strings with NUL and beyond ASCII", "a\0é😀", "v == 'a\\0é😀' and #v == 8"],
    ["the replacement character", "\ufffd", "v == '\\239\\191\\189'"],
    ["arrays", [1, "two", [3]], "#v == 3 and v[2] == 'two' and v[3][1] == 3"],
    ["holes and null in arrays are nil", [1, null, 3], "v[1] == 1 and v[2] == nil and v[3] == 3"],
    ["null in objects is absent", { a: null, b: 1 }, "v.a == nil and v.b == 1 and next(v) == 'b'"],
    ["undefined in objects is absent", { a: undefined, b: 1 }, "next(v) == 'b' and next(v, 'b') == nil"],
    ["objects", { a: { b: [true] } }, "v.a.b[1] == true"],
    ["number-like keys stay strings", { 1: "a" }, "v['1'] == 'a' and v[1] == nil"],
    ["a key called __proto__", JSON.parse('{"__proto__":1}'), "v.__proto__ == 1"],
    [
      "NaN and infinities inside a value are nil",
      [Number.NaN, 1, Number.POSITIVE_INFINITY],
      "v[1] == nil and v[2] == 1 and v[3] == nil",
    ],
    ["toJSON is honoured", { at: new Date(0) }, "v.at == '1970-01-01T00:00:00.000Z'"],
    [
      "class instances give their own properties",
      Object.assign(new (class Point {})(), { x: 1 }),
      "v.x == 1",
    ],
    ["objects without a prototype", Object.assign(Object.create(null), { x: 1 }), "v.x == 1"],
    ["128 levels", deep(128), "type(v[1][1]) == 'table'"],
    ["integers beyond 2^53 are the nearest double", [2 ** 63, 1e300], "v[1] == 2^63 and v[2] == 1e300"],
  ];
  for (const [name, value, condition] of becomes) test(name, () => check(value, condition));

  const cyclic: { self?: unknown } = {};
  cyclic.self = { inner: cyclic };
  const refused: [string, unknown, string][] = [
    ["a function", () => 1, ": cannot convert function"],
    ["a function inside", { items: [1, { cb() {} }] }, ".items[1].cb: cannot convert function"],
    ["a symbol", [Symbol("x")], "[0]: cannot convert symbol"],
    ["a bigint", 1n, ": cannot convert bigint"],
    ["a bigint inside", { "not a name": { n: 1n } }, '["not a name"].n: cannot convert bigint'],
    ["a cycle", cyclic, ".self.inner: cannot convert a cycle"],
    ["a Map", { m: new Map() }, ".m: cannot convert an object of class Map"],
    ["a Set", new Set(), ": cannot convert an object of class Set"],
    ["a typed array", { b: new Uint8Array(2) }, ".b: cannot convert an object of class Uint8Array"],
    ["an Error", new Error("x"), ": cannot convert an object of class Error"],
    ["a lone surrogate", "\ud800", ": cannot convert a string with a lone surrogate"],
    [
      "a lone surrogate inside",
      { a: ["ok", "x\udfff"] },
      ".a[1]: cannot convert a string with a lone surrogate",
    ],
    ["a lone surrogate in a key", { a: { "\ud800": 1 } }, ".a: cannot convert a key with a lone surrogate"],
    ["129 levels", deep(129), `${"[0]".repeat(128)}: nested deeper than 128 levels`],
  ];
  for (const [name, value, rest] of refused) {
    test(`${name} is refused, and the error names the path`, async () => {
      const vm = new LuaVm();
      const json = value as Json;
      const f = vm.loadSync("return function(...) ran = true end");
      const convert = (root: string) => ({
        name: "LuaError",
        code: "LUA_CONVERT",
        message: `${root}${rest}`,
      });
      assert.throws(() => f.callSync(json), convert("args[0]"));
      assert.throws(() => f.callSync(1, "x", json), convert("args[2]"));
      await assert.rejects(f.call(json), convert("args[0]"));
      assert.throws(() => vm.evalSync("ran = true", json), convert("args"));
      await assert.rejects(vm.eval("ran = true", json, { start: "lane" }), convert("args"));
      assert.throws(() => vm.setGlobal("app.config", json), convert("app.config"));
      vm.register("get", () => value);
      vm.register("later", async () => value);
      assert.deepEqual(vm.evalSync("return { pcall(get) }"), [false, `result${rest}`]);
      assert.deepEqual(await vm.eval("return { pcall(later) }"), [false, `result${rest}`]);
      assert.equal(vm.getGlobal("ran"), undefined, "Lua did not run");
      assert.equal(vm.broken, false);
      assert.equal(vm.evalSync("return 1"), 1);
    });
  }

  test("more than a stack's worth of arguments is an error or works, but never a crash", () => {
    const vm = new LuaVm();
    const count = vm.loadSync("return function(...) return select('#', ...) end");
    for (const n of [0, 1, 15, 16, 17, 40, 200, 5_000]) {
      assert.equal(count.callSync(...Array.from({ length: n }, (_, i) => i)), n);
      assert.equal(count.callSync(...Array.from({ length: n }, (_, i) => `s${i}`)), n);
    }
    assert.throws(() => count.callSync(...Array.from({ length: 60_000 }, () => 1)), { code: "LUA_CONVERT" });
    assert.equal(count.callSync(1), 1);
  });
});

test("JSON values without null, empty objects and holes make the round trip unchanged", async () => {
  const value: Json = {
    text: "é\u2028\ud83d\ude00\0",
    numbers: [0, -1, 1.5, 1e21, 1e-9, 123456789012345],
    nested: { list: [[], [[1]], [{ a: [true, false] }]], "": "empty key" },
  };
  const vm = new LuaVm();
  assert.deepEqual(vm.evalSync(identity, value), value);
  assert.deepEqual(await vm.eval(identity, value, { start: "lane" }), value);
  vm.setGlobal("v", value);
  assert.deepEqual(vm.getGlobal("v"), value);
  vm.register("same", (v: Json) => v);
  assert.deepEqual(await vm.eval("return same(args)", value), value);
  assert.deepEqual(await vm.eval("return same(args)", value, { start: "lane" }), value);
});
