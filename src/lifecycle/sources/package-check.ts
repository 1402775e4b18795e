// What a package must be before anything else looks at it: a skill by its manifest, in the version that was asked for.

import { SkillError } from "../../packages/errors.js";
import { isJsonObject } from "../../packages/json-object.js";
import { PackageFiles } from "../../packages/package-files.js";
import { versionProblem } from "../../packages/version.js";
import { parseYaml } from "../../packages/yaml.js";

const manifestLimitBytes = 1 << 20;

/**
 * Reads the version from the manifest of a skill folder.
 *
 * @param what the folder belongs to, as the message begins
 * @throws SkillError `SKILL_PACKAGE`
 */
export function packageVersion(what: string, skillDir: string): string {
  const { text, problem } = new PackageFiles(skillDir).read("skill.yaml", manifestLimitBytes);
  if (problem !== undefined) throw refuse(`${what}: skill.yaml: ${problem}`);
  return manifestVersion(what, text);
}

/**
 * Reads the version from the text of a manifest.
 *
 * @throws SkillError `SKILL_PACKAGE`
 */
export function manifestVersion(what: string, text: string): string {
  const { value, problem } = parseYaml(text);
  if (problem !== undefined) throw refuse(`${what}: skill.yaml: ${problem}`);
  if (!isJsonObject(value)) throw refuse(`${what}: skill.yaml must be a mapping`);
  if (Object.hasOwn(value, "skill_id")) {
    throw refuse(`${what}: skill.yaml must not declare skill_id: the folder name is the id`);
  }
  const { version } = value;
  if (typeof version !== "string") throw refuse(`${what}: skill.yaml: version is missing or no string`);
  const wrong = versionProblem("version", version.trim());
  if (wrong !== undefined) throw refuse(`${what}: skill.yaml: ${wrong}`);
  return version.trim();
}

/** @throws SkillError `SKILL_PACKAGE` unless the staged folder is the version that its source has promised */
export function requireVersion(what: string, skillDir: string, promised: string): void {
  const version = packageVersion(what, skillDir);
  if (version === promised) return;
  throw refuse(`${what}: its skill.yaml has version ${version}, expected ${promised}`);
}

function refuse(message: string): SkillError {
  return new SkillError("SKILL_PACKAGE", message);
}
