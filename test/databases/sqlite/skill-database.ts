// A database of a skill in a temporary folder, and its operations as Lua sees them.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { RequestLimits } from "#dist/databases/sqlite/database.js";
import { SqliteDatabases } from "#dist/databases/sqlite/databases.js";
import { newSqliteToken } from "#dist/databases/sqlite/native.js";

export type Fields = { [name: string]: unknown };

export interface SkillDatabase {
  readonly folder: string;
  readonly file: string;
  readonly databases: SqliteDatabases;
  /** `params` and `items` travel as they do from Lua; `query_json` answers with `json_data` and `rows` too. */
  call(action: string, input?: Fields, limits?: Partial<RequestLimits>): Fields;
  /** The rows of a query. */
  rows(sql: string, ...params: unknown[]): unknown[];
}

/**
 * Removed with all that belongs to it when the test ends.
 *
 * @param databases those of the thread; closed when the test ends
 */
export function skillDatabase(test: TestContext, databases = new SqliteDatabases()): SkillDatabase {
  const folder = mkdtempSync(join(tmpdir(), "luaskills-sqlite-"));
  test.after(() => {
    databases[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  return databaseIn(folder, databases, join(folder, "notes", "notes.sqlite3"));
}

/** What another thread or process sees of the same file. */
export function anotherThread(test: TestContext, { folder, file }: SkillDatabase): SkillDatabase {
  const databases = new SqliteDatabases();
  test.after(() => databases[Symbol.dispose]());
  return databaseIn(folder, databases, file);
}

export function databaseIn(folder: string, databases: SqliteDatabases, file: string): SkillDatabase {
  const call = (action: string, input: Fields = {}, limits: Partial<RequestLimits> = {}): Fields => {
    const { params, items, ...head } = input;
    const payload = action === "execute_batch" ? items : params;
    const answer = databases.perform(
      file,
      {
        action,
        head: JSON.stringify(head),
        ...(payload !== undefined && { payload: jsonOf(payload) }),
      },
      { token: newSqliteToken(), timeoutMs: 0, ...limits },
    );
    const [meta = "", body] = Buffer.from(answer as Uint8Array)
      .toString()
      .split("\n");
    return { ...JSON.parse(meta), ...(body !== undefined && { json_data: body, rows: JSON.parse(body) }) };
  };
  return {
    folder,
    file,
    databases,
    call,
    rows: (sql, ...params) => call("query_json", { sql, params }).rows as unknown[],
  };
}

/** JSON text that stands for itself: what JSON.stringify cannot write, such as 64-bit integers. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function jsonOf(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}
