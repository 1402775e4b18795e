import assert from "node:assert/strict";
import { test } from "node:test";
import { describeFailure, isFatal } from "#dist/databases/sqlite/failure.js";

const file = "/data/notes.sqlite3";

/** Code, message of SQLite, what skills are told, whether the connection is given up. */
const failures: [code: string | undefined, message: string, told: string, fatal: boolean][] = [
  [
    "SQLITE_LOCKED",
    "database table is locked",
    `another connection holds the lock of ${file}; waited 1.3 s (database table is locked)`,
    false,
  ],
  ["SQLITE_IOERR", "disk I/O error", `reading or writing ${file} failed: disk I/O error`, true],
  ["SQLITE_NOTADB", "file is not a database", `${file} is no SQLite database: file is not a database`, true],
  [
    "SQLITE_CANTOPEN",
    "unable to open database file",
    `${file} cannot be opened: unable to open database file`,
    true,
  ],
  ["SQLITE_PERM", "access permission denied", `${file} cannot be written: access permission denied`, false],
  ["SQLITE_CONSTRAINT", "NOT NULL constraint failed: t.a", "NOT NULL constraint failed: t.a", false],
  ["CLOSED", "the connection is closed", "the connection is closed", true],
  [undefined, "something else", "something else", false],
];

for (const [code, message, told, fatal] of failures) {
  test(`${code ?? "an error without code"} reads: ${told}`, () => {
    const error = Object.assign(new Error(message), { code });
    assert.equal(describeFailure(error, file, 1290), told);
    assert.equal(isFatal(error), fatal);
  });
}
