import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lease, LeaseOptions } from "luaskills";
import { createEngine, engineWith, temporaryFolder, writeSkill } from "./skill-tree.js";

test("a lease keeps its state from one evaluation to the next, and is its own", async t => {
  const engine = await createEngine(t);
  const lease = await engine.leases.create({ sid: "one" });
  const other = await engine.leases.create({ sid: "two" });
  assert.equal(await lease.eval("count = (count or 0) + args.by return count", { by: 2 }), 2);
  assert.equal(await lease.eval("count = (count or 0) + args.by return count", { by: 3 }), 5);
  assert.equal(await other.eval("return count"), null);
  assert.equal(await engine.runLua("return count"), null);
  assert.equal(await lease.eval("function add(x) count = count + x return count end return add(1)"), 6);
  assert.equal(await lease.eval("return add(1), print"), 7);
  assert.equal(await lease.eval("local x = 1"), null);
});

test("a lease says who it is, and list says which there are", async t => {
  const engine = await createEngine(t);
  const first = await engine.leases.create({ sid: "a" });
  const second = await engine.leases.create({ sid: "ä €" });
  assert.match(first.id, /^rt_\d+_1$/);
  assert.match(second.id, /^rt_\d+_2$/);
  assert.deepEqual([first.sid, first.generation, second.sid, second.generation], ["a", 1, "ä €", 1]);
  assert.deepEqual(engine.leases.list(), [first, second]);
  assert.equal(engine.stats().leases, 2);
  await first.close();
  await first.close();
  assert.deepEqual(engine.leases.list(), [second]);
});

test("a sid has one lease at a time, unless the new one replaces it; generations count", async t => {
  const engine = await createEngine(t);
  const first = await engine.leases.create({ sid: "s" });
  await assert.rejects(engine.leases.create({ sid: "s" }), { name: "SkillError", code: "LEASE_EXISTS" });
  await assert.rejects(engine.leases.create({ sid: "s", replace: false }), { code: "LEASE_EXISTS" });
  const second = await engine.leases.create({ sid: "s", replace: true });
  assert.equal(second.generation, 2);
  await assert.rejects(first.eval("return 1"), { name: "SkillError", code: "LEASE_REPLACED" });
  assert.equal(await second.eval("return 1"), 1);
  await first.close();
  assert.deepEqual(engine.leases.list(), [second]);
  await second.close();
  await assert.rejects(second.eval("return 1"), { code: "LEASE_CLOSED" });
  assert.equal((await engine.leases.create({ sid: "s" })).generation, 3);
});

test("there are eight leases at most", async t => {
  const engine = await createEngine(t);
  const leases: Lease[] = [];
  for (let i = 0; i < 8; i++) leases.push(await engine.leases.create({ sid: `s${i}` }));
  await assert.rejects(engine.leases.create({ sid: "more" }), { name: "SkillError", code: "LEASE_LIMIT" });
  await engine.leases.create({ sid: "s3", replace: true });
  await assert.rejects(engine.leases.create({ sid: "more" }), { code: "LEASE_LIMIT" });
  await leases[0]?.close();
  assert.equal((await engine.leases.create({ sid: "more" })).generation, 1);
});

const invalid: [what: string, options: unknown, error: object][] = [
  ["no options", undefined, { name: "TypeError", message: /options must be an object with a sid/ }],
  ["no sid", {}, { name: "TypeError", message: /sid must be a string, got undefined/ }],
  ["a sid that is no text", { sid: 5 }, { name: "TypeError", message: /sid must be a string, got number/ }],
  ["an empty sid", { sid: "" }, { name: "RangeError", message: /sid must have 1 to 128 bytes, got 0/ }],
  ["a blank sid", { sid: "  " }, { name: "RangeError" }],
  ["a sid of 129 bytes", { sid: `${"x".repeat(127)}ä` }, { name: "RangeError", message: /got 129/ }],
  [
    "ttlSecs 0",
    { sid: "s", ttlSecs: 0 },
    { name: "RangeError", message: /ttlSecs must be a whole number from 1 to 3600/ },
  ],
  ["a ttl of more than an hour", { sid: "s", ttlSecs: 3601 }, { name: "RangeError" }],
  ["a ttl with a fraction", { sid: "s", ttlSecs: 1.5 }, { name: "RangeError" }],
  ["a ttl that is no number", { sid: "s", ttlSecs: "5" }, { name: "RangeError" }],
  [
    "replace that is no flag",
    { sid: "s", replace: 1 },
    { name: "TypeError", message: /replace must be true or false/ },
  ],
  [
    "a cwd that is no path",
    { sid: "s", cwd: "" },
    { name: "TypeError", message: /cwd must be a non-empty string/ },
  ],
];

for (const [what, options, error] of invalid) {
  test(`a lease with ${what} is refused`, async t => {
    const engine = await createEngine(t);
    await assert.rejects(engine.leases.create(options as LeaseOptions), error);
    assert.deepEqual(engine.leases.list(), []);
  });
}

test("a sid of 128 bytes and a ttl of an hour are allowed", async t => {
  const engine = await createEngine(t);
  assert.ok(await engine.leases.create({ sid: `${"x".repeat(126)}ä`, ttlSecs: 3_600 }));
});

test("a lease that is not used ends after its time; use makes the time begin anew", async t => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const engine = await createEngine(t);
  const lease = await engine.leases.create({ sid: "s", ttlSecs: 10 });
  const byDefault = await engine.leases.create({ sid: "d" });
  mock.timers.tick(9_999);
  assert.equal(await lease.eval("return 1"), 1);
  mock.timers.tick(9_999);
  assert.equal(await lease.eval("return 1"), 1);
  mock.timers.tick(10_000);
  await assert.rejects(lease.eval("return 1"), {
    name: "SkillError",
    code: "LEASE_EXPIRED",
    message: /it was not used for 10 s/,
  });
  assert.deepEqual(engine.leases.list(), [byDefault]);
  mock.timers.tick(569_999);
  assert.deepEqual(engine.leases.list(), [byDefault]);
  mock.timers.tick(10_003);
  assert.deepEqual(engine.leases.list(), []);
});

test("a lease runs one thing at a time", async t => {
  const engine = await createEngine(t);
  engine.registerHostTool("later", { description: "", call: () => sleep(5, { x: 1 }) });
  const lease = await engine.leases.create({ sid: "s" });
  const first = lease.eval("return vulcan.host.call('later', {}).x");
  await assert.rejects(lease.eval("return 2"), { name: "SkillError", code: "LEASE_BUSY" });
  assert.equal(await first, 1);
  assert.equal(await lease.eval("return 3"), 3);
});

const survived: [what: string, code: unknown, error: object][] = [
  ["an error", "error('no luck')", { name: "LuaError", code: "LUA_RUNTIME", message: "lease:1: no luck" }],
  ["a mistake in the text", "x x", { name: "LuaError", code: "LUA_SYNTAX" }],
  ["a result that JSON cannot say", "return print", { name: "LuaError", code: "LUA_CONVERT" }],
  [
    "code that is no text",
    5,
    { name: "TypeError", message: "Lease.eval: code must be a string, got number" },
  ],
];

for (const [what, code, error] of survived) {
  test(`a lease survives ${what}`, async t => {
    const engine = await createEngine(t);
    const lease = await engine.leases.create({ sid: "s" });
    await lease.eval("kept = 'state'");
    await assert.rejects(lease.eval(code as string), error);
    await assert.rejects(lease.eval("return 1", {}, { timeoutMs: -1 }), { name: "RangeError" });
    assert.equal(await lease.eval("return kept"), "state");
  });
}

test("a lease whose run had to be stopped ends: its state cannot be trusted", async t => {
  const engine = await createEngine(t, { memoryLimit: 4 << 20 });
  const stops: [code: string, options: () => object, error: object][] = [
    ["while true do pcall(function() end) end", () => ({ timeoutMs: 20 }), { code: "LUA_TIMEOUT" }],
    ["while true do end", () => ({ signal: AbortSignal.timeout(20) }), { code: "LUA_ABORTED" }],
    ["local t = {} for i = 1, 1e9 do t[i] = {} end", () => ({}), { code: "LUA_MEMORY" }],
  ];
  for (const [code, options, error] of stops) {
    const lease = await engine.leases.create({ sid: "s" });
    await assert.rejects(lease.eval(code, {}, options()), { name: "LuaError", ...error });
    await assert.rejects(lease.eval("return 1"), {
      code: "LEASE_CLOSED",
      message: /stopped or ran out of memory/,
    });
    assert.deepEqual(engine.leases.list(), []);
  }
});

test("a lease that keeps what was stopped goes on with its state", async t => {
  const engine = await createEngine(t);
  await engine.load([]);
  const lease = await engine.leases.create({ sid: "kept", afterStop: "keep" });
  await lease.eval("x = 1");
  const endless = "x = x + 1 print(x) while true do pcall(error) end";
  await assert.rejects(lease.eval(endless, {}, { timeoutMs: 20 }), { code: "LUA_TIMEOUT" });
  const controller = new AbortController();
  engine.on("log", ({ message }) => message.endsWith("3") && controller.abort());
  await assert.rejects(lease.eval(endless, {}, { signal: controller.signal }), { code: "LUA_ABORTED" });
  assert.equal(await lease.eval("return x"), 3);
  await lease.eval("rawset(vulcan, 'json', 1)");
  await assert.rejects(lease.eval("return x"), { code: "LEASE_CLOSED" });
});

test("what a lease prints goes where its owner wants it, not to the log", async t => {
  const engine = await createEngine(t);
  await engine.load([]);
  const [printed, logged]: string[][] = [[], []];
  engine.on("log", ({ message }) => logged?.push(message));
  const lease = await engine.leases.create({ sid: "p", print: line => printed?.push(line) });
  await lease.eval("print('a', 1) io.write('b\\nc')");
  assert.deepEqual(printed, ["a\t1", "b", "c"]);
  assert.deepEqual(logged, []);
});

test("what becomes of a stopped lease and of its output is checked", async t => {
  const engine = await createEngine(t);
  await engine.load([]);
  const create = (options: object) => engine.leases.create({ sid: "x", ...options } as LeaseOptions);
  await assert.rejects(create({ afterStop: "go on" }), /afterStop must be "close" or "keep"/);
  await assert.rejects(create({ print: "stdout" }), /print must be a function/);
});

test("closing, replacing and expiring end what runs, with the reason", async t => {
  const engine = await createEngine(t);
  engine.registerHostTool("never", { description: "", call: () => new Promise(() => {}) });
  const ends: [end: (lease: Lease) => unknown, code: string][] = [
    [lease => lease.close(), "LEASE_CLOSED"],
    [() => engine.leases.create({ sid: "s", replace: true }), "LEASE_REPLACED"],
  ];
  for (const [end, code] of ends) {
    for (const work of ["vulcan.host.call('never', {})", "while true do end"]) {
      const lease = await engine.leases.create({ sid: "s", replace: true });
      const running = lease.eval(work);
      await sleep(5);
      await end(lease);
      await assert.rejects(running, { name: "SkillError", code });
    }
  }
});

test("a lease has the API of skills, without a skill, and calls what is loaded now", async t => {
  const { engine, root } = await engineWith(t, { demo: "return function() return 'old' end" });
  const lease = await engine.leases.create({ sid: "s" });
  const call = "return vulcan.call('demo-run', {})";
  assert.equal(await lease.eval(call), "old");
  assert.equal(
    await lease.eval("return tostring(vulcan.context.skill_dir) .. type(vulcan.runtime.log)"),
    "nilfunction",
  );
  writeSkill(root, "demo", "return function() return 'new' end");
  writeSkill(root, "more", "return function() return 'more' end");
  await engine.reload();
  assert.equal(await lease.eval(call), "new");
  assert.equal(await lease.eval("return vulcan.call('more-run', {})"), "more");
  rmSync(join(root, "demo"), { recursive: true });
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  await assert.rejects(lease.eval(call), { message: /Skill 'demo-run' not found/ });
});

test("a reload while the body of a file runs on a leased VM confuses nothing", async t => {
  const body = (text: string) => `vulcan.host.call("pause", {}) return function() return "${text}" end`;
  const { engine, root } = await engineWith(t, { demo: "return function() return 'first' end" });
  const resume: (() => void)[] = [];
  let pausing = false;
  engine.registerHostTool("pause", {
    description: "",
    call: () => (pausing ? new Promise<object>(resolve => resume.push(() => resolve({}))) : {}),
  });
  writeSkill(root, "demo", body("second"));
  await engine.reload();
  const lease = await engine.leases.create({ sid: "s" });
  pausing = true;
  const second = lease.eval("return vulcan.call('demo-run', {})");
  while (resume.length === 0) await sleep(1);
  pausing = false;
  writeSkill(root, "demo", body("third"));
  await engine.reload();
  resume[0]?.();
  assert.equal(await second, "second");
  assert.equal(await lease.eval("return vulcan.call('demo-run', {})"), "third");
});

test("what an evaluation leaves running ends with the evaluation, what it keeps with the lease", async t => {
  const engine = await createEngine(t);
  const folder = temporaryFolder(t);
  const lease = await engine.leases.create({ sid: "s", cwd: folder });
  assert.equal(await lease.eval("return vulcan.runtime.cwd()"), folder);
  const opened = await lease.eval(`
    file = io.open("kept.txt", "w")
    file:write("text")
    return vulcan.fs.exists("kept.txt")`);
  assert.equal(typeof opened, "boolean");
  assert.equal(await lease.eval("file:close() return vulcan.fs.read('kept.txt')"), "text");
  assert.ok(existsSync(join(folder, "kept.txt")));
  writeFileSync(join(folder, "more.lua"), "return 'from the folder'");
  assert.equal(await lease.eval("return dofile('more.lua')"), "from the folder");
  assert.equal(readFileSync(join(folder, "kept.txt"), "utf8"), "text");
});

test("generations of a sid are counted as long as not too many other sids come between", async t => {
  const engine = await createEngine(t);
  const touch = async (sid: string) => {
    const lease = await engine.leases.create({ sid });
    await lease.close();
    return lease.generation;
  };
  assert.equal(await touch("s"), 1);
  for (let i = 0; i < 20; i++) await touch(`other ${i}`);
  assert.equal(await touch("s"), 2);
});
