// From an archive to a staged skill folder.

import { basename, join } from "node:path";
import { type ArchiveFile, type ArchiveFormat, eachFile } from "../archives/archive.js";
import { packageLimits } from "../archives/limits.js";
import { refuseArchive, refuseEntry } from "../archives/refusal.js";
import { StagedTree } from "../archives/staged-tree.js";
import { requireVersion } from "./package-check.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { SourceContext } from "./source.js";

export type StageContext = Pick<SourceContext, "signal" | "progress">;

export interface PackageArchive {
  readonly path: string;
  readonly format: ArchiveFormat;
  /**
   * Where a file of the archive belongs in the skill folder, null for one that belongs to something else.
   *
   * @returns `problem` for one that makes the archive no skill package
   */
  readonly place: (path: string) => { path: string | null; problem?: never } | { problem: string };
}

/** A skill package as the original makes them: one folder, named after the skill. */
export function topFolder(skillId: string): PackageArchive["place"] {
  return path => {
    const [top, ...rest] = path.split("/");
    if (top === skillId && rest.length > 0) return { path: rest.join("/") };
    return { problem: `only the folder ${skillId}/ may be in the archive` };
  };
}

/**
 * Unpacks an archive to `<stagingDir>/<skillId>` and checks what came out, as `ResolvedPackage.stage` promises.
 *
 * @throws as `ResolvedPackage.stage`
 */
export async function unpackPackage(
  { path: archivePath, format, place }: PackageArchive,
  { skillId, version }: Pick<ResolvedPackage, "skillId" | "version">,
  stagingDir: string,
  context: StageContext,
): Promise<void> {
  const archive = basename(archivePath);
  await stageTree(stagingDir, context, async (tree, report) => {
    const take = async (file: ArchiveFile) => {
      context.signal?.throwIfAborted();
      const placed = place(file.path);
      if (placed.problem !== undefined) throw refuseEntry(archive, file.path, placed.problem);
      if (placed.path === null) return;
      await tree.write(`${skillId}/${placed.path}`, file.content(), { signal: context.signal });
      report(file.size);
    };
    let files = 0;
    await eachFile(archivePath, format, { limits: packageLimits }, async file => {
      files += 1;
      await take(file);
    });
    if (files === 0) throw refuseArchive(archive, "there is no file in it");
    requireVersion(archive, join(stagingDir, skillId), version);
  });
}

/**
 * Lets `fill` write below an empty folder; when it fails, the folder is empty again.
 *
 * @param fill gets the tree and a function that counts the bytes it has written
 */
export async function stageTree(
  stagingDir: string,
  { progress }: StageContext,
  fill: (tree: StagedTree, report: (bytes: number) => void) => Promise<void>,
): Promise<void> {
  const tree = new StagedTree(stagingDir);
  let bytesDone = 0;
  progress({ phase: "extracting_archive", status: "started" });
  try {
    await fill(tree, bytes => {
      bytesDone += bytes;
      progress({ phase: "extracting_archive", status: "progress", bytesDone });
    });
    await tree.settle();
  } catch (error) {
    await tree.discard();
    throw error;
  }
  progress({ phase: "extracting_archive", status: "completed", bytesDone });
}
