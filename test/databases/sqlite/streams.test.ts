// query_stream and its companions: chunks, numbers, waiting and what is refused.

import assert from "node:assert/strict";
import { fstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { RecordBatchReader, tableFromIPC } from "apache-arrow";
import { loadArrow } from "#dist/databases/sqlite/streams/arrow-writer.js";
import { Spool } from "#dist/databases/sqlite/streams/spool.js";
import { chunkOf, type Input, numbers, streamBench } from "./stream-bench.js";

const bench = streamBench({ after });
const { ask, askSync, open } = bench;

/** A query that does not end by itself. */
const endless = `SELECT i FROM ${numbers("9e18")}`;
/** The same in a single step. */
const endlessStep = `SELECT count(*) FROM ${numbers("9e18")}`;
/** Some MiB. */
const large = `SELECT i, printf('%0200d', i) AS text, i * 0.5 AS half, zeroblob(8) AS zeros FROM ${numbers(50_000)}`;

async function chunks(stream_id: number): Promise<Buffer[]> {
  const { chunk_count } = await ask("stream_wait_metrics", { stream_id });
  const all: Buffer[] = [];
  for (let index = 0; index < Number(chunk_count); index++) {
    all.push(chunkOf(await ask("stream_chunk", { stream_id, index })));
  }
  return all;
}

test("a stream is opened at once, and its metrics say what came out", async () => {
  const opened = await ask("stream", { sql: "SELECT 1 AS a UNION ALL SELECT 2" });
  const { stream_id } = opened;
  assert.deepEqual(opened, { success: true, stream_id, metrics_ready: false });
  const { total_bytes, ...metrics } = await ask("stream_wait_metrics", { stream_id });
  assert.deepEqual(metrics, { success: true, stream_id, metrics_ready: true, row_count: 2, chunk_count: 1 });
  const { chunk_base64, ...chunk } = await ask("stream_chunk", { stream_id, index: 0 });
  assert.deepEqual(chunk, { success: true, stream_id, index: 0, byte_count: total_bytes });
  const { message, ...closed } = await ask("stream_close", { stream_id });
  assert.deepEqual(closed, { success: true, stream_id });
  assert.match(String(message), /closed/);
});

test("the chunks in their order are one Arrow stream of batches of up to 1000 rows", async () => {
  const stream = await open(large, { chunk_bytes: 65_536 });
  const all = await chunks(stream);
  const whole = Buffer.concat(all);
  const { row_count, total_bytes } = await ask("stream_wait_metrics", { stream_id: stream });
  assert.equal(row_count, 50_000);
  assert.equal(total_bytes, whole.length);
  assert.deepEqual(whole.subarray(-8), Buffer.from("ffffffff00000000", "hex"));
  const batches = [...RecordBatchReader.from(whole)];
  assert.ok(batches.every(({ numRows }) => numRows <= 1000));
  const table = tableFromIPC(whole);
  assert.equal(table.numRows, 50_000);
  assert.deepEqual(table.get(49_999)?.toJSON(), {
    i: 50_000n,
    text: "50000".padStart(200, "0"),
    half: 25_000,
    zeros: new Uint8Array(8),
  });
});

const sizes: [Input, number][] = [
  [{}, 1_048_576],
  [{ chunk_bytes: 0 }, 1_048_576],
  [{ chunk_bytes: 1 }, 65_536],
  [{ chunk_bytes: 100_001 }, 100_001],
  [{ chunk_size: 70_000 }, 70_000],
  [{ chunk_bytes: 80_000, chunk_size: 70_000 }, 80_000],
  [{ chunk_bytes: "80000" }, 1_048_576],
  [{ chunk_bytes: -5 }, 1_048_576],
  [{ chunk_bytes: 70_000.5 }, 1_048_576],
];

for (const [input, size] of sizes) {
  test(`with ${JSON.stringify(input)} every chunk but the last has ${size} bytes`, async () => {
    const lengths = (await chunks(await open(large, input))).map(chunk => chunk.length);
    const last = lengths.pop() as number;
    assert.ok(lengths.length > 1);
    assert.ok(lengths.every(length => length === size));
    assert.ok(last > 0 && last <= size);
  });
}

test("a very large chunk_bytes gives one chunk", async () => {
  assert.equal((await chunks(await open(large, { chunk_bytes: Number.MAX_SAFE_INTEGER }))).length, 1);
});

test("chunks can be read in any order and again", async () => {
  const stream_id = await open(large, { chunk_bytes: 65_536 });
  const inOrder = await chunks(stream_id);
  for (const index of [inOrder.length - 1, 0, 3, 3, 0]) {
    assert.deepEqual(chunkOf(await ask("stream_chunk", { stream_id, index })), inOrder[index]);
  }
  const atOnce = await Promise.all(inOrder.map((_, index) => ask("stream_chunk", { stream_id, index })));
  assert.deepEqual(atOnce.map(chunkOf), inOrder);
});

test("a result without rows has no bytes and no chunks", async () => {
  const stream_id = await open("SELECT 1 AS a WHERE 0");
  const { row_count, chunk_count, total_bytes } = await ask("stream_wait_metrics", { stream_id });
  assert.deepEqual([row_count, chunk_count, total_bytes], [0, 0, 0]);
  await assert.rejects(ask("stream_chunk", { stream_id, index: 0 }), {
    message: "sqlite.query_stream_chunk: index 0 is out of range, the stream has 0 chunks",
  });
});

test("exactly one batch, and one row more", async () => {
  for (const rows of [999, 1000, 1001, 2000]) {
    const table = await bench.table(`SELECT i FROM ${numbers(rows)}`);
    assert.equal(table.numRows, rows);
    assert.equal(table.get(rows - 1)?.i, BigInt(rows));
    assert.equal(table.batches.length, Math.ceil(rows / 1000));
  }
});

test("rows that are larger than a batch may be come out whole", async () => {
  const table = await bench.table(
    `SELECT i, randomblob(CASE WHEN i = 2 THEN 9000000 ELSE 3000000 END) AS data FROM ${numbers(5)}`,
  );
  assert.deepEqual(
    Array.from(table, row => row.data.length),
    [3_000_000, 9_000_000, 3_000_000, 3_000_000, 3_000_000],
  );
  assert.ok(table.batches.length >= 3, "few large rows are a batch");
});

test("a statement that changes the database and returns rows streams them and is committed", async () => {
  const { database } = bench;
  database.native.script("CREATE TABLE written (a INTEGER)");
  const table = await bench.table(`INSERT INTO written SELECT i FROM ${numbers(2500)} RETURNING a * 2 AS b`);
  assert.equal(table.numRows, 2500);
  assert.equal(table.get(2499)?.b, 5000n);
  const { rows } = database.native.query("SELECT count(*) AS n FROM written", "");
  assert.equal(Buffer.from(rows).toString(), '[{"n":2500}]');
});

test("a statement that returns no rows runs and streams nothing", async () => {
  const { database } = bench;
  database.native.script("CREATE TABLE plain (a INTEGER)");
  const stream_id = await open("INSERT INTO plain VALUES (?)", { params: [7] });
  assert.equal((await ask("stream_wait_metrics", { stream_id })).chunk_count, 0);
  assert.equal(Buffer.from(database.native.query("SELECT a FROM plain", "").rows).toString(), '[{"a":7}]');
});

test("chunks can be read while the query still runs, and closing the stream ends it", async () => {
  const stream_id = await open(endless, { chunk_bytes: 65_536 });
  const second = chunkOf(await ask("stream_chunk", { stream_id, index: 1 }));
  const first = chunkOf(await ask("stream_chunk", { stream_id, index: 0 }));
  assert.deepEqual([first.length, second.length], [65_536, 65_536]);
  await ask("stream_close", { stream_id });
  await bench.streams.close();
  assert.deepEqual(readdirSync(bench.spools), []);
});

test("closing a stream interrupts a step that would not end", async () => {
  const stream_id = await open(endlessStep);
  const waiting = ask("stream_wait_metrics", { stream_id });
  await ask("stream_close", { stream_id });
  await assert.rejects(waiting, /^Error: sqlite\.query_stream_wait_metrics: the stream was closed$/);
  await bench.streams.close();
});

test("a stream can search an index whose tokenizer is jieba", async () => {
  const searching = `SELECT title FROM notes WHERE notes MATCH '电脑'`;
  const filled = await open("CREATE VIRTUAL TABLE IF NOT EXISTS notes USING fts5(title, tokenize = 'jieba')");
  await ask("stream_wait_metrics", { stream_id: filled });
  const written = await open("INSERT INTO notes VALUES ('我的电脑很快'), ('天气很好')");
  await ask("stream_wait_metrics", { stream_id: written });
  assert.deepEqual(
    Array.from(await bench.table(searching), row => row.title),
    ["我的电脑很快"],
  );
});

test("streams of one thread take turns", async () => {
  const stream_id = await open(endless);
  assert.equal((await bench.table("SELECT 1 AS a")).numRows, 1);
  await ask("stream_close", { stream_id });
});

test("who waits is let go when the call ends, and the stream goes on", async () => {
  const stream_id = await open(endless, { chunk_bytes: 65_536 });
  const soon = () => AbortSignal.timeout(20);
  await Promise.all([
    assert.rejects(ask("stream_wait_metrics", { stream_id }, soon()), /the call has ended$/),
    assert.rejects(ask("stream_chunk", { stream_id, index: 1e9 }, soon()), /the call has ended$/),
    assert.rejects(ask("stream_wait_metrics", { stream_id }, AbortSignal.abort()), /the call has ended$/),
  ]);
  assert.equal((await ask("stream_chunk", { stream_id, index: 0 })).byte_count, 65_536);
  await ask("stream_close", { stream_id });
});

test("calls that cannot wait block until the other thread has produced what they want", async () => {
  const { stream_id } = askSync("stream", { sql: large, chunk_bytes: 65_536 });
  const first = askSync("stream_chunk", { stream_id, index: 0 });
  const { row_count, chunk_count } = askSync("stream_wait_metrics", { stream_id });
  assert.equal(row_count, 50_000);
  const parts: Buffer[] = [];
  for (let index = 0; index < Number(chunk_count); index++) {
    parts.push(chunkOf(askSync("stream_chunk", { stream_id, index })));
  }
  assert.deepEqual(parts[0], chunkOf(first));
  assert.equal(tableFromIPC(Buffer.concat(parts)).numRows, 50_000);
  askSync("stream_close", { stream_id });
  assert.throws(() => askSync("stream_close", { stream_id }), /there is no open stream/);
});

test("a blocked call gives up when its time is over", async () => {
  const stream_id = await open(endlessStep);
  assert.throws(() => askSync("stream_wait_metrics", { stream_id }, 20), {
    message: "sqlite.query_stream_wait_metrics: the time for this call is over",
  });
  assert.throws(() => askSync("stream_chunk", { stream_id, index: 0 }, 20), /the time for this call is over/);
  askSync("stream_close", { stream_id });
});

const failures: [string, Input, RegExp][] = [
  ["a syntax error", { sql: "SELEC 1" }, /near "SELEC": syntax error/],
  ["a missing table", { sql: "SELECT * FROM nowhere" }, /no such table: nowhere/],
  ["two statements", { sql: "SELECT 1; SELECT 2" }, /sql must be a single statement/],
  ["no statement", { sql: "-- nothing" }, /sql holds no statement/],
  ["too few parameters", { sql: "SELECT ?, ?", params: [1] }, /parameter/],
  ["a parameter that cannot be bound", { sql: "SELECT ?", params: [[1]] }, /params\[0\]/],
  [
    "a failure behind some rows",
    { sql: `SELECT abs(-9223372036854775808 + i / 2000) FROM ${numbers(1)}` },
    /integer overflow/,
  ],
  [
    "a failure behind some batches",
    {
      sql: `SELECT CASE WHEN i < 5000 THEN i ELSE abs(-9223372036854775807 - 1) END AS a FROM ${numbers(6000)}`,
    },
    /integer overflow/,
  ],
];

for (const [what, input, message] of failures) {
  test(`${what} is raised by those who read, not by query_stream`, async () => {
    const { stream_id } = await ask("stream", input);
    await assert.rejects(ask("stream_wait_metrics", { stream_id }), message);
    await assert.rejects(ask("stream_chunk", { stream_id, index: 0 }), message);
    assert.throws(() => askSync("stream_wait_metrics", { stream_id }), message);
    assert.throws(() => askSync("stream_chunk", { stream_id, index: 0 }), message);
    assert.equal((await ask("stream_close", { stream_id })).success, true);
  });
}

const refused: [string, Input, string][] = [
  ["stream", {}, "sqlite.query_stream: sql must be a non-blank string, got nil"],
  ["stream", { sql: 5 }, "sqlite.query_stream: sql must be a non-blank string, got number"],
  ["stream", { sql: " \n" }, "sqlite.query_stream: sql must be a non-blank string, got a blank one"],
  ["stream", { sql: "SELECT 1\0" }, "sqlite.query_stream: sql must not contain NUL characters"],
  ["stream", { sql: "SELECT 1", params: "x" }, "sqlite.query_stream: params must be an array"],
  ["stream", { sql: "SELECT 1", params: { a: 1 } }, "sqlite.query_stream: params must be an array"],
  [
    "stream",
    { sql: "SELECT 1", params_json: "[]" },
    "sqlite.query_stream: params_json is not supported; use params",
  ],
  [
    "stream_wait_metrics",
    {},
    "sqlite.query_stream_wait_metrics: stream_id must be a non-negative integer, got nil",
  ],
  [
    "stream_wait_metrics",
    { stream_id: 1.5 },
    "sqlite.query_stream_wait_metrics: stream_id must be a non-negative integer, got 1.5",
  ],
  [
    "stream_chunk",
    { index: 0 },
    "sqlite.query_stream_chunk: stream_id must be a non-negative integer, got nil",
  ],
  [
    "stream_chunk",
    { stream_id: 1 },
    "sqlite.query_stream_chunk: index must be a non-negative integer, got nil",
  ],
  [
    "stream_chunk",
    { stream_id: 1, index: -1 },
    "sqlite.query_stream_chunk: index must be a non-negative integer, got -1",
  ],
  [
    "stream_chunk",
    { stream_id: 1, index: [] },
    "sqlite.query_stream_chunk: index must be a non-negative integer, got table",
  ],
  [
    "stream_close",
    { stream_id: "1" },
    "sqlite.query_stream_close: stream_id must be a non-negative integer, got string",
  ],
  [
    "stream_close",
    { stream_id: 999_999 },
    "sqlite.query_stream_close: there is no open stream 999999 (at most 64 stay open)",
  ],
  [
    "stream_chunk",
    { stream_id: 0, index: 0 },
    "sqlite.query_stream_chunk: there is no open stream 0 (at most 64 stay open)",
  ],
];

for (const [action, input, message] of refused) {
  test(`query_${action} refuses ${JSON.stringify(input)}`, async () => {
    await assert.rejects(ask(action, input), { message });
    assert.throws(() => askSync(action, input), { message });
  });
}

test("an index behind the last chunk is out of range once the query has ended", async () => {
  const stream_id = await open("SELECT 1 AS a");
  await assert.rejects(ask("stream_chunk", { stream_id, index: 1 }), {
    message: "sqlite.query_stream_chunk: index 1 is out of range, the stream has 1 chunk",
  });
  assert.throws(() => askSync("stream_chunk", { stream_id, index: 2 ** 52 }), /out of range/);
});

test("an empty table counts as no parameters", async () => {
  assert.equal((await bench.table("SELECT 1 AS a", {} as unknown[])).numRows, 1);
});

test("streams are numbered for each database", async t => {
  const other = streamBench(t);
  assert.deepEqual([await other.open("SELECT 1"), await other.open("SELECT 2")], [1, 2]);
  await other.ask("stream_close", { stream_id: 2 });
  assert.equal(await other.open("SELECT 3"), 3);
});

test("of more than 64 open streams the one that was used longest ago is closed", async t => {
  const other = streamBench(t);
  for (let i = 1; i <= 64; i++) assert.equal(await other.open(`SELECT ${i} AS a`), i);
  await other.ask("stream_wait_metrics", { stream_id: 1 });
  await other.open("SELECT 65 AS a");
  await assert.rejects(other.ask("stream_wait_metrics", { stream_id: 2 }), /there is no open stream 2/);
  for (const stream_id of [1, 3, 64, 65]) {
    assert.equal((await other.ask("stream_wait_metrics", { stream_id })).row_count, 1);
  }
});

test("a database that cannot be opened is the failure of the stream", async t => {
  const other = streamBench(t);
  const request = { action: "query_stream", head: JSON.stringify({ sql: "SELECT 1" }) };
  const { signal } = new AbortController();
  await other.streams.perform(other.folder, request, signal);
  const wait = { action: "query_stream_wait_metrics", head: '{"stream_id":1}' };
  await assert.rejects(
    other.streams.perform(other.folder, wait, signal),
    /query_stream_wait_metrics: cannot open the SQLite database/,
  );
});

test("a thread that ends takes its streams along", async t => {
  const other = streamBench(t);
  const stream_id = await other.open(endless, { chunk_bytes: 65_536 });
  await other.ask("stream_chunk", { stream_id, index: 0 });
  const waiting = other.ask("stream_wait_metrics", { stream_id });
  await Promise.all([
    assert.rejects(waiting, /query_stream_wait_metrics: the thread has ended/),
    other.killThread(),
  ]);
  await assert.rejects(other.ask("stream_chunk", { stream_id, index: 0 }), /the thread has ended/);
});

test("releasing a database closes its streams, so that nothing keeps its file open", async t => {
  const other = streamBench(t);
  const running = await other.open(endless);
  const done = await other.open("SELECT 1");
  await other.streams.release(other.file);
  for (const stream_id of [running, done]) {
    await assert.rejects(other.ask("stream_wait_metrics", { stream_id }), /there is no open stream/);
  }
  assert.deepEqual(readdirSync(other.spools), []);
});

test("without apache-arrow the error says what to install", async () => {
  const missing = () => import("./not-there.js" as string);
  await assert.rejects(loadArrow(missing), /apache-arrow.*npm install apache-arrow/);
});

test("a folder that does not exist is an error of query_stream", async t => {
  const other = streamBench(t);
  const { Streams } = await import("#dist/databases/sqlite/streams/streams.js");
  const streams = new Streams(() => Promise.resolve(), join(other.folder, "nowhere"));
  const request = { action: "query_stream", head: '{"sql":"SELECT 1"}' };
  assert.throws(() => streams.performSync(other.file, request), /^Error: sqlite\.query_stream: ENOENT/);
});

test("the file of a stream belongs to its user alone and is gone from the folder at once", {
  skip: process.platform === "win32",
}, t => {
  const { spools } = streamBench(t);
  using spool = new Spool(spools);
  const { mode, nlink } = fstatSync(spool.fd);
  assert.equal(mode & 0o777, 0o600);
  assert.equal(nlink, 0);
  assert.deepEqual(readdirSync(spools), []);
});
