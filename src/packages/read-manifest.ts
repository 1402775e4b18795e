// skill.yaml of a package on the disk.

import { SkillError } from "./errors.js";
import { parseManifest, type SkillManifest } from "./manifest.js";
import type { PackageFiles } from "./package-files.js";

/** Parsing takes far longer than reading, and nobody writes this much by hand. */
const manifestLimitBytes = 1 << 20;
const schemaLimitBytes = 1 << 20;

/**
 * Reads the manifest of a package and the schema files that it names.
 *
 * @returns `"disabled"` when it says `enable: false`
 * @throws SkillError `SKILL_MANIFEST`
 */
export function readManifest(files: PackageFiles): SkillManifest | "disabled" {
  const { text, problem } = files.read("skill.yaml", manifestLimitBytes);
  if (problem !== undefined) throw new SkillError("SKILL_MANIFEST", `skill.yaml: ${problem}`);
  return parseManifest(text, path => files.read(path, schemaLimitBytes));
}
