// The tables of a session file, by version. A file of an earlier version is brought up to date when it is opened.

import type { NativeSqlite } from "../../databases/sqlite/native.js";

/** In the header of the file, so that nobody's other database is taken for one: "LuSk". */
const applicationId = 0x4c75536b;

/** Each step leads from its position as version to the next one. Released steps never change. */
const steps: readonly string[] = [
  `
  CREATE TABLE sessions (
    key TEXT PRIMARY KEY,
    summary TEXT NOT NULL DEFAULT '',
    -- Grows with every compaction: one that was made from an older state would drop messages unseen.
    compactions INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    turn_id TEXT NOT NULL,
    message TEXT NOT NULL CHECK (json_valid(message))
  ) STRICT;
  CREATE INDEX messages_of_session ON messages (session, id);
  -- Turns that were rolled back are here too, even those that would have begun their session.
  CREATE TABLE turns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    status TEXT NOT NULL,
    iterations INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    error TEXT
  ) STRICT;
  CREATE INDEX turns_of_session ON turns (session, id);
  `,
];

/** @throws Error when the file is something else, or of a later version */
export function prepareSchema(native: NativeSqlite): void {
  // Many processes may open a new file at once: one makes the tables, the others then find them.
  native.script("BEGIN IMMEDIATE");
  try {
    const version = pragma(native, "user_version");
    const owner = pragma(native, "application_id");
    if (owner !== applicationId && !(owner === 0 && version === 0 && isEmpty(native))) {
      throw new Error("it is a database of something else; sessions need a file of their own");
    }
    if (version > steps.length) {
      throw new Error(
        `a later version of luaskills has written it (schema ${version}, this one knows ${steps.length}); update luaskills`,
      );
    }
    if (version < steps.length) {
      for (const step of steps.slice(version)) native.script(step);
      native.script(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`);
    }
    native.script("COMMIT");
  } catch (error) {
    native.script("ROLLBACK");
    throw error;
  }
}

function pragma(native: NativeSqlite, name: "user_version" | "application_id"): number {
  const [row] = rowsOf<Record<string, number>>(native, `PRAGMA ${name}`);
  return row?.[name] ?? 0;
}

function isEmpty(native: NativeSqlite): boolean {
  return rowsOf(native, "SELECT 1 FROM sqlite_schema LIMIT 1").length === 0;
}

/** @param params values for `?1`, `?2`, … */
export function rowsOf<Row>(native: NativeSqlite, sql: string, params: readonly unknown[] = []): Row[] {
  const { rows } = native.query(sql, params.length === 0 ? "" : JSON.stringify(params));
  return JSON.parse(Buffer.from(rows).toString()) as Row[];
}
