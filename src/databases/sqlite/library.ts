// better-sqlite3 is optional: it is loaded when the first database is opened.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { findPackage, installCommand } from "../packages.js";

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

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

/**
 * Loads better-sqlite3 and its binary.
 * @throws with the command that helps, when it is not installed or not made for this Node, or when its binary does not load
 */
export function loadSqlite(): SqliteLibrary {
  const installed = findPackage("better-sqlite3");
  const problem = installed === undefined ? "it is not installed" : installed.wrongNode;
  if (problem !== undefined) {
    throw new Error(
      `SQLite needs the package better-sqlite3, but ${problem}: ${installCommand(["better-sqlite3"])}`,
    );
  }
  try {
    const library = require("better-sqlite3") as SqliteLibrary;
    new library(":memory:").close(); // the binary is only loaded with the first database
    return library;
  } catch (error) {
    throw new Error(
      `the binary of better-sqlite3 does not load in Node ${process.versions.node} (${firstLine(error)}): npm rebuild better-sqlite3`,
      { cause: error },
    );
  }
}
