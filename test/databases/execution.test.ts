import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { repository } from "../skills/skill-tree.js";
import { benchOn, databaseBench } from "./skills.js";

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n";
const runEndless = `vulcan.sqlite.query_json({ sql = "${endless}" })`;

test("a statement that never ends is interrupted at the deadline of its call", async t => {
  const { engine, run } = await databaseBench(t);
  const call = engine.call("demo-run", { code: runEndless }, { timeoutMs: 100 });
  await assert.rejects(call, { code: "LUA_TIMEOUT" });
  // The thread is free again: the next operation of the skill has its turn.
  assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'SELECT 1 AS one' }).rows[1].one"), {
    value: 1,
  });
});

test("a synchronous call is not held beyond its deadline either", async t => {
  const { engine, runSync } = await databaseBench(t);
  assert.throws(() => engine.callSync("demo-run", { code: runEndless }, { timeoutMs: 100 }), {
    code: "LUA_TIMEOUT",
  });
  assert.deepEqual(runSync("return vulcan.sqlite.query_json({ sql = 'SELECT 1 AS one' }).rows[1].one"), {
    value: 1,
  });
});

test("an aborted call interrupts its statement", async t => {
  const { engine, run } = await databaseBench(t);
  const controller = new AbortController();
  const call = engine.call("demo-run", { code: runEndless }, { signal: controller.signal });
  await sleep(50);
  controller.abort();
  await assert.rejects(call, { code: "LUA_ABORTED" });
  assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'SELECT 2 AS two' }).rows[1].two"), {
    value: 2,
  });
});

test("a call that is ended while it waits for its turn never touches the database", async t => {
  const { engine, run } = await databaseBench(t);
  await run("vulcan.sqlite.execute_script({ sql = 'CREATE TABLE t (x)' })");
  const blocker = engine.call("demo-run", { code: runEndless }, { timeoutMs: 300 });
  const controller = new AbortController();
  const insert = "vulcan.sqlite.execute_script({ sql = 'INSERT INTO t VALUES (1)' })";
  const waiting = engine.call("demo-run", { code: insert }, { signal: controller.signal });
  await sleep(20);
  controller.abort();
  await assert.rejects(waiting, { code: "LUA_ABORTED" });
  await assert.rejects(blocker, { code: "LUA_TIMEOUT" });
  assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'SELECT * FROM t' }).row_count"), {
    value: 0,
  });
});

test("operations of one skill run in the order in which they came", async t => {
  // No call goes elsewhere before it has come to its operation.
  const { run } = await databaseBench(t, { inlineBudgetUs: 10_000_000, pool: { minSize: 1, maxSize: 100 } });
  await run(
    "vulcan.sqlite.execute_script({ sql = 'CREATE TABLE t (n INTEGER PRIMARY KEY AUTOINCREMENT, i)' })",
  );
  const insert =
    "vulcan.sqlite.execute_script({ sql = 'INSERT INTO t (i) VALUES (?)', params = { args.i } })";
  const numbers = Array.from({ length: 100 }, (_, i) => i);
  await Promise.all(numbers.map(i => run(insert, { i })));
  const all = "SELECT group_concat(i) AS all_i FROM (SELECT i FROM t ORDER BY n)";
  assert.deepEqual(await run(`return vulcan.sqlite.query_json({ sql = "${all}" }).rows[1].all_i`), {
    value: numbers.join(),
  });
});

test("a long statement of one skill holds up neither other skills nor the event loop", async t => {
  const { engine, run } = await databaseBench(t);
  const long = engine.call("demo-run", { code: runEndless }, { timeoutMs: 30_000 }).catch(() => "ended");
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  t.after(() => clearInterval(timer));
  for (let i = 0; i < 20; i++) {
    const outcome = await run(
      "return vulcan.sqlite.query_json({ sql = 'SELECT 1 AS one' }).row_count",
      {},
      "second",
    );
    assert.deepEqual(outcome, { value: 1 });
  }
  await sleep(20);
  assert.ok(turns > 0);
  await engine.close({ drainMs: 0 });
  assert.equal(await long, "ended");
});

test("an engine closes while statements run", async t => {
  const { engine } = await databaseBench(t);
  const calls = ["demo-run", "second-run"].map(name =>
    assert.rejects(engine.call(name, { code: runEndless }), { code: "ENGINE_CLOSED" }),
  );
  await sleep(30);
  await engine.close({ drainMs: 20 });
  await Promise.all(calls);
});

test("a process exits while statements run", async t => {
  const { skillsDir } = await databaseBench(t);
  const program = `
    import { SkillEngine } from ${JSON.stringify(pathToFileURL(`${repository}/dist/index.js`).href)};
    const engine = await SkillEngine.create();
    await engine.load([{ name: "ROOT", skillsDir: ${JSON.stringify(skillsDir)} }]);
    engine.call("demo-run", { code: ${JSON.stringify(runEndless)} });
    setTimeout(() => process.exit(7), 200);`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 });
  assert.deepEqual([child.status, child.signal, String(child.stderr)], [7, null, ""]);
});

test("a process that has nothing else to do ends by itself, its databases open or not", async t => {
  const { skillsDir } = await databaseBench(t);
  const program = `
    import { SkillEngine } from ${JSON.stringify(pathToFileURL(`${repository}/dist/index.js`).href)};
    const engine = await SkillEngine.create();
    await engine.load([{ name: "ROOT", skillsDir: ${JSON.stringify(skillsDir)} }]);
    const code = "return vulcan.sqlite.query_json({ sql = 'SELECT 1 AS one' }).row_count";
    console.log((await engine.call("demo-run", { code })).content);`;
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 });
  assert.deepEqual([child.status, String(child.stdout), String(child.stderr)], [0, '{"value":1}\n', ""]);
});

test("databases stay open over a reload, and what was written before is there", async t => {
  const { engine, run } = await databaseBench(t);
  await run("vulcan.sqlite.execute_script({ sql = 'CREATE TABLE t (x); INSERT INTO t VALUES (5)' })");
  await engine.reload();
  assert.deepEqual(await run("return vulcan.sqlite.query_json({ sql = 'SELECT x FROM t' }).rows[1].x"), {
    value: 5,
  });
});

test("two engines and both kinds of call work on one file", async t => {
  const first = await databaseBench(t);
  await first.run("vulcan.sqlite.execute_script({ sql = 'CREATE TABLE t (x)' })");
  const second = await benchOn(t, first.runtimeRoot);
  const insert = "vulcan.sqlite.execute_script({ sql = 'INSERT INTO t VALUES (1)' })";
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? first.run(insert) : second.run(insert))),
  );
  for (let i = 0; i < 10; i++) {
    first.runSync(insert);
    second.runSync(insert);
  }
  const count = "return vulcan.sqlite.query_json({ sql = 'SELECT count(*) AS n FROM t' }).rows[1].n";
  assert.deepEqual(await first.run(count), { value: 60 });
  assert.deepEqual(second.runSync(count), { value: 60 });
});

test("a synchronous call cannot have LanceDB and says so", async t => {
  const { runSync } = await databaseBench(t);
  const outcome = runSync("vulcan.lancedb.drop_table({ table_name = 't' })");
  assert.deepEqual(outcome, {
    error: "lancedb.drop_table: LanceDB answers later, and a synchronous call cannot wait for it",
  });
});

test("below a C function the database answers at once", async t => {
  const { run } = await databaseBench(t);
  const code = `
    return (("a b"):gsub("%a", function(letter)
      return vulcan.sqlite.query_json({ sql = "SELECT upper(?) AS u", params = { letter } }).rows[1].u
    end))`;
  assert.deepEqual(await run(code), { value: "A B" });
});
