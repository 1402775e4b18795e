// What skills are told when SQLite refuses: its own words name neither the file nor what to do.

import type { SqliteNativeCode } from "./native.js";

/** After one of these the connection is not used again. */
const fatalCodes = new Set(["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_CANTOPEN", "CLOSED"]);

export function isFatal(error: unknown): boolean {
  return fatalCodes.has(codeOf(error) ?? "");
}

export function codeOf(error: unknown): SqliteNativeCode | `SQLITE_${string}` | undefined {
  return (error as { code?: SqliteNativeCode } | null)?.code;
}

/** @param tookMs how long the request has run */
export function describeFailure(error: unknown, file: string, tookMs: number): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.includes(file)) return message; // opening it has failed, and says so
  switch (codeOf(error)) {
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return `another connection holds the lock of ${file}; waited ${(tookMs / 1000).toFixed(1)} s (${message})`;
    case "SQLITE_CORRUPT":
      return `the database ${file} is damaged: ${message}`;
    case "SQLITE_NOTADB":
      return `${file} is no SQLite database: ${message}`;
    case "SQLITE_FULL":
      return `there is no space left for ${file}: ${message}`;
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
      return `${file} cannot be written: ${message}`;
    case "SQLITE_IOERR":
      return `reading or writing ${file} failed: ${message}`;
    case "SQLITE_CANTOPEN":
      return `${file} cannot be opened: ${message}`;
    case "MULTIPLE_STATEMENTS":
      return "sql must be a single statement; only execute_script without params runs several";
    case "RETURNS_ROWS":
      return "the statement returns rows; query_json runs such statements";
    default:
      return message;
  }
}
