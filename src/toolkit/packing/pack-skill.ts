// From the folder of a skill to the two files of a release: the archive and its checksum. What comes out is what an install takes,
// because it is put through the same code before it gets its name.

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { entryPath } from "../../lifecycle/archives/entry-path.js";
import { EntrySet } from "../../lifecycle/archives/entry-set.js";
import { packageLimits } from "../../lifecycle/archives/limits.js";
import { ZipSource } from "../../lifecycle/sources/zip.js";
import { SkillError } from "../../packages/errors.js";
import { SkillSandbox } from "../sandbox.js";
import type { SkillFile, SkillFolder } from "../skill-folder.js";
import { packageContents } from "./package-contents.js";
import { writeSkillArchive } from "./skill-archive.js";

export interface PackedSkill {
  skillId: string;
  version: string;
  /** Absolute paths of the two files. */
  archive: string;
  checksums: string;
  /** Of the archive, lower-case hexadecimal digits. */
  sha256: string;
  bytes: number;
  /** Paths inside the skill, in the order of the archive. */
  files: string[];
}

/**
 * Packs a skill. Files of the same names that are there already are replaced, each as a whole.
 *
 * @param version of the manifest
 * @param outDir absolute; made when it is not there
 * @throws SkillError `SKILL_PACKAGE` for a file that cannot be in a package, or a package that does not load
 */
export async function packSkill(skill: SkillFolder, version: string, outDir: string): Promise<PackedSkill> {
  const contents = packageContents(skill);
  await requirePackable(skill, contents);
  const files = contents.map(({ path }) => path);
  const name = `${skill.id}-v${version}`;
  const archive = join(outDir, `${name}-skill.zip`);
  const checksums = join(outDir, `${name}-checksums.txt`);
  await mkdir(outDir, { recursive: true });
  // In the same folder, so that a rename puts them into place.
  const draft = await mkdtemp(join(outDir, ".pack-"));
  try {
    const draftArchive = join(draft, `${name}-skill.zip`);
    await writeSkillArchive(skill, files, draftArchive);
    await requireInstallable(draftArchive, skill, version);
    const bytes = await readFile(draftArchive);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const draftChecksums = join(draft, "checksums.txt");
    await writeFile(draftChecksums, `${sha256}  ${name}-skill.zip\n`);
    await rename(draftArchive, archive);
    await rename(draftChecksums, checksums);
    return { skillId: skill.id, version, archive, checksums, sha256, bytes: bytes.length, files };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Says of the files themselves what an install would say of the archive. */
async function requirePackable(skill: SkillFolder, contents: readonly SkillFile[]): Promise<void> {
  const names = new EntrySet(packageLimits);
  const problems: string[] = [];
  for (const { path, kind } of contents) {
    if (kind !== "file") {
      problems.push(`${path} is ${kind === "link" ? "a link" : "no regular file"}`);
      continue;
    }
    const inArchive = `${skill.id}/${path}`;
    const { problem } = entryPath(inArchive);
    const { size } = await stat(join(skill.dir, path));
    const wrong = problem ?? names.add(inArchive, size);
    if (wrong !== undefined) problems.push(`${path}: ${wrong}`);
  }
  if (problems.length === 0) return;
  throw new SkillError(
    "SKILL_PACKAGE",
    `${skill.id} cannot be packed: ${problems.join("; ")}. A .skillignore leaves files out`,
  );
}

/** Unpacks the archive as an install does and loads what comes out. */
async function requireInstallable(archive: string, skill: SkillFolder, version: string): Promise<void> {
  const staging = await mkdtemp(join(tmpdir(), "luaskills-"));
  const context = {
    plane: "system",
    cacheDir: staging,
    signal: undefined,
    progress: () => {},
  } as const;
  try {
    const request = { skillId: skill.id, locator: archive, version };
    const found = await new ZipSource().resolve(request, context);
    await found.stage(staging, context);
    await using sandbox = await SkillSandbox.open({ id: skill.id, dir: join(staging, skill.id) }, "none");
    const problem = await sandbox.load();
    if (problem === undefined) return;
    const message = sandbox.relocate(problem);
    throw new SkillError(
      "SKILL_PACKAGE",
      `without what is left out of the package, ${skill.id} does not load: ${message}`,
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
