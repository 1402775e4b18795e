// better-sqlite3 is optional: it is loaded when the first database is opened.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type Database from "better-sqlite3";

/** better-sqlite3's class of databases. */
export type SqliteLibrary = typeof Database;

const require = createRequire(import.meta.url);

/** The installed better-sqlite3; `path` is its folder. */
export function sqliteLibrary(): { path: string; name: string; version: string } {
  const manifest = require.resolve("better-sqlite3/package.json");
  return { path: dirname(manifest), name: "better-sqlite3", version: require(manifest).version };
}

/** Why there is no SQLite; undefined: there is. */
export function sqliteLibraryProblem(): string | undefined {
  try {
    loadSqlite();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isMissing(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === "MODULE_NOT_FOUND" && String(message).includes("'better-sqlite3'");
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

/**
 * Loads better-sqlite3 and its binary.
 * @throws with the command that helps, when it is not installed or its binary does not load in this Node
 */
export function loadSqlite(load: (name: string) => unknown = require): SqliteLibrary {
  let library: SqliteLibrary;
  try {
    library = load("better-sqlite3") as SqliteLibrary;
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new Error(
      "SQLite needs the package better-sqlite3, which is not installed: npm install better-sqlite3",
      {
        cause: error,
      },
    );
  }
  try {
    new library(":memory:").close(); // the binary is only loaded with the first database
  } catch (error) {
    throw new Error(
      `the binary of better-sqlite3 does not load in Node ${process.versions.node} (${firstLine(error)}): npm rebuild better-sqlite3`,
      { cause: error },
    );
  }
  return library;
}
