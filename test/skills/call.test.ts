import assert from "node:assert/strict";
import { test } from "node:test";
import { LuaError, SkillEngine, SkillError } from "luaskills";
import { engineWith, manifest } from "./skill-tree.js";

const echo = "return function(args) return vulcan.json.encode(args) end";
const forever = "return function() while true do end end";

test("an object becomes the argument table, an array a sequence, anything else an empty table", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function(...) return select('#', ...) .. ' ' .. vulcan.json.encode((...)) end",
  });
  const cases: [args: Parameters<SkillEngine["call"]>[1], content: string][] = [
    [{ b: [1, { c: null }], a: "ä" }, '1 {"a":"ä","b":[1,[]]}'],
    [["x", "y"], '1 ["x","y"]'],
    [{}, "1 []"],
    ["text", "1 []"],
    [5, "1 []"],
    [null, "1 []"],
    [undefined, "1 []"],
  ];
  for (const [args, content] of cases) {
    assert.equal((await engine.call("demo-run", args)).content, content);
    assert.equal(engine.callSync("demo-run", args).content, content);
  }
});

test("arguments that JSON cannot say are refused before anything runs", async t => {
  const { engine } = await engineWith(t, { demo: echo });
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const args of [{ n: 1n }, cycle]) {
    const expected = { name: "SkillError", code: "SKILL_ARGUMENTS", message: /^demo-run: / };
    await assert.rejects(engine.call("demo-run", args as never), expected);
    assert.throws(() => engine.callSync("demo-run", args as never), expected);
  }
});

test("an unknown name is refused, before and after load", async t => {
  await using fresh = await SkillEngine.create();
  await assert.rejects(fresh.call("demo-run"), {
    code: "SKILL_NOT_FOUND",
    message: /load\(roots\) was not called/,
  });
  const { engine } = await engineWith(t, { demo: echo });
  await assert.rejects(engine.call("run"), { code: "SKILL_NOT_FOUND", message: /'run' not found/ });
  assert.throws(() => engine.callSync("run"), { code: "SKILL_NOT_FOUND" });
});

test("an error of the skill is a LuaError that names the entry, the line and the traceback", async t => {
  const { engine } = await engineWith(t, { demo: "return function()\n  local x = nil\n  return x.y\nend" });
  const check = (error: unknown) => {
    assert.ok(error instanceof LuaError);
    assert.equal(error.code, "LUA_RUNTIME");
    assert.match(error.message, /^demo-run: demo\/runtime\/run\.lua:3: attempt to index/);
    assert.equal(error.line, 3);
    assert.match(error.traceback ?? "", /demo\/runtime\/run\.lua:3/);
    return true;
  };
  await assert.rejects(engine.call("demo-run"), check);
  assert.throws(() => engine.callSync("demo-run"), check);
});

test("timeoutMs ends a call, and the engine goes on", async t => {
  const { engine } = await engineWith(t, { demo: forever, echo });
  const expected = { name: "LuaError", code: "LUA_TIMEOUT", message: /^demo-run: / };
  await assert.rejects(engine.call("demo-run", {}, { timeoutMs: 50 }), expected);
  assert.throws(() => engine.callSync("demo-run", {}, { timeoutMs: 50 }), expected);
  assert.equal((await engine.call("echo-run", { a: 1 })).content, '{"a":1}');
});

test("callTimeoutMs is the limit of calls that name none", async t => {
  const { engine } = await engineWith(t, { demo: forever }, { callTimeoutMs: 50 });
  await assert.rejects(engine.call("demo-run"), { code: "LUA_TIMEOUT" });
  assert.throws(() => engine.callSync("demo-run"), { code: "LUA_TIMEOUT" });
});

test("the body of an entry file does not count against the deadline of the call", async t => {
  const { engine } = await engineWith(t, {
    demo: "local t = os.clock() + 0.2 while os.clock() < t do end return function() return 'ok' end",
  });
  assert.equal((await engine.call("demo-run", {}, { timeoutMs: 100 })).content, "ok");
});

test("an abort ends a running call, and one that had not started", async t => {
  const { engine } = await engineWith(t, { demo: forever });
  const controller = new AbortController();
  const running = engine.call("demo-run", {}, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(running, { name: "LuaError", code: "LUA_ABORTED", message: /^demo-run: / });
  await assert.rejects(engine.call("demo-run", {}, { signal: controller.signal }), { code: "LUA_ABORTED" });
  assert.throws(() => engine.callSync("demo-run", {}, { signal: controller.signal }), {
    code: "LUA_ABORTED",
  });
});

test("jit: false runs the call in the interpreter", async t => {
  const { engine } = await engineWith(t, { demo: "return function() return tostring((jit.status())) end" });
  assert.equal((await engine.call("demo-run")).content, "true");
  assert.equal((await engine.call("demo-run", {}, { jit: false })).content, "false");
  assert.equal(engine.callSync("demo-run", {}, { jit: false }).content, "false");
  assert.equal((await engine.call("demo-run")).content, "true");
});

test("a call that gets no VM in time is refused with POOL_TIMEOUT", async t => {
  const { engine } = await engineWith(
    t,
    { demo: forever, echo },
    { pool: { minSize: 1, maxSize: 1, acquireTimeoutMs: 50 } },
  );
  const blocking = engine.call("demo-run", {}, { timeoutMs: 500 });
  await assert.rejects(engine.call("echo-run"), {
    name: "SkillError",
    code: "POOL_TIMEOUT",
    message: /^echo-run: /,
  });
  await assert.rejects(blocking, { code: "LUA_TIMEOUT" });
  assert.equal((await engine.call("echo-run")).content, "[]");
});

test("an abort also ends the wait for a VM", async t => {
  const { engine } = await engineWith(t, { demo: forever, echo }, { pool: { maxSize: 1 } });
  const blocking = engine.call("demo-run", {}, { timeoutMs: 300 });
  const controller = new AbortController();
  const waiting = engine.call("echo-run", {}, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(waiting, { name: "LuaError", code: "LUA_ABORTED" });
  await assert.rejects(blocking, { code: "LUA_TIMEOUT" });
});

test("callSync never waits for a VM", async t => {
  const { engine } = await engineWith(t, { demo: forever, echo }, { pool: { maxSize: 1 } });
  const blocking = engine.call("demo-run", {}, { timeoutMs: 300 });
  assert.equal(engine.callSync("echo-run", { a: 1 }).content, '{"a":1}');
  await assert.rejects(blocking, { code: "LUA_TIMEOUT" });
});

test("a host function may call the engine again while its caller holds the only VM", async t => {
  const answers: Promise<unknown>[] = [];
  const { engine } = await engineWith(
    t,
    { demo: "return function() vulcan.runtime.log('info', 'ask') return 'outer' end", echo },
    { pool: { maxSize: 1, acquireTimeoutMs: 1_000 } },
  );
  engine.on("log", () => {
    answers.push(engine.call("echo-run", { n: 1 }));
    assert.equal(engine.callSync("echo-run", { n: 2 }).content, '{"n":2}');
  });
  assert.equal((await engine.call("demo-run")).content, "outer");
  assert.equal(engine.callSync("demo-run").content, "outer");
  assert.equal(answers.length, 2);
  for (const answer of await Promise.all(answers))
    assert.equal((answer as { content: string }).content, '{"n":1}');
});

test("memoryLimit stops a greedy skill and leaves the others alone", async t => {
  const { engine } = await engineWith(
    t,
    { demo: "return function() local t = {} for i = 1, 1e9 do t[i] = {i} end end", echo },
    { memoryLimit: 16 << 20 },
  );
  await assert.rejects(engine.call("demo-run"), { name: "LuaError", code: "LUA_MEMORY" });
  assert.equal((await engine.call("echo-run", { a: 1 })).content, '{"a":1}');
});

test("globals of a skill stay in the skill, and its file runs once per VM", async t => {
  const count =
    "runs = (runs or 0) + 1 return function() calls = (calls or 0) + 1 return runs .. ' ' .. calls end";
  const { engine } = await engineWith(
    t,
    {
      one: { "skill.yaml": manifest(["a", "b"]), "runtime/a.lua": count, "runtime/b.lua": count },
      two: count,
    },
    { pool: { maxSize: 1 } },
  );
  assert.equal((await engine.call("one-a")).content, "1 1");
  assert.equal((await engine.call("one-a")).content, "1 2");
  assert.equal((await engine.call("one-b")).content, "2 3");
  assert.equal((await engine.call("two-run")).content, "1 1");
});

test("a long call does not hold the event loop", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() local t = os.clock() + 0.3 while os.clock() < t do end return 'done' end",
  });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const { content } = await engine.call("demo-run");
  clearInterval(timer);
  assert.equal(content, "done");
  assert.ok(ticks >= 3, `the timer fired ${ticks} times`);
});

test("many calls at once share the pool", async t => {
  const { engine } = await engineWith(t, { demo: "return function(args) return tostring(args.n * 2) end" });
  const results = await Promise.all(Array.from({ length: 500 }, (_, n) => engine.call("demo-run", { n })));
  assert.deepEqual(
    results.map(({ content }) => Number(content)),
    Array.from({ length: 500 }, (_, n) => n * 2),
  );
});

test("stats count calls, loads and VMs", async t => {
  const { engine } = await engineWith(t, { demo: "return function(args) return args.text end" });
  await engine.call("demo-run", { text: "x" });
  engine.callSync("demo-run", { text: "x" });
  await assert.rejects(engine.call("demo-run"));
  const { pool, execPool, cache, ...counts } = engine.stats();
  assert.deepEqual(counts, {
    skills: 1,
    entries: 1,
    loads: 1,
    calls: { running: 0, completed: 2, failed: 1 },
    leases: 0,
  });
  assert.equal(execPool.total, 0);
  assert.equal(cache.entries, 0);
  assert.equal(pool.leased, 0);
  assert.ok(pool.total >= 1);
});

test("close lets a running call finish and refuses new ones", async t => {
  const { engine, root } = await engineWith(t, {
    demo: "return function() local t = os.clock() + 0.1 while os.clock() < t do end return 'done' end",
  });
  const running = engine.call("demo-run");
  const closing = engine.close({ drainMs: 10_000 });
  await assert.rejects(engine.call("demo-run"), { name: "SkillError", code: "ENGINE_CLOSED" });
  assert.throws(() => engine.callSync("demo-run"), { code: "ENGINE_CLOSED" });
  await assert.rejects(engine.load([{ name: "ROOT", skillsDir: root }]), { code: "ENGINE_CLOSED" });
  assert.equal((await running).content, "done");
  await closing;
  await engine.close();
});

test("close ends what does not finish in time", async t => {
  const { engine } = await engineWith(t, { demo: forever }, { pool: { maxSize: 1 } });
  const running = engine.call("demo-run");
  const waiting = engine.call("demo-run");
  const expectation = Promise.all([
    assert.rejects(running, { name: "SkillError", code: "ENGINE_CLOSED", message: /^demo-run: / }),
    assert.rejects(waiting, { name: "SkillError", code: "ENGINE_CLOSED" }),
  ]);
  await engine.close({ drainMs: 20 });
  await expectation;
  assert.equal(engine.stats().pool.total, 0);
});

test("await using closes the engine", async () => {
  let kept: SkillEngine;
  {
    await using engine = await SkillEngine.create();
    kept = engine;
  }
  assert.throws(
    () => kept.callSync("x"),
    (error: unknown) => error instanceof SkillError && error.code === "ENGINE_CLOSED",
  );
});

test("wrong options are refused by name", async () => {
  await assert.rejects(SkillEngine.create({ callTimeoutMs: 0 }), {
    name: "RangeError",
    message: /callTimeoutMs/,
  });
  await assert.rejects(SkillEngine.create({ initTimeoutMs: "x" as never }), {
    name: "TypeError",
    message: /initTimeoutMs/,
  });
  await assert.rejects(SkillEngine.create({ reservedEntryNames: [1] as never }), { name: "TypeError" });
  await assert.rejects(SkillEngine.create({ logger: "console" as never }), {
    name: "TypeError",
    message: /logger/,
  });
});

test("an error of a library function in a tail call names no position, and none of the runtime's own", async t => {
  const { engine } = await engineWith(t, { demo: "return function() return string.rep() end" });
  const expected = { message: "demo-run: bad argument #1 to '?' (string expected, got no value)" };
  await assert.rejects(engine.call("demo-run"), expected);
  assert.throws(() => engine.callSync("demo-run"), expected);
});

test("on a lane an abort ends what never leaves a C function", async t => {
  const { engine } = await engineWith(t, {
    bomb: "return function() return ('a'):rep(600):find(('.-'):rep(9) .. 'b$') end",
  });
  const controller = new AbortController();
  const call = engine.call("bomb-run", {}, { signal: controller.signal, start: "lane" });
  // The JS thread is free while the search goes on.
  setImmediate(() => controller.abort());
  await assert.rejects(call, { code: "LUA_ABORTED" });
});
