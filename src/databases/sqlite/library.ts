// Gets SQLite out of better-sqlite3, which is optional and loaded when the first database is opened. Its JavaScript is not
// used: files are opened by the addon, which talks to SQLite itself (native.ts).
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { findPackage, installCommand } from "../packages.js";
import { receiveSqlite, sqliteExtension } from "./native.js";

/** What the types of better-sqlite3 do not know: SQLite would guess the entry point from the file's name. */
interface ExtensionLoader {
  loadExtension(file: string, entryPoint: string): unknown;
}

const packageName = "better-sqlite3";
const require = createRequire(import.meta.url);

/**
 * The one object of better-sqlite3 in this thread. It is never let go: compiled with the headers of Node.js 24.19 or a later
 * 24, version 12 ends the process when one of its objects is collected (nodejs/node#65446).
 */
let anchor: Database.Database | undefined;
/** The addon has SQLite's functions. */
let received = false;

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
 * Loads better-sqlite3 and its binary, once in this thread; `NativeSqlite` works from then on.
 * @throws with the command that helps, when it is not installed or not made for this Node, or when its binary does not load
 */
export function loadSqlite(): void {
  if (received) return;
  anchor ??= open(loadLibrary());
  const loader: ExtensionLoader = anchor;
  receiveSqlite(() => loader.loadExtension(sqliteExtension.file, sqliteExtension.entryPoint));
  anchor.close();
  received = true;
}

function loadLibrary(): typeof Database {
  const installed = findPackage(packageName);
  if (installed === undefined) throw notUsable(`the package ${packageName} is not installed`);
  if (installed.wrongNode !== undefined) throw notUsable(installed.wrongNode);
  try {
    return require(packageName) as typeof Database;
  } catch (error) {
    throw notUsable(`${packageName} cannot be loaded (${reasonOf(error)})`, error);
  }
}

/** The binary is loaded with the first database. */
function open(library: typeof Database): Database.Database {
  try {
    return new library(":memory:");
  } catch (error) {
    const what = `the binary of ${packageName} does not load in Node.js ${process.versions.node}`;
    throw new Error(`${what} (${reasonOf(error)}); this gets the one that does: npm rebuild ${packageName}`, {
      cause: error,
    });
  }
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
