// better-sqlite3 is optional: it is loaded when the first database is opened.
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { findPackage, installCommand } from "../packages.js";

/** better-sqlite3's class of databases. */
export type SqliteLibrary = typeof Database;

const packageName = "better-sqlite3";
const require = createRequire(import.meta.url);

/** The installed better-sqlite3; `path` is its folder. */
export function sqliteLibrary(): { path: string; name: string; version: string } {
  const manifest = require.resolve(`${packageName}/package.json`);
  return { path: dirname(manifest), name: packageName, version: require(manifest).version };
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

/**
 * Loads better-sqlite3 and its binary.
 * @throws with the command that helps, when it is not installed or not made for this Node, or when its binary does not load
 */
export function loadSqlite(): SqliteLibrary {
  const installed = findPackage(packageName);
  if (installed === undefined) throw notUsable(`the package ${packageName} is not installed`);
  if (installed.wrongNode !== undefined) throw notUsable(installed.wrongNode);
  let library: SqliteLibrary;
  try {
    library = require(packageName) as SqliteLibrary;
  } catch (error) {
    throw notUsable(`${packageName} cannot be loaded (${reasonOf(error)})`, error);
  }
  try {
    new library(":memory:").close(); // the binary is loaded with the first database
  } catch (error) {
    const what = `the binary of ${packageName} does not load in Node.js ${process.versions.node}`;
    throw new Error(`${what} (${reasonOf(error)}); this gets the one that does: npm rebuild ${packageName}`, {
      cause: error,
    });
  }
  return library;
}

function notUsable(what: string, cause?: unknown): Error {
  return new Error(`${what}; this installs it: ${installCommand([packageName])}`, { cause });
}

/** On one line, without the list of the places that were looked at. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .split(/\s(?:Tried|Require stack):/, 1)
    .join("")
    .replace(/\s+/g, " ")
    .trim();
}
