// Which folders of skills a command works on.

import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { SkillRoot } from "../index.js";
import { UsageError } from "./failure.js";

/** Commander's argument processor: adds one root to those given before. */
export function collectRoot(text: string, previous: SkillRoot[] = []): SkillRoot[] {
  const at = text.indexOf("=");
  const name = text.slice(0, at).trim();
  const dir = text.slice(at + 1).trim();
  if (at === -1 || name === "" || dir === "") {
    throw new InvalidArgumentError("Expected NAME=DIR, for instance ROOT=./skills.");
  }
  return [...previous, { name, skillsDir: resolve(dir) }];
}

/**
 * The roots as given; without any, `skills` in the runtime root or else in the working directory, under the name ROOT.
 *
 * @param needs `rootsMayBeMissing`: the command makes the folders that are not there; `rootsOptional`: the command has a use
 *   without roots
 * @throws UsageError when a folder is not there
 */
export function chooseRoots(
  { root, runtimeRoot }: { root?: SkillRoot[]; runtimeRoot?: string },
  needs: { rootsMayBeMissing?: boolean; rootsOptional?: boolean } = {},
): SkillRoot[] {
  if (root !== undefined) {
    const missing = root.find(({ skillsDir }) => !isFolder(skillsDir));
    if (missing === undefined || needs.rootsMayBeMissing) return root;
    throw new UsageError(
      `root ${missing.name}: there is no folder ${missing.skillsDir}`,
      "check the DIR part of --root NAME=DIR",
    );
  }
  const skillsDir = join(resolve(runtimeRoot ?? ""), "skills");
  if (needs.rootsMayBeMissing || isFolder(skillsDir)) return [{ name: "ROOT", skillsDir }];
  if (needs.rootsOptional) return [];
  if (runtimeRoot !== undefined) {
    throw new UsageError(
      `the runtime root has no folder ${skillsDir}`,
      "check --runtime-root DIR, or name the folder of skills by --root NAME=DIR",
    );
  }
  throw new UsageError(
    "no skill root given, and there is no folder ./skills here",
    existsSync("skill.yaml")
      ? "this folder is a skill: its root is the folder around it, --root ROOT=.."
      : "pass one or more --root NAME=DIR, for instance --root ROOT=./my-skills",
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
