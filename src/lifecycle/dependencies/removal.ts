// Taking dependencies away.

import { rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Lock, LockedDependency } from "./lock-file.js";
import { folderName } from "./places.js";

/** @returns what could not be removed, in words */
export async function removeFolders(folders: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const folder of folders) {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (error) {
      problems.push(`${folder}: ${(error as Error).message}`);
    }
  }
  return problems;
}

/**
 * Removes what was recorded for this platform and is not used any more. What belongs to another platform may belong to
 * another machine that shares the disk.
 *
 * @param dirs folders of the skill's dependencies, by kind
 * @param isKept by key and record
 * @returns the lock without what was removed
 */
export async function removeUnused(
  dirs: Readonly<Record<string, string>>,
  lock: Lock,
  isKept: (key: string, record: LockedDependency) => boolean,
  platform: string | undefined,
): Promise<{ kept: Lock; problems: string[] }> {
  const kept = new Map(lock);
  const problems: string[] = [];
  for (const [key, record] of lock) {
    const [kind = "", ...inside] = key.split("/");
    const dir = dirs[kind];
    if (dir === undefined || isKept(key, record) || inside.at(-1) !== platform) continue;
    // A file that somebody else has written might name any folder.
    if (inside.length !== 3 || inside.some(part => folderName(part) !== part)) continue;
    const folder = join(dir, ...inside);
    const failed = await removeFolders([folder]);
    problems.push(...failed);
    if (failed.length > 0) continue;
    kept.delete(key);
    await removeEmpty(dirname(folder), dir);
  }
  return { kept, problems };
}

/** Removes a folder that is empty, and those above it that are then, up to the end, which stays. */
async function removeEmpty(folder: string, end: string): Promise<void> {
  for (let at = folder; at !== end && at.startsWith(end); at = dirname(at)) {
    try {
      await rmdir(at);
    } catch {
      return;
    }
  }
}
