// Copying files and trees.

import type { Stats } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { disk, unlessRefused } from "./disk.js";
import { refuseRoot } from "./root.js";
import type { Steps } from "./steps.js";
import { temporaryBeside } from "./temporary.js";

export interface CopyOptions {
  /** Replaces what is there, a folder as a whole; a symbolic link itself, not what it leads to. */
  readonly overwrite: boolean;
  /** Called now and then; what it throws ends the copy, which then leaves nothing behind. */
  readonly checkpoint?: () => void;
}

/**
 * Copies a file, or a folder with all that is in it, to a place whose folder exists. The copy is made beside its place and
 * takes it when it is complete: one that fails leaves neither half a tree nor a hole where the old one was. Permissions are
 * copied, times and owners are not.
 *
 * Refused are symbolic links and special files anywhere in the source, the root of a file system, and trees of which one
 * contains the other.
 *
 * @returns false when there is something and it is not to be overwritten
 */
export function* copy(source: string, target: string, options: CopyOptions): Steps<boolean> {
  const stats = yield* disk.lstat(source);
  refuseSpecial(source, stats);
  yield* refuseOverlap(source, target);
  const old = yield* unlessRefused(disk.lstat(target));
  if (old !== undefined && !options.overwrite) return false;
  const checkpoint = options.checkpoint ?? (() => {});
  const tree = stats.isDirectory() ? yield* readTree(Buffer.from(source), stats, checkpoint) : undefined;
  const temporary = temporaryBeside(target);
  let done = false;
  try {
    if (tree === undefined) yield* disk.copyFile(source, temporary);
    else yield* copyTree(tree, Buffer.from(temporary), checkpoint);
    const makesWay = old !== undefined && (old.isDirectory() || tree !== undefined);
    yield* makesWay ? swap(temporary, target) : disk.rename(temporary, target);
    done = true;
  } finally {
    if (!done) yield* unlessRefused(disk.removeTree(temporary));
  }
  return true;
}

/** What a folder holds, read before anything is copied: what is refused is refused in time. */
interface Tree {
  readonly path: Buffer;
  readonly mode: number;
  readonly files: readonly Buffer[];
  readonly folders: readonly [name: Buffer, tree: Tree][];
}

function* readTree(path: Buffer, stats: Stats, checkpoint: () => void): Steps<Tree> {
  checkpoint();
  const files: Buffer[] = [];
  const folders: [Buffer, Tree][] = [];
  for (const entry of yield* disk.readFolder(path)) {
    const inner = within(path, entry.name);
    refuseSpecial(inner, entry);
    if (!entry.isDirectory()) files.push(entry.name);
    else folders.push([entry.name, yield* readTree(inner, yield* disk.lstat(inner), checkpoint)]);
  }
  return { path, mode: stats.mode & 0o7777, files, folders };
}

function* copyTree(tree: Tree, target: Buffer, checkpoint: () => void): Steps<void> {
  yield* disk.makeFolder(target, 0o700);
  for (const name of tree.files) {
    checkpoint();
    yield* disk.copyFile(within(tree.path, name), within(target, name));
  }
  for (const [name, folder] of tree.folders) yield* copyTree(folder, within(target, name), checkpoint);
  yield* disk.chmod(target, tree.mode); // last: a folder may be read-only
}

/** Puts one thing in the place of another where a rename cannot replace it: folders are moved out of the way first. */
function* swap(temporary: string, target: string): Steps<void> {
  const old = temporaryBeside(target);
  yield* disk.rename(target, old);
  try {
    yield* disk.rename(temporary, target);
  } catch (error) {
    yield* unlessRefused(disk.rename(old, target));
    throw error;
  }
  yield* disk.removeTree(old);
}

interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function refuseSpecial(path: string | Buffer, kind: FileKind): void {
  if (kind.isSymbolicLink()) throw new Error(`${path} is a symbolic link, which is not copied`);
  if (!kind.isFile() && !kind.isDirectory()) throw new Error(`${path} is neither a file nor a folder`);
}

/** Compares the places themselves, not the ways that lead there. */
function* refuseOverlap(source: string, target: string): Steps<void> {
  const from = yield* disk.realpath(source);
  const to = join(yield* disk.realpath(dirname(target)), basename(target));
  refuseRoot(from);
  refuseRoot(to);
  if (from === to) throw new Error("src and dst are the same path");
  if (to.startsWith(from + sep)) throw new Error("dst is inside src");
  if (from.startsWith(to + sep)) throw new Error("src is inside dst");
}

function within(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from(sep), name]);
}
