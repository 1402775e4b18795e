import assert from "node:assert/strict";
import { test } from "node:test";
import { createEngine, engineWith } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

test("vulcan.cache.put gives an id that vulcan.cache.get takes, in later calls too", async t => {
  const { engine, run, runSync } = await luaCode(t);
  const put = await run("return vulcan.cache.put({ list = { 1, 'two', true }, nested = { x = 1.5 } })");
  assert.ok("value" in put);
  assert.match(String(put.value), /^tc-\d+-1$/);
  const args = { id: put.value };
  const value = { list: [1, "two", true], nested: { x: 1.5 } };
  assert.deepEqual(await run("return vulcan.cache.get(args.id)", args), { value });
  assert.deepEqual(runSync("return vulcan.cache.get(args.id)", args), { value });
  assert.deepEqual(await run("return vulcan.cache.delete(args.id)", args), { value: true });
  assert.deepEqual(await run("return vulcan.cache.delete(args.id)", args), { value: false });
  assert.deepEqual(await run("return vulcan.cache.get(args.id)", args), { value: undefined });
  assert.deepEqual(engine.stats().cache, {
    entries: 0,
    bytes: 0,
    hits: 2,
    misses: 1,
    evicted: 0,
    expired: 0,
  });
});

const values: [code: string, value: unknown][] = [
  ["'text'", "text"],
  ["''", ""],
  ["0", 0],
  ["false", false],
  ["nil", undefined],
  ["vulcan.json.null", undefined],
  ["{}", []],
  ["{ a = vulcan.json.null, b = 1 }", { b: 1 }],
  ["0 / 0", undefined],
  ["('x'):rep(100000)", "x".repeat(100_000)],
];

test("any JSON value can be kept, by the rules of vulcan.json", async t => {
  const { runBoth } = await luaCode(t);
  for (const [code, value] of values) {
    assert.deepEqual(await runBoth(`return vulcan.cache.get(vulcan.cache.put(${code}))`), { value });
  }
});

test("what is kept is a copy", async t => {
  const { runBoth } = await luaCode(t);
  const code = `
    local value = { 1 }
    local id = vulcan.cache.put(value)
    value[1] = 2
    local first = vulcan.cache.get(id)
    first[1] = 3
    return { vulcan.cache.get(id)[1], first[1], value[1] }`;
  assert.deepEqual(await runBoth(code), { value: [1, 3, 2] });
});

test("a value belongs to the entry that put it, not to its skill", async t => {
  const { run } = await luaCode(t);
  const put = await run("return vulcan.cache.put('secret')");
  assert.ok("value" in put);
  const args = { id: put.value };
  for (const other of ["demo-other", "second-run"]) {
    assert.deepEqual(await run("return vulcan.cache.get(args.id)", args, other), { value: undefined });
    assert.deepEqual(await run("return vulcan.cache.delete(args.id)", args, other), { value: false });
  }
  assert.deepEqual(await run("return vulcan.cache.get(args.id)", args), { value: "secret" });
});

test("inside a nested call the cache is that of the called entry", async t => {
  const { run } = await luaCode(t);
  const code = `
    local id = vulcan.cache.put("outer")
    local inner = vulcan.json.decode(vulcan.call("demo-other", {
      code = "return { vulcan.cache.put('inner'), vulcan.cache.get(args.id) == nil }", id = id }))
    return { inner.value[2], vulcan.cache.get(inner.value[1]) == nil, vulcan.cache.get(id) }`;
  assert.deepEqual(await run(code), { value: [true, true, "outer"] });
});

test("engines share nothing", async t => {
  const first = await luaCode(t);
  const second = await luaCode(t);
  const put = await first.run("return vulcan.cache.put(1)");
  assert.ok("value" in put);
  assert.deepEqual(await second.run("return vulcan.cache.get(args.id)", { id: put.value }), {
    value: undefined,
  });
});

test("values survive a reload and another VM", async t => {
  const { engine, run } = await luaCode(t);
  const put = await run("return vulcan.cache.put(1)");
  assert.ok("value" in put);
  await engine.reload();
  assert.deepEqual(await run("return vulcan.cache.get(args.id)", { id: put.value }), { value: 1 });
});

const wrong: [code: string, error: string][] = [
  ["put(1, -1)", "cache.put: ttl_sec must be a non-negative integer"],
  ["put(1, 1.5)", "cache.put: ttl_sec must be a non-negative integer"],
  ["put(1, '10')", "cache.put: ttl_sec must be a non-negative integer"],
  ["put(1, {})", "cache.put: ttl_sec must be a non-negative integer"],
  ["put(1, print)", "cache.put: ttl_sec must be a non-negative integer"],
  ["get()", "cache.get: id must be a string, got nil"],
  ["get(1)", "cache.get: id must be a string, got integer"],
  ["get(print)", "cache.get: id must be a string, got function"],
  ["get('\\255')", "cache.get: id must be a valid UTF-8 string"],
  ["get(' ')", "cache.get: id must not be empty"],
  ["delete()", "cache.delete: id must be a string, got nil"],
  ["delete({})", "cache.delete: id must be a string, got table"],
  ["delete('')", "cache.delete: id must not be empty"],
  ["put(print)", "cache.put: value: cannot convert function"],
  ["put({ a = { print } })", "cache.put: value.a[1]: cannot convert function"],
  ["put('\\255')", "cache.put: value: string is not valid UTF-8"],
];

test("vulcan.cache refuses wrong arguments and values that are no JSON", async t => {
  const { engine, runBoth } = await luaCode(t);
  for (const [code, error] of wrong)
    assert.deepEqual(await runBoth(`return vulcan.cache.${code}`), { error });
  assert.equal(engine.stats().cache.entries, 0);
});

test("ids that nobody has are nil and false", async t => {
  const { runBoth } = await luaCode(t);
  for (const id of ["tc-0-0", "tc-1-1 ", "nonsense"]) {
    assert.deepEqual(await runBoth("return vulcan.cache.get(args.id)", { id }), { value: undefined });
    assert.deepEqual(await runBoth("return vulcan.cache.delete(args.id)", { id }), { value: false });
  }
});

test("a ttl of 0 and one beyond the maximum are taken", async t => {
  const { runBoth } = await luaCode(t, { cache: { maxTtlSecs: 60 } });
  const code =
    "return { vulcan.cache.get(vulcan.cache.put(1, 0)), vulcan.cache.get(vulcan.cache.put(2, 1e9)) }";
  assert.deepEqual(await runBoth(code), { value: [1, 2] });
});

test("the bounds of the cache are options of the engine", async t => {
  const { run } = await luaCode(t, { cache: { maxEntries: 2, maxBytes: 20 } });
  const code = `
    local ids = {}
    for i = 1, 3 do ids[i] = vulcan.cache.put(i) end
    return { vulcan.cache.get(ids[1]) == nil, vulcan.cache.get(ids[2]), vulcan.cache.get(ids[3]) }`;
  assert.deepEqual(await run(code), { value: [true, 2, 3] });
  assert.deepEqual(await run("return vulcan.cache.put(('x'):rep(19))"), {
    error: "cache.put: the value takes 21 bytes, more than the cache may hold (20)",
  });
  await assert.rejects(createEngine(t, { cache: { maxEntries: 0 } }), {
    name: "RangeError",
    message: /cache\.maxEntries/,
  });
});

test("code that belongs to no entry has a cache of its own", async t => {
  const { engine, run } = await luaCode(t);
  const id = await engine.runLua("return vulcan.cache.put('of nobody')");
  assert.equal(await engine.runLua("return vulcan.cache.get(args.id)", { id }), "of nobody");
  assert.deepEqual(await run("return vulcan.cache.get(args.id)", { id }), { value: undefined });
});

test("the body of an entry file is not the entry", async t => {
  const { engine } = await engineWith(t, {
    demo: `
      local id = vulcan.cache.put("from the body")
      return function() return tostring(vulcan.cache.get(id)) end`,
  });
  assert.equal((await engine.call("demo-run")).content, "nil");
});

test("exec has no cache: its code belongs to nobody who could come back", async t => {
  const { engine } = await luaCode(t);
  const code = "return type(vulcan.cache), vulcan.cache.put, vulcan.cache.get, vulcan.cache.delete";
  const nothing = "```json\nnull\n```";
  const values = `1. \n\`\`\`text\ntable\n\`\`\`\n\n2. \n${nothing}\n\n3. \n${nothing}\n\n4. \n${nothing}`;
  const report = await engine.execLua({ code });
  assert.ok(report.includes(values), report);
});

test("a lease has the cache", async t => {
  const { engine } = await luaCode(t);
  const lease = await engine.leases.create({ sid: "s" });
  assert.equal(await lease.eval("return vulcan.cache.get(vulcan.cache.put(7))"), 7);
});
