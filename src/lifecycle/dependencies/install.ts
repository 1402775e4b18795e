// From a download to the files of a dependency: unpacked beside their place, then moved into it one by one, so that a file
// is there as a whole or not at all.

import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SkillError } from "../../packages/errors.js";
import { type ArchiveFile, eachFile } from "../archives/archive.js";
import { entryPath } from "../archives/entry-path.js";
import { dependencyLimits } from "../archives/limits.js";
import { readChunks, StagedTree, syncFolder } from "../archives/staged-tree.js";
import type { ArchiveType } from "./manifest.js";
import type { Place, PlacedFile } from "./places.js";

const stagingPrefix = ".installing-";

/**
 * Unpacks the exported files of an archive into their place. Other files that are there stay.
 *
 * @throws SkillError `SKILL_PACKAGE` when the archive is refused, `SKILL_DEPENDENCY` when it has not every file; Error when
 *   the place cannot be written; what the signal was aborted with
 */
export async function installFiles(
  archive: string,
  archiveType: ArchiveType,
  place: Place,
  signal: AbortSignal | undefined,
): Promise<void> {
  const parent = dirname(place.folder);
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent);
  const staging = await mkdtemp(join(parent, stagingPrefix));
  try {
    const tree = new StagedTree(staging);
    try {
      if (archiveType === "raw") {
        await writeRaw(archive, place, tree, signal);
      } else {
        await extract(archive, archiveType, place, tree, staging, signal);
      }
      await tree.settle();
    } catch (error) {
      await tree.discard();
      throw error;
    }
    for (const { path } of place.files) {
      const target = join(place.folder, path);
      await mkdir(dirname(target), { recursive: true });
      await rename(join(staging, path), target);
      await syncFolder(dirname(target));
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Makes files that somebody put there executable, where the manifest says they are and their owner lets us. */
export async function markExecutable({ folder, files }: Place): Promise<void> {
  if (process.platform === "win32") return;
  for (const { path, executable } of files) {
    if (executable) await chmod(join(folder, path), 0o755).catch(() => {});
  }
}

/** What a process that was killed has left; whoever installs has the lock. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(stagingPrefix)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function writeRaw(
  file: string,
  { files }: Place,
  tree: StagedTree,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { path, executable } of files) {
    await tree.write(path, readChunks(file), { executable, signal });
  }
}

async function extract(
  archive: string,
  format: "zip" | "tar_gz",
  { files }: Place,
  tree: StagedTree,
  staging: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const exports = files.map(file => new Export(file));
  const wanted = (path: string | undefined) =>
    path !== undefined && exports.some(candidate => candidate.fit(path) > candidate.found);
  await eachFile(archive, format, { limits: dependencyLimits, wanted }, async file => {
    signal?.throwIfAborted();
    const takers = exports.filter(candidate => candidate.fit(file.path) > candidate.found);
    await writeTo(takers, file, tree, staging, signal);
  });
  const missing = exports.filter(({ found }) => found === 0).map(({ archivePath }) => archivePath);
  if (missing.length === 0) return;
  throw new SkillError("SKILL_DEPENDENCY", `${basename(archive)} does not contain ${missing.join(", ")}`);
}

async function writeTo(
  takers: readonly Export[],
  file: ArchiveFile,
  tree: StagedTree,
  staging: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [first, ...others] = takers;
  if (first === undefined) return;
  for (const { path, found } of takers) if (found > 0) await rm(join(staging, path), { force: true });
  await tree.write(first.path, file.content(), { executable: first.executable, signal });
  for (const { path, executable } of others) {
    await tree.write(path, readChunks(join(staging, first.path)), { executable, signal });
  }
  for (const taker of takers) taker.found = taker.fit(file.path);
}

/** A file that is to come out of an archive: the one of exactly its path, else the first one of it below one folder. */
class Export {
  readonly path: string;
  readonly executable: boolean;
  readonly archivePath: string;
  /** How well the entry fits that was taken: 0 none, 1 below one folder, 2 exactly. */
  found = 0;

  constructor({ path, executable, archivePath }: PlacedFile) {
    this.path = path;
    this.executable = executable;
    this.archivePath = entryPath(archivePath.trim().replace(/^[\\/]+/, "")).path ?? archivePath;
  }

  fit(path: string): number {
    if (path === this.archivePath) return 2;
    return path.slice(path.indexOf("/") + 1) === this.archivePath && path.includes("/") ? 1 : 0;
  }
}
