import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openConnection } from "#dist/databases/sqlite/connection.js";
import { newSqliteToken } from "#dist/databases/sqlite/native.js";
import { expectOutput } from "../../vm/fixture-process.js";
import { databaseFolder, opened, rowsOf } from "./connections.js";

test("opening creates the folders and the file", t => {
  const file = join(databaseFolder(t), "a", "b", "skill.sqlite3");
  const connection = opened(t, file);
  assert.equal(connection.file, file);
  assert.equal(existsSync(file), true);
});

const settings: [pragma: string, value: string | number][] = [
  ["journal_mode", "wal"],
  ["synchronous", 1],
  ["wal_autocheckpoint", 1000],
  ["foreign_keys", 1],
  ["temp_store", 2],
  ["trusted_schema", 0],
  ["cache_size", -65536],
  ["mmap_size", 268435456],
];

for (const [pragma, value] of settings) {
  test(`every connection has ${pragma} = ${value}`, t => {
    assert.deepEqual(rowsOf(opened(t), `PRAGMA ${pragma}`), [{ [pragma]: value }]);
  });
}

test("every database has a dictionary, whose rows get their defaults", t => {
  const connection = opened(t);
  connection.native.execute("INSERT INTO _vulcan_dict (word) VALUES (?)", '["田-女士"]');
  const [row] = rowsOf(connection, "SELECT * FROM _vulcan_dict") as { created_at: string }[];
  const time = row?.created_at ?? "";
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(row, { word: "田-女士", weight: 1, enabled: 1, created_at: time, updated_at: time });
});

test("what one connection has written, the next one finds", t => {
  const file = join(databaseFolder(t), "skill.sqlite3");
  const first = openConnection(file);
  first.native.script(
    "CREATE TABLE t (a); INSERT INTO t VALUES (1); INSERT INTO _vulcan_dict (word) VALUES ('x')",
  );
  first.close();
  const second = opened(t, file);
  assert.deepEqual(rowsOf(second, "SELECT a FROM t"), [{ a: 1 }]);
  assert.deepEqual(rowsOf(second, "SELECT word FROM _vulcan_dict"), [{ word: "x" }]);
});

test("a database that another connection writes to opens and reads without waiting", t => {
  const file = join(databaseFolder(t), "skill.sqlite3");
  const writer = opened(t, file);
  writer.native.begin(newSqliteToken(), 0);
  writer.native.script("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
  assert.deepEqual(rowsOf(opened(t, file), "SELECT count(*) AS n FROM t"), [{ n: 0 }]);
});

test("closing twice is closing once, and nothing runs afterwards", t => {
  const connection = opened(t);
  connection.close();
  connection.close();
  assert.throws(() => connection.native.script("SELECT 1"), {
    code: "CLOSED",
    message: "the connection is closed",
  });
});

test("closing with a request under way ends it and rolls it back", t => {
  const file = join(databaseFolder(t), "skill.sqlite3");
  const first = openConnection(file);
  first.native.begin(newSqliteToken(), 0);
  first.native.script("CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)");
  first.close();
  assert.deepEqual(rowsOf(opened(t, file), "SELECT * FROM t"), []);
});

test("a file that is no database is an error that names it and leaves it alone", t => {
  const file = join(databaseFolder(t), "skill.sqlite3");
  writeFileSync(file, "this is no database, and long enough to be seen as one or not".repeat(20));
  assert.throws(() => openConnection(file), {
    code: "SQLITE_NOTADB",
    message: `cannot open the SQLite database ${file}: file is not a database`,
  });
  rmSync(file);
  opened(t, file);
});

test("a folder in place of the file is an error that names it", t => {
  const file = join(databaseFolder(t), "skill.sqlite3");
  mkdirSync(file);
  assert.throws(() => openConnection(file), {
    code: "SQLITE_CANTOPEN",
    message: `cannot open the SQLite database ${file}: unable to open database file`,
  });
});

test("a file in place of the folder is an error that names the database", t => {
  const blocked = join(databaseFolder(t), "blocked");
  writeFileSync(blocked, "");
  const file = join(blocked, "skill.sqlite3");
  assert.throws(
    () => openConnection(file),
    (error: Error & { code: string }) =>
      error.message.startsWith(`cannot open the SQLite database ${file}: `) &&
      ["EEXIST", "ENOTDIR"].includes(error.code),
  );
});

test("processes that open one new database at the same time all get it", t =>
  expectOutput(["../databases/open-at-once.mjs", join(databaseFolder(t), "skill.sqlite3")], "8 of 8\n"));
