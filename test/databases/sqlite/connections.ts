import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openConnection, type SqliteConnection } from "#dist/databases/sqlite/connection.js";

/** A folder that goes with the test. */
export function databaseFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "luaskills-sqlite-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a file, in a folder of its own unless one is named, until the test ends. */
export function opened(t: TestContext, file = join(databaseFolder(t), "skill.sqlite3")): SqliteConnection {
  const connection = openConnection(file);
  t.after(() => connection.close());
  return connection;
}

/** The rows of a query, parsed. */
export function rowsOf({ native }: SqliteConnection, sql: string, params: unknown[] = []): unknown {
  return JSON.parse(Buffer.from(native.query(sql, JSON.stringify(params)).rows).toString());
}
