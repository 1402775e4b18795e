// The root chain: an ordered list of folders that hold skills. The first root that has a folder for a skill decides
// about it; what later roots hold under that name is hidden, even when the first copy is broken or disabled.

import { access, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SkillError } from "./errors.js";
import { isIdentifier } from "./identifier.js";

/** One folder of skills. `name` is the host's label for it, such as ROOT, PROJECT or USER. */
export interface SkillRoot {
  name: string;
  skillsDir: string;
}

/** The folder that decides about one skill id. */
export interface SkillFolder {
  skillId: string;
  rootName: string;
  /** Absolute path. */
  skillDir: string;
}

export interface SkippedSkill {
  skillId: string;
  reason: string;
}

export interface ScannedRoots {
  /** In ascending order of skill id. */
  folders: SkillFolder[];
  /** Folders that look like skills and are not considered, with the reason. */
  skipped: SkippedSkill[];
}

/**
 * Checks the shape of a root chain and makes its paths absolute.
 *
 * @throws SkillError `SKILL_ROOT`
 */
export function resolveRoots(roots: readonly SkillRoot[]): SkillRoot[] {
  if (!Array.isArray(roots))
    throw new SkillError("SKILL_ROOT", "roots must be an array of { name, skillsDir }");
  return roots.map((root, index) => {
    for (const key of ["name", "skillsDir"] as const) {
      const value: unknown = root?.[key];
      if (typeof value !== "string" || value.trim() === "") {
        throw new SkillError("SKILL_ROOT", `roots[${index}].${key} must be a non-empty string`);
      }
    }
    return { name: root.name.trim(), skillsDir: resolve(root.skillsDir) };
  });
}

/**
 * Finds the deciding folder of every skill id in the chain. A root that does not exist holds no skills.
 *
 * @throws SkillError `SKILL_ROOT` when a root exists and cannot be listed
 */
export async function scanRoots(roots: readonly SkillRoot[]): Promise<ScannedRoots> {
  const folders = new Map<string, SkillFolder>();
  const skipped: SkippedSkill[] = [];
  for (const root of roots) {
    for (const entry of await listRoot(root)) {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
      const skillDir = join(root.skillsDir, entry.name);
      if (!isIdentifier(entry.name)) {
        if (await hasManifest(skillDir)) {
          skipped.push({
            skillId: entry.name,
            reason: `${skillDir}: the folder name is not a valid skill id`,
          });
        }
      } else if (entry.isSymbolicLink()) {
        // A link would let a root serve files that its owner does not control.
        if (await hasManifest(skillDir)) {
          skipped.push({ skillId: entry.name, reason: `${skillDir}: symbolic links are not followed` });
        }
      } else if (!folders.has(entry.name)) {
        folders.set(entry.name, { skillId: entry.name, rootName: root.name, skillDir });
      }
    }
  }
  return { folders: [...folders.values()].sort((a, b) => compareBytes(a.skillId, b.skillId)), skipped };
}

/** Orders by code unit, which is byte order for the ASCII names of skills and entries. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function listRoot(root: SkillRoot) {
  try {
    return await readdir(root.skillsDir, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    const reason = code === "ENOTDIR" ? "is not a folder" : `cannot be read: ${message}`;
    throw new SkillError("SKILL_ROOT", `skill root ${root.name}: ${root.skillsDir} ${reason}`, {
      cause: error,
    });
  }
}

async function hasManifest(skillDir: string): Promise<boolean> {
  return access(join(skillDir, "skill.yaml")).then(
    () => true,
    () => false,
  );
}
