// Opens a skill's database file.
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { sleepSync } from "../../files/file-lock.js";
import { loadSqlite } from "./library.js";
import { NativeSqlite } from "./native.js";

/** Of every connection. */
const SETTINGS = `
  PRAGMA journal_mode = WAL;
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

export interface SqliteConnection {
  /** Absolute path. */
  readonly file: string;
  readonly native: NativeSqlite;
  /** Closes the file. Throws while a statement runs. */
  close(): void;
}

/** Milliseconds that opening waits for other connections, as statements do. */
const busyTimeoutMs = 5000;
const longestPauseMs = 32;

/**
 * Opens the file, which is created along with its folder where it does not exist.
 * @param prepare makes what every connection expects to find; tried again while others hold the file
 * @throws an Error that names the file and has the `code` of SQLite or the operating system
 */
export function openConnection(
  file: string,
  prepare: (native: NativeSqlite) => void = native => native.script(DICTIONARY),
): SqliteConnection {
  const path = resolve(file);
  loadSqlite();
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openPatiently(path, prepare);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw Object.assign(new Error(`cannot open the SQLite database ${path}: ${reason}`, { cause: error }), {
      code: (error as { code?: string }).code,
    });
  }
}

/** Where several make the same new file, SQLite refuses the change to a write-ahead log at once instead of waiting. */
function openPatiently(path: string, prepare: (native: NativeSqlite) => void): SqliteConnection {
  const start = performance.now();
  for (let pauseMs = 1; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return open(path, prepare);
    } catch (error) {
      const isBusy = (error as { code?: string }).code === "SQLITE_BUSY";
      if (!isBusy || performance.now() - start > busyTimeoutMs) throw error;
    }
    sleepSync(pauseMs);
  }
}

function open(path: string, prepare: (native: NativeSqlite) => void): SqliteConnection {
  const native = new NativeSqlite(path, SETTINGS);
  try {
    requireLog(native);
    prepare(native);
    return { file: path, native, close: () => native.close() };
  } catch (error) {
    native.close();
    throw error;
  }
}

/** SQLite keeps another journal, without an error, where the file system cannot have a write-ahead log. */
function requireLog(native: NativeSqlite): void {
  const { rows } = native.query("PRAGMA journal_mode", "");
  const [{ journal_mode: mode }] = JSON.parse(Buffer.from(rows).toString()) as [{ journal_mode: string }];
  if (mode !== "wal") throw new Error(`it cannot have a write-ahead log (its journal mode stays ${mode})`);
}
