// The archive of a skill: the same bytes from the same files, on every run and every machine.

import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { SkillFolder } from "../skill-folder.js";

const mode = 0o100644;

/**
 * Writes the files, below a folder named after the skill.
 *
 * They are stored as they are: zlib does not promise the same bytes from one version or build to the next
 * (docs/decisions/0017-packages-are-stored.md).
 *
 * @param paths inside the skill, in the order of the archive
 * @param target absolute path of the archive
 */
export async function writeSkillArchive(
  skill: SkillFolder,
  paths: readonly string[],
  target: string,
): Promise<void> {
  const zip = new ZipFile();
  // Made here: the format has no time zone, and the library writes what a clock shows at this place and now.
  const mtime = new Date(1980, 0, 1, 12, 0, 0);
  for (const path of paths) {
    const bytes = await readFile(join(skill.dir, path));
    zip.addBuffer(bytes, `${skill.id}/${path}`, {
      mtime,
      mode,
      compress: false,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target, { flags: "wx" }));
}
