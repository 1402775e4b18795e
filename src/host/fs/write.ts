// Whole files, written so that a failure half way leaves the old content rather than half of the new.

import { constants, type Stats } from "node:fs";
import { disk, isRefusal, unlessRefused } from "./disk.js";
import type { Steps } from "./steps.js";
import { temporaryBeside } from "./temporary.js";

/**
 * Makes `bytes` the content of the file, and makes the file if there is none; folders are not made.
 *
 * The content is written beside the file and renamed onto it where nobody can tell the difference: the file is new, or it is
 * our own and has one name. Otherwise (hard links, somebody else's file, a folder that takes no new file) it is written in
 * place, as every program does. Symbolic links are followed.
 */
export function* replaceFile(path: string, bytes: Uint8Array): Steps<void> {
  const place = yield* placeOf(path);
  if (place === undefined || !(yield* writeBeside(place, bytes))) yield* disk.writeFile(path, bytes);
}

/** Adds `bytes` to the end of the file, which is made if there is none. */
export function* appendToFile(path: string, bytes: Uint8Array): Steps<void> {
  yield* placeOf(path);
  yield* disk.appendFile(path, bytes);
}

/** A file that another may take the place of, or the path of one that is not there yet. */
interface Place {
  readonly path: string;
  readonly stats: Stats | undefined;
}

/** @returns undefined: the file can only be written in place */
function* placeOf(path: string): Steps<Place | undefined> {
  const link = yield* unlessRefused(disk.lstat(path));
  if (link === undefined) return { path, stats: undefined };
  const real = link.isSymbolicLink() ? yield* unlessRefused(disk.realpath(path)) : path;
  if (real === undefined) return undefined;
  const stats = yield* disk.stat(real);
  if (stats.isDirectory()) return undefined;
  // A pipe may hold the thread for ever, and the standard streams belong to the host.
  if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
  if (stats.nlink !== 1) return undefined;
  // A file that may not be written stays as it is, although its folder would let another take its place.
  yield* disk.access(real, constants.W_OK);
  return { path: real, stats };
}

/** @returns false: nothing was changed, the file has to be written in place */
function* writeBeside({ path, stats }: Place, bytes: Uint8Array): Steps<boolean> {
  const temporary = temporaryBeside(path);
  let replaced = false;
  try {
    yield* disk.writeFile(temporary, bytes, { flag: "wx", mode: (stats?.mode ?? 0o666) & 0o777 });
    if (stats === undefined || (yield* takeOver(temporary, stats))) {
      yield* disk.rename(temporary, path);
      replaced = true;
    }
  } catch (error) {
    // A full disk would take the old content with it.
    if (!isRefusal(error) || error.syscall === "write") throw error;
  } finally {
    if (!replaced) yield* unlessRefused(disk.removeTree(temporary));
  }
  return replaced;
}

/**
 * Gives a new file the permissions of the one it is to replace.
 *
 * @returns whether it belongs to the same owner and group
 */
function* takeOver(temporary: string, old: Stats): Steps<boolean> {
  const own = yield* disk.stat(temporary);
  if (own.uid !== old.uid || own.gid !== old.gid) return false;
  if (own.mode !== old.mode) yield* disk.chmod(temporary, old.mode & 0o7777);
  return true;
}
