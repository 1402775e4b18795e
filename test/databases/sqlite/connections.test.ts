import assert from "node:assert/strict";
import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import { newSqliteToken } from "#dist/databases/sqlite/native.js";
import { anotherThread, databaseIn, skillDatabase } from "./skill-database.js";

const endless =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0";

test("the file and its folder are created by the first request", t => {
  const { file, rows } = skillDatabase(t);
  assert.equal(existsSync(dirname(file)), false);
  rows("SELECT 1");
  assert.equal(existsSync(file), true);
});

test("every database has the dictionary of the original runtime", t => {
  const { call, rows } = skillDatabase(t);
  call("upsert_custom_word", { word: "词" });
  const [row] = rows("SELECT * FROM _vulcan_dict") as [{ [column: string]: unknown }];
  assert.deepEqual(Object.keys(row), ["word", "weight", "enabled", "created_at", "updated_at"]);
  assert.match(String(row.created_at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

const settings: [pragma: string, value: unknown][] = [
  ["journal_mode", "wal"],
  ["synchronous", 1],
  ["foreign_keys", 1],
  ["temp_store", 2],
  ["trusted_schema", 0],
  ["wal_autocheckpoint", 1000],
  ["cache_size", -65536],
];

for (const [pragma, value] of settings) {
  test(`a database has ${pragma} = ${value}`, t => {
    const { rows } = skillDatabase(t);
    assert.deepEqual(Object.values(rows(`PRAGMA ${pragma}`)[0] as object), [value]);
  });
}

/** What a request sets, a query that would see it, and what that says in the next request. */
const sessions: [name: string, sql: string, probe: string, expected: unknown[]][] = [
  ["a setting", "PRAGMA foreign_keys = OFF", "SELECT foreign_keys AS v FROM pragma_foreign_keys", [{ v: 1 }]],
  ["a TEMP table", "CREATE TEMP TABLE x (a)", "SELECT name FROM sqlite_temp_schema", []],
  [
    "an attached file",
    "ATTACH ':memory:' AS other",
    "SELECT name FROM pragma_database_list",
    [{ name: "main" }],
  ],
];

for (const [name, sql, probe, expected] of sessions) {
  test(`${name} does not survive its request`, t => {
    const { call, rows } = skillDatabase(t);
    call("execute_script", { sql });
    assert.deepEqual(rows(probe), expected);
  });
}

test("a setting does not survive a request that failed", t => {
  const { call, rows } = skillDatabase(t);
  assert.throws(() => call("execute_script", { sql: "PRAGMA foreign_keys = OFF; SELEC" }));
  assert.deepEqual(rows("PRAGMA foreign_keys"), [{ foreign_keys: 1 }]);
});

test("SQL cannot load libraries", t => {
  const { rows } = skillDatabase(t);
  assert.throws(() => rows("SELECT load_extension('x')"), /^Error: sqlite\.query_json: /);
});

test("what one thread writes, the others read at once", t => {
  const here = skillDatabase(t);
  const there = anotherThread(t, here);
  here.call("execute_script", { sql: "CREATE TABLE t (a)" });
  there.call("execute_script", { sql: "INSERT INTO t VALUES (1)" });
  assert.deepEqual(here.rows("SELECT a FROM t"), [{ a: 1 }]);
});

test("more databases than stay open keep what was written to them", t => {
  const { folder, databases } = skillDatabase(t);
  const all = Array.from({ length: 40 }, (_, i) =>
    databaseIn(folder, databases, join(folder, `${i}.sqlite3`)),
  );
  for (const { call } of all) call("execute_script", { sql: "CREATE TABLE t (a); INSERT INTO t VALUES (1)" });
  // A connection that closes as the last one of its file takes the log with it.
  assert.equal(all.filter(({ file }) => existsSync(`${file}-wal`)).length, 32);
  for (const { rows } of all) assert.deepEqual(rows("SELECT a FROM t"), [{ a: 1 }]);
});

test("a released database is closed, and opened again by the next request", t => {
  const { file, databases, call, rows } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  databases.release(file);
  assert.equal(existsSync(`${file}-wal`), false);
  databases.release(file);
  assert.deepEqual(rows("SELECT * FROM t"), []);
});

test("a file that somebody has put in the place of an open one is the database from then on", {
  skip: process.platform === "win32" && "Windows does not replace open files",
}, async t => {
  const { folder, file, call, rows } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  const backup = new Sqlite(join(folder, "backup.sqlite3"));
  backup.exec("CREATE TABLE restored (a)");
  backup.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`);
  renameSync(join(folder, "backup.sqlite3"), file);
  await sleep(150);
  assert.deepEqual(rows("SELECT * FROM restored"), []);
});

test("a lock that another connection holds ends the wait with the file's name", t => {
  const { file, call } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  const other = new Sqlite(file);
  t.after(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  assert.throws(
    () => call("execute_script", { sql: "INSERT INTO t VALUES (1)" }),
    ({ message }: Error) => {
      assert.ok(
        message.startsWith(`sqlite.execute_script: another connection holds the lock of ${file}; waited 5.`),
        message,
      );
      return true;
    },
  );
  other.exec("ROLLBACK");
  assert.equal(call("execute_script", { sql: "INSERT INTO t VALUES (1)" }).rows_changed, 1);
});

test("a deadline ends a statement, and the connection works afterwards", t => {
  const { call, rows } = skillDatabase(t);
  assert.throws(() => call("query_json", { sql: endless }, { timeoutMs: 50 }), {
    message: "sqlite.query_json: the time for this request is over",
  });
  assert.deepEqual(rows("SELECT 1 AS a"), [{ a: 1 }]);
});

test("a deadline ends the wait for a lock", t => {
  const { file, call } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  const other = new Sqlite(file);
  t.after(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  assert.throws(() => call("execute_script", { sql: "INSERT INTO t VALUES (1)" }, { timeoutMs: 50 }), {
    message: "sqlite.execute_script: the time for this request is over",
  });
});

test("another thread interrupts a statement, and what it wrote is rolled back", async t => {
  const { call, rows } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  const token = newSqliteToken();
  const native = import.meta.resolve("#dist/databases/sqlite/native.js");
  const worker = new Worker(
    `import("${native}").then(({ interruptSqlite }) => {
      const timer = setInterval(() => interruptSqlite(${token}) && clearInterval(timer), 2);
    });`,
    { eval: true },
  );
  t.after(() => worker.terminate());
  const sql = `INSERT INTO t ${endless.replace("count(*)", "i").replace("i < 0", "TRUE")}`;
  assert.throws(() => call("execute_script", { sql }, { token }), {
    message: "sqlite.execute_script: interrupted",
  });
  assert.deepEqual(rows("SELECT count(*) AS n FROM t"), [{ n: 0 }]);
});

test("a file that is no database is named", t => {
  const { folder, databases } = skillDatabase(t);
  const file = join(folder, "text.sqlite3");
  writeFileSync(file, "this is text, and no database at all".repeat(100));
  assert.throws(() => databaseIn(folder, databases, file).rows("SELECT 1"), {
    message: `sqlite.query_json: cannot open the SQLite database ${file}: file is not a database`,
  });
});

test("a damaged database is named, and closed", t => {
  const { file, databases, call, rows } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000))" });
  call("query_json", { sql: "PRAGMA wal_checkpoint(TRUNCATE)" });
  const [{ page }] = rows("SELECT rootpage AS page FROM sqlite_schema WHERE name = 't'") as [
    { page: number },
  ];
  databases.release(file);
  const damaged = new Sqlite(file, { fileMustExist: true });
  damaged.unsafeMode();
  damaged.exec(
    `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = ${page + 1} WHERE name = 't'`,
  );
  damaged.close();
  assert.throws(() => rows("SELECT * FROM t"), {
    message: `sqlite.query_json: the database ${file} is damaged: database disk image is malformed`,
  });
  assert.equal(existsSync(`${file}-wal`), false);
});

test("a full file is named, and what did not fit is not there", t => {
  const { file, call, rows } = skillDatabase(t);
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  const sql = "PRAGMA max_page_count = 20; INSERT INTO t VALUES (zeroblob(1000000))";
  assert.throws(() => call("execute_script", { sql }), {
    message: `sqlite.execute_script: there is no space left for ${file}: database or disk is full`,
  });
  assert.deepEqual(rows("SELECT * FROM t"), []);
});

test("a file that cannot be written is named", t => {
  const { file, call } = skillDatabase(t);
  const sql = "CREATE TABLE t (a); PRAGMA query_only = ON; INSERT INTO t VALUES (1)";
  assert.throws(() => call("execute_script", { sql }), {
    message: `sqlite.execute_script: ${file} cannot be written: attempt to write a readonly database`,
  });
});

test("a folder that cannot be there is named", t => {
  const { folder, databases } = skillDatabase(t);
  writeFileSync(join(folder, "file"), "");
  const file = join(folder, "file", "x.sqlite3");
  assert.throws(
    () => databaseIn(folder, databases, file).rows("SELECT 1"),
    ({ message }: Error) =>
      message.startsWith(`sqlite.query_json: cannot open the SQLite database ${file}: `),
  );
});

test("databases that were disposed of have closed their files", t => {
  const { folder } = skillDatabase(t);
  const databases = new SqliteDatabases();
  const { file, call } = databaseIn(folder, databases, join(folder, "x.sqlite3"));
  call("execute_script", { sql: "CREATE TABLE t (a)" });
  databases[Symbol.dispose]();
  assert.equal(existsSync(`${file}-wal`), false);
});
