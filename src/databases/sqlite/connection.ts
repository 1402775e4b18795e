// Opens a skill's database file: better-sqlite3 and the addon on one connection.
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type Database from "better-sqlite3";
import { loadSqlite } from "./library.js";
import { NativeSqlite, sqliteExtension } from "./native.js";

/** How long opening waits for the locks of other connections; later the addon's busy handler does. */
const BUSY_TIMEOUT_MS = 5000;

/** Of every connection; beside the write-ahead log, which the file keeps. */
const SETTINGS = `
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA foreign_keys = ON;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
  PRAGMA cache_size = -65536;
  PRAGMA mmap_size = 268435456;
`;

/** Words that jieba is taught (dictionary.ts), in every database. */
export const DICTIONARY = `
  CREATE TABLE IF NOT EXISTS _vulcan_dict (
    word TEXT PRIMARY KEY,
    weight INTEGER NOT NULL DEFAULT 1,
    enabled INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
  )
`;

/** What its types do not know: SQLite would guess the entry point from the file's name. */
interface ExtensionLoader {
  loadExtension(file: string, entryPoint: string): unknown;
}

export interface SqliteConnection {
  /** Absolute path. */
  readonly file: string;
  readonly native: NativeSqlite;
  /** Closes the file. Throws while a statement runs. */
  close(): void;
}

function prepare(database: Database.Database): NativeSqlite {
  const mode = database.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal") throw new Error(`it cannot have a write-ahead log (its journal mode stays ${mode})`);
  database.exec(SETTINGS);
  const native = new NativeSqlite();
  (database as ExtensionLoader).loadExtension(sqliteExtension.file, sqliteExtension.entryPoint);
  native.script(DICTIONARY);
  return native;
}

/**
 * Opens the file, which is created along with its folder where it does not exist.
 * @throws an Error that names the file and has the `code` of SQLite or the operating system
 */
export function openConnection(file: string): SqliteConnection {
  const path = resolve(file);
  const library = loadSqlite();
  let database: Database.Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new library(path, { timeout: BUSY_TIMEOUT_MS });
    const native = prepare(database);
    const opened = database;
    return {
      file: path,
      native,
      close() {
        native.close();
        opened.close();
      },
    };
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw Object.assign(new Error(`cannot open the SQLite database ${path}: ${reason}`, { cause: error }), {
      code: (error as { code?: string }).code,
    });
  }
}
