import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openConnection, type SqliteConnection } from "#dist/databases/sqlite/connection.js";
import { newSqliteToken } from "#dist/databases/sqlite/native.js";

function opened(t: TestContext): SqliteConnection {
  const folder = mkdtempSync(join(tmpdir(), "luaskills-native-"));
  const connection = openConnection(join(folder, "skill.sqlite3"));
  t.after(() => {
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return connection;
}

function query({ native }: SqliteConnection, sql: string, params: unknown[] = []): string {
  return Buffer.from(native.query(sql, JSON.stringify(params)).rows).toString();
}

test("a script runs statement by statement and reports its last change", t => {
  const { native } = opened(t);
  native.begin(newSqliteToken(), 0);
  const outcome = native.script(
    "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); SELECT * FROM t; -- done",
  );
  assert.deepEqual(outcome, { statements: 3, rowsChanged: 2, lastInsertRowid: 2n });
});

test("a row of a batch that fails takes the rows before it along", t => {
  const connection = opened(t);
  connection.native.script("CREATE TABLE t (a PRIMARY KEY)");
  assert.throws(() => connection.native.batch("INSERT INTO t VALUES (?)", "[[1],[2],[1]]"), {
    code: "SQLITE_CONSTRAINT",
    message: "items[2]: UNIQUE constraint failed: t.a",
  });
  assert.equal(query(connection, "SELECT count(*) AS n FROM t"), '[{"n":0}]');
});

test("integers keep all their digits on the way in and out", t => {
  const { native } = opened(t);
  const { rows, count } = native.query("SELECT ? AS a, ? AS b", "[9223372036854775807,-9223372036854775808]");
  assert.equal(count, 1);
  assert.equal(Buffer.from(rows).toString(), '[{"a":9223372036854775807,"b":-9223372036854775808}]');
});
