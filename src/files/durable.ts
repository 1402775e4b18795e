// Changes of the file system that are on the disk when their promise resolves, so that their order survives a power cut.

import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isPassing } from "./passing.js";

/** Puts a text under a path as a whole: a reader sees what was there before, or all of it. Makes the folder. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await writeNewFile(temporary, text);
    await replace(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a file that is not there yet. @param mode exactly that; otherwise what the process gives to new files */
export async function writeNewFile(path: string, text: string, mode?: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    if (mode !== undefined) await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Moves a file or a folder within one file system. Makes the folder that it goes to. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await replace(from, to);
  await syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
}

/** Removes a file or a tree, if it is there. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
  await syncFolder(dirname(path));
}

/** Makes a folder and those above it, if they are not there. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let folder = path; ; folder = dirname(folder)) {
    await syncFolder(dirname(folder));
    if (folder === first) return;
  }
}

/** Makes names in a folder durable. Windows has no such call, and does it by itself. A folder that is gone has no names. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await openFolder(path);
  if (folder === undefined) return;
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openFolder(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function replace(from: string, to: string): Promise<void> {
  for (let pause = 1; ; pause *= 2) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (pause > 512 || !isPassing(process.platform, (error as NodeJS.ErrnoException).code)) throw error;
      await setTimeout(pause);
    }
  }
}
