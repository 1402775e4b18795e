// What of a skill's folder belongs into its package.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ignore from "ignore";
import { listSkillFiles, type SkillFile, type SkillFolder } from "../skill-folder.js";

const ignoreFile = ".skillignore";

/**
 * Left out besides what belongs to tools of the author: tests, and packages made before. A `.skillignore` adds to this, in
 * the words of `.gitignore`, and takes back (`!/tests/`).
 */
const leftOut = ["/tests/", "/*-skill.zip", "/*-checksums.txt"];

/** In byte order of the paths. */
export function packageContents(skill: SkillFolder): SkillFile[] {
  const file = join(skill.dir, ignoreFile);
  const own = existsSync(file) ? readFileSync(file, "utf8") : "";
  const rules = ignore().add(leftOut).add(own);
  return listSkillFiles(skill).filter(({ path }) => !rules.ignores(path));
}
