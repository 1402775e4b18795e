// Streams as skills use them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import { databaseBench } from "../databases/skills.js";

const open = (sql: string) =>
  `return vulcan.sqlite.query_stream({ sql = [[${sql}]], chunk_bytes = 65536 }).stream_id`;
const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n";
const some = `${numbers} LIMIT 20000) SELECT i, 'number ' || i AS name FROM n`;
const endless = `${numbers}) SELECT i FROM n`;

/** Lua code that reads a whole stream: a list of chunks in base64. */
const readAll = (stream: unknown) => `
  local metrics = vulcan.sqlite.query_stream_wait_metrics({ stream_id = ${stream} })
  local chunks = {}
  for index = 0, metrics.chunk_count - 1 do
    local chunk = vulcan.sqlite.query_stream_chunk({ stream_id = ${stream}, index = index })
    chunks[#chunks + 1] = chunk.chunk_base64
  end
  return chunks`;

function tableOf(result: unknown) {
  const chunks = (result as { value: string[] }).value;
  return tableFromIPC(Buffer.concat(chunks.map(chunk => Buffer.from(chunk, "base64"))));
}

test("a stream that one kind of call has opened can be read by the other", async t => {
  const { run, runSync } = await databaseBench(t);
  const waiting = (await run(open(some))) as { value: number };
  const blocking = runSync(open(some)) as { value: number };
  assert.deepEqual([waiting.value, blocking.value], [1, 2]);
  for (const stream of [1, 2]) {
    for (const result of [await run(readAll(stream)), runSync(readAll(stream))]) {
      const table = tableOf(result);
      assert.equal(table.numRows, 20_000);
      assert.deepEqual(table.get(19_999)?.toJSON(), { i: 20_000n, name: "number 20000" });
    }
  }
});

test("a stream sees what the skill has written before", async t => {
  const { run } = await databaseBench(t);
  const code = `
    vulcan.sqlite.execute_script({ sql = "CREATE TABLE t (a INTEGER)" })
    vulcan.sqlite.execute_batch({ sql = "INSERT INTO t VALUES (?)", items = { { 1 }, { 2 }, { 3 } } })
    ${open("SELECT a FROM t")}`;
  assert.deepEqual(await run(code), { value: 1 });
  assert.deepEqual(
    Array.from(tableOf(await run(readAll(1))), row => row.a),
    [1n, 2n, 3n],
  );
});

test("a query that fails is raised to who waits for it", async t => {
  const { run, runSync } = await databaseBench(t);
  await run(open("SELECT * FROM nowhere"));
  const wait = "return vulcan.sqlite.query_stream_wait_metrics({ stream_id = 1 })";
  const message = "sqlite.query_stream_wait_metrics: no such table: nowhere";
  assert.deepEqual(await run(wait), { error: message });
  assert.deepEqual(runSync(wait), { error: message });
});

test("an engine with a stream that does not end closes", async t => {
  const { engine, run } = await databaseBench(t);
  await run(open(endless));
  await run("return vulcan.sqlite.query_stream_chunk({ stream_id = 1, index = 0 }).byte_count");
  await engine.close();
});
