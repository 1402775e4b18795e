import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import {
  interruptSqlite,
  NativeSqlite,
  newSqliteToken,
  sqliteExtension,
  type TokenList,
} from "#dist/databases/sqlite/native.js";
import { expectOutput } from "../../vm/fixture-process.js";
import { databaseFolder, opened, rowsOf } from "./connections.js";

const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

test("a script runs statement by statement and reports its last change", t => {
  const { native } = opened(t);
  native.begin(newSqliteToken(), 0);
  const outcome = native.script(
    "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); SELECT * FROM t; -- done",
  );
  assert.deepEqual(outcome, { statements: 3, rowsChanged: 2, lastInsertRowid: 2n });
});

test("a statement takes its parameters by position", t => {
  const connection = opened(t);
  connection.native.script("CREATE TABLE t (a, b)");
  const outcome = connection.native.execute("INSERT INTO t VALUES (:x, ?2)", '["täxt\\n", {"kind": "null"}]');
  assert.deepEqual(outcome, { statements: 1, rowsChanged: 1, lastInsertRowid: 1n });
  assert.deepEqual(rowsOf(connection, "SELECT * FROM t"), [{ a: "täxt\n", b: null }]);
});

test("integers keep all their digits on the way in and out", t => {
  const { native } = opened(t);
  const { rows, count } = native.query("SELECT ? AS a, ? AS b", "[9223372036854775807,-9223372036854775808]");
  assert.equal(count, 1);
  assert.equal(Buffer.from(rows).toString(), '[{"a":9223372036854775807,"b":-9223372036854775808}]');
});

test("the rows are bytes of their own, which can be transferred", t => {
  const { native } = opened(t);
  const { rows } = native.query("SELECT hex(zeroblob(500000)) AS a", "");
  const { buffer } = structuredClone(rows, { transfer: [rows.buffer as ArrayBuffer] });
  assert.equal(buffer.byteLength, 1_000_010);
  assert.equal(rows.byteLength, 0);
});

test("a row of a batch that fails takes the rows before it along", t => {
  const connection = opened(t);
  connection.native.script("CREATE TABLE t (a PRIMARY KEY)");
  assert.throws(() => connection.native.batch("INSERT INTO t VALUES (?)", "[[1],[2],[1]]"), {
    code: "SQLITE_CONSTRAINT",
    message: "items[2]: UNIQUE constraint failed: t.a",
  });
  assert.deepEqual(rowsOf(connection, "SELECT count(*) AS n FROM t"), [{ n: 0 }]);
});

test("the end of a request rolls back what it left open", t => {
  const connection = opened(t);
  connection.native.script("CREATE TABLE t (a)");
  connection.native.begin(newSqliteToken(), 0);
  connection.native.script("BEGIN; INSERT INTO t VALUES (1)");
  connection.native.end();
  assert.deepEqual(rowsOf(connection, "SELECT * FROM t"), []);
});

test("a request starts without an inserted row", t => {
  const { native } = opened(t);
  native.begin(newSqliteToken(), 0);
  native.script("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  native.end();
  native.begin(newSqliteToken(), 0);
  assert.equal(native.script("DELETE FROM t").lastInsertRowid, 0n);
});

const soiling: [sql: string, soils: boolean][] = [
  ["CREATE TABLE t (a)", false],
  ["PRAGMA table_info(_vulcan_dict)", false],
  ["PRAGMA cache_size", false],
  ["VACUUM", true],
  ["CREATE TEMP TABLE t (a)", true],
  ["ATTACH ':memory:' AS other", true],
  ["PRAGMA foreign_keys = OFF", true],
];

for (const [sql, soils] of soiling) {
  test(`${sql} ${soils ? "soils" : "does not soil"} the connection`, t => {
    const { native } = opened(t);
    native.script(sql);
    assert.equal(native.soiled, soils);
  });
}

test("SQL cannot load libraries", t => {
  const { native } = opened(t);
  assert.throws(
    () => native.query("SELECT load_extension(?, ?)", JSON.stringify(Object.values(sqliteExtension))),
    {
      message: "not authorized",
    },
  );
});

test("the deadline of a request ends its statement on this thread, and the next request runs", t => {
  const { native } = opened(t);
  native.begin(newSqliteToken(), 20);
  const timeOver = { code: "SQLITE_INTERRUPT", message: "the time for this request is over" };
  assert.throws(() => native.query(endless, ""), timeOver);
  assert.throws(() => native.query("SELECT 1", ""), timeOver);
  native.end();
  native.begin(newSqliteToken(), 60_000);
  assert.equal(native.query("SELECT 1", "").count, 1);
});

for (const timeout of [Number.POSITIVE_INFINITY, Number.NaN, -1, 1e300]) {
  test(`a request with a timeout of ${timeout} ms runs`, t => {
    const { native } = opened(t);
    native.begin(newSqliteToken(), timeout);
    assert.equal(native.query("SELECT 1", "").count, 1);
  });
}

test("waiting for the lock of another connection ends at the deadline", t => {
  const file = join(databaseFolder(t), "skill.sqlite3");
  opened(t, file).native.script("CREATE TABLE t (a); BEGIN EXCLUSIVE");
  const { native } = opened(t, file);
  native.begin(newSqliteToken(), 20);
  assert.throws(() => native.execute("INSERT INTO t VALUES (1)", ""), { code: "SQLITE_INTERRUPT" });
});

test("another thread interrupts a statement by its token", async t => {
  const worker = new Worker(
    fileURLToPath(new URL("../../../../test/fixtures/databases/endless.mjs", import.meta.url)),
    { workerData: { file: join(databaseFolder(t), "skill.sqlite3"), sql: endless } },
  );
  const exited = new Promise(resolve => worker.once("exit", resolve));
  const token = await new Promise<number>(resolve => worker.once("message", resolve));
  const answered = new Promise(resolve => worker.once("message", resolve));
  const timer = setInterval(() => interruptSqlite(token), 2);
  assert.equal(await answered, "SQLITE_INTERRUPT: interrupted");
  clearInterval(timer);
  await exited;
  assert.equal(interruptSqlite(token), false);
});

test("a request that has not begun, or has ended, is not interrupted", t => {
  const { native } = opened(t);
  const token = newSqliteToken();
  assert.equal(interruptSqlite(token), false);
  native.begin(token, 0);
  native.end();
  assert.equal(interruptSqlite(token), false);
});

test("a second request on a connection is refused while one runs", t => {
  const { native } = opened(t);
  native.begin(newSqliteToken(), 0);
  assert.throws(() => native.begin(newSqliteToken(), 0), {
    code: "SQLITE_MISUSE",
    message: "a request runs on this connection already",
  });
});

/** Words between blanks, in lower case. */
function words(text: string): TokenList {
  const found = [...text.matchAll(/\S+/g)];
  const spans = found.flatMap(({ 0: word, index }) => {
    const start = Buffer.byteLength(text.slice(0, index));
    return [start, start + Buffer.byteLength(word), 0];
  });
  return { tokens: found.map(([word]) => word.toLowerCase()), spans: Int32Array.from(spans) };
}

test("a tokenizer of JavaScript indexes, finds and marks words", t => {
  const connection = opened(t);
  const seen: [string, boolean][] = [];
  connection.native.addTokenizer("words", (text, isQuery) => {
    seen.push([text, isQuery]);
    return words(text);
  });
  connection.native.script("CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'words')");
  connection.native.execute("INSERT INTO f VALUES (?)", '["Grüße von 田-女士 aus Köln"]');
  const rows = rowsOf(connection, "SELECT highlight(f, 0, '<', '>') AS h FROM f WHERE f MATCH ?", ['"KÖLN"']);
  assert.deepEqual(rows, [{ h: "Grüße von 田-女士 aus <Köln>" }]);
  assert.deepEqual(seen.slice(0, 2), [
    ["Grüße von 田-女士 aus Köln", false],
    ["KÖLN", true],
  ]);
});

test("what a tokenizer throws comes out of the call as it is, and the batch is rolled back", t => {
  const connection = opened(t);
  const failure = new RangeError("no words for this");
  connection.native.addTokenizer("words", text => {
    if (text === "bad") throw failure;
    return words(text);
  });
  connection.native.script("CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'words')");
  assert.throws(
    () => connection.native.batch("INSERT INTO f VALUES (?)", '[["good"],["bad"]]'),
    error => error === failure,
  );
  assert.deepEqual(rowsOf(connection, "SELECT * FROM f"), []);
});

const brokenTokenizers: [what: string, result: unknown][] = [
  ["nothing", undefined],
  ["a string", "tokens"],
  ["no tokens", { spans: new Int32Array(3) }],
  ["tokens that are no strings", { tokens: [5], spans: Int32Array.of(0, 1, 0) }],
  ["no spans", { tokens: ["a"] }],
  ["too few spans", { tokens: ["a", "b"], spans: Int32Array.of(0, 1, 0) }],
  ["spans of another type", { tokens: ["a"], spans: Float64Array.of(0, 1, 0) }],
  ["spans outside the text", { tokens: ["a"], spans: Int32Array.of(0, 1000, 0) }],
];

for (const [what, result] of brokenTokenizers) {
  test(`a tokenizer that returns ${what} is an error of the statement`, t => {
    const { native } = opened(t);
    native.addTokenizer("broken", () => result as TokenList);
    native.script("CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'broken')");
    assert.throws(() => native.execute("INSERT INTO f VALUES ('text')", ""), Error);
    assert.equal(native.query("SELECT * FROM f", "").count, 0);
  });
}

test("a tokenizer may query its own connection, but not close it", t => {
  const connection = opened(t);
  connection.native.addTokenizer("words", text => {
    assert.deepEqual(rowsOf(connection, "SELECT word FROM _vulcan_dict"), []);
    assert.throws(() => connection.close(), { message: "a statement runs on the connection" });
    return words(text);
  });
  connection.native.script("CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'words')");
  connection.native.execute("INSERT INTO f VALUES ('a b')", "");
  assert.deepEqual(rowsOf(connection, "SELECT * FROM f WHERE f MATCH 'b'"), [{ a: "a b" }]);
});

const badCalls: [name: string, call: (native: NativeSqlite) => unknown][] = [
  ["script()", native => native.script(undefined as unknown as string)],
  ["execute without parameters", native => native.execute("SELECT 1", undefined as unknown as string)],
  ["query of a number", native => native.query(5 as unknown as string, "")],
  ["begin without a token", native => native.begin(0, 0)],
  ["begin with a token that is no number", native => native.begin(Number.NaN, 0)],
  ["begin with a string", native => native.begin("token" as unknown as number, 0)],
  [
    "addTokenizer without a function",
    native => native.addTokenizer("x", undefined as unknown as () => TokenList),
  ],
  ["a method without its receiver", native => Reflect.apply(native.script, {}, ["SELECT 1"])],
];

for (const [name, call] of badCalls) {
  test(`${name} is an error`, t => {
    const { native } = opened(t);
    assert.throws(() => call(native), Error);
    assert.equal(native.query("SELECT 1", "").count, 1);
  });
}

test("without a database there is nothing but errors", () => {
  const native = new NativeSqlite();
  const closed = { code: "CLOSED", message: "the connection is closed" };
  assert.throws(() => native.begin(newSqliteToken(), 0), closed);
  assert.throws(() => native.query("SELECT 1", ""), closed);
  native.end();
  native.close();
});

test("the extension refuses a database that nobody waits for", () => {
  const Database = createRequire(import.meta.url)("better-sqlite3");
  const database = new Database(":memory:");
  assert.throws(() => database.loadExtension(sqliteExtension.file, sqliteExtension.entryPoint), {
    message: /only luaskills loads this extension/,
  });
  database.close();
});

test("the extension is the file of the addon, with links resolved", () => {
  assert.equal(sqliteExtension.file, realpathSync(sqliteExtension.file));
  assert.match(sqliteExtension.file, /\.node$/);
});

// Nobody closes the connection: whoever ends first, better-sqlite3 or the addon, the file is closed.
const ends: [where: string, how: string, output: string][] = [
  ["main", "end", "ended\n"],
  ["main", "exit", ""],
  ["main", "collect", "handles 0\nended\n"],
  ["worker", "end", "ended 0, handles 0\n"],
  ["worker", "exit", "ended 0, handles 0\n"],
  ["worker", "terminate", "ended 1, handles 0\n"],
  ["worker", "terminate-running", "ended 1, handles 0\n"],
  ["library-first", "end", "ended 0, handles 0\n"],
  ["library-first", "terminate", "ended 1, handles 0\n"],
];

for (const [where, how, output] of ends) {
  test(`an open connection does not outlive its environment: ${where}, ${how}`, t =>
    expectOutput(["../databases/ends.mjs", where, how, realpathSync(databaseFolder(t))], output));
}
