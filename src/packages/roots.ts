// The root chain: an ordered list of folders that hold skills. The first root that has a folder for a skill decides
// about it; what later roots hold under that name is hidden, even when the first copy is broken or disabled.

import { type Dirent, existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { SkillError } from "./errors.js";
import { isIdentifier } from "./identifier.js";
import { chainProblem, isLayered } from "./policy.js";

/** One folder of skills. `name` is the host's label for it, such as ROOT, PROJECT or USER. */
export interface SkillRoot {
  name: string;
  skillsDir: string;
}

/** The folder that decides about one skill id. */
export interface SkillFolder {
  skillId: string;
  root: SkillRoot;
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
 * Checks the shape of a root chain and its order, and makes its paths absolute. Labels of layers come out in capitals.
 *
 * @throws SkillError `SKILL_ROOT`
 */
export function resolveRoots(roots: readonly SkillRoot[]): SkillRoot[] {
  if (!Array.isArray(roots))
    throw new SkillError("SKILL_ROOT", "roots must be an array of { name, skillsDir }");
  const resolved = roots.map((root, index) => {
    for (const key of ["name", "skillsDir"] as const) {
      const value: unknown = root?.[key];
      if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) {
        throw new SkillError("SKILL_ROOT", `roots[${index}].${key} must be a non-empty string`);
      }
    }
    return { name: root.name.trim(), skillsDir: resolve(root.skillsDir) };
  });
  const problem = chainProblem(resolved);
  if (problem !== undefined) throw new SkillError("SKILL_ROOT", problem);
  if (!isLayered(resolved)) return resolved;
  return resolved.map(({ name, skillsDir }) => ({ name: name.toUpperCase(), skillsDir }));
}

/**
 * Finds the deciding folder of every skill id in the chain. A root that does not exist holds no skills.
 *
 * @throws SkillError `SKILL_ROOT` when a root exists and cannot be listed
 */
export function scanRoots(roots: readonly SkillRoot[]): ScannedRoots {
  const folders = new Map<string, SkillFolder>();
  const skipped: SkippedSkill[] = [];
  for (const root of roots) {
    for (const entry of listRoot(root)) {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
      const skillDir = join(root.skillsDir, entry.name);
      const problem = folderProblem(entry);
      if (problem === undefined) {
        if (!folders.has(entry.name)) folders.set(entry.name, { skillId: entry.name, root, skillDir });
      } else if (existsSync(join(skillDir, "skill.yaml"))) {
        // Nobody wonders about a folder such as .git, but about a skill that does not show up.
        skipped.push({ skillId: entry.name, reason: `${skillDir}: ${problem}` });
      }
    }
  }
  return { folders: [...folders.values()].sort((a, b) => compareBytes(a.skillId, b.skillId)), skipped };
}

/** Orders by code unit, which is byte order for the ASCII names of skills and entries. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function folderProblem(entry: Dirent): string | undefined {
  if (!isIdentifier(entry.name)) return "the folder name is not a valid skill id";
  // A link would let a root serve files that its owner does not control.
  return entry.isSymbolicLink() ? "symbolic links are not followed" : undefined;
}

function listRoot(root: SkillRoot): Dirent[] {
  try {
    return readdirSync(root.skillsDir, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    const reason = code === "ENOTDIR" ? "is not a folder" : `cannot be read: ${message}`;
    throw new SkillError("SKILL_ROOT", `skill root ${root.name}: ${root.skillsDir} ${reason}`, {
      cause: error,
    });
  }
}
