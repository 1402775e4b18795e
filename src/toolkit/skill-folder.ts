// The folder of a skill that somebody works on.

import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { SkillError } from "../packages/errors.js";
import { identifierProblem } from "../packages/identifier.js";

export interface SkillFolder {
  /** Name of the folder. */
  id: string;
  /** Absolute path. */
  dir: string;
}

/**
 * Finds the skill in a folder.
 *
 * @throws SkillError `SKILL_NOT_FOUND` where there is none
 */
export function openSkillFolder(path: string): SkillFolder {
  const dir = resolve(path);
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new SkillError("SKILL_NOT_FOUND", `there is no folder ${dir}`);
  }
  if (!statSync(join(dir, "skill.yaml"), { throwIfNoEntry: false })?.isFile()) {
    throw new SkillError("SKILL_NOT_FOUND", `${dir} is no skill: it has no skill.yaml`);
  }
  return { id: basename(dir), dir };
}

/** What is wrong with the name of the folder, or undefined. */
export function folderNameProblem({ id }: SkillFolder): string | undefined {
  return identifierProblem("the folder of a skill is its id: it", id);
}

/** Names that belong to tools of the author and to nothing of the skill. */
export function isOutside(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

/** A file of a skill, or what is there instead. */
export interface SkillFile {
  /** Path inside the skill, forward slashes. */
  path: string;
  kind: "file" | "link" | "other";
}

/** Everything in the folder but what is outside, in byte order of the paths; links are not followed. */
export function listSkillFiles({ dir }: SkillFolder): SkillFile[] {
  const files: SkillFile[] = [];
  const walk = (inside: string): void => {
    for (const entry of readdirSync(join(dir, inside), { withFileTypes: true })) {
      if (isOutside(entry.name)) continue;
      const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else files.push({ path, kind: kindOf(entry) });
    }
  };
  walk("");
  return files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** The text of a file of the skill that is known to be there. */
export function readSkillText({ dir }: SkillFolder, path: string): string {
  return readFileSync(join(dir, path), "utf8");
}

function kindOf(entry: Dirent): SkillFile["kind"] {
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : "other";
}
