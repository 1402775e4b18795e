// Where tests of a skill lie. Nothing here needs the addon.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { SkillFolder } from "../skill-folder.js";

/** Paths of the files of tests inside the skill: `tests/*.lua`, in alphabetical order. */
export function findTestFiles({ dir }: SkillFolder): string[] {
  const folder = join(dir, "tests");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith(".lua"))
    .map(entry => `tests/${entry.name}`)
    .sort();
}
