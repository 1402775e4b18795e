// What is there under a path.

import { existsSync, lstatSync, type Stats, statSync } from "node:fs";
import { isMissing } from "./failure.js";

export interface FileStatus {
  kind: "file" | "dir" | "symlink" | "other";
  is_file: boolean;
  is_dir: boolean;
  is_symlink: boolean;
  readonly: boolean;
  /** Bytes; of files only. */
  size?: number;
  /** Milliseconds since 1970; missing where the file system keeps no time. */
  modified_unix_ms?: number;
}

/** Of the path itself: a symbolic link is described, not followed. undefined: there is nothing. */
export function status(path: string): FileStatus | undefined {
  const stats = statsOf(path);
  if (stats === undefined) return undefined;
  const result: FileStatus = {
    kind: kindOf(stats),
    is_file: stats.isFile(),
    is_dir: stats.isDirectory(),
    is_symlink: stats.isSymbolicLink(),
    readonly: (stats.mode & 0o222) === 0,
  };
  if (stats.isFile()) result.size = stats.size;
  if (Number.isFinite(stats.mtimeMs)) result.modified_unix_ms = Math.floor(stats.mtimeMs);
  return result;
}

/** Follows symbolic links: one that leads nowhere does not exist. */
export function exists(path: string): boolean {
  return existsSync(path);
}

/** Follows symbolic links. What cannot be looked at is no folder. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** `lstat`, undefined when there is nothing. */
export function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function kindOf(stats: Stats): FileStatus["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "dir";
  return stats.isSymbolicLink() ? "symlink" : "other";
}
