// The skill that an author's command works on: a folder, or the id of a skill in one of the roots.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { isIdentifier } from "../packages/identifier.js";
import { openSkillFolder, type SkillFolder } from "../toolkit/skill-folder.js";
import { OperationError } from "./failure.js";
import type { GlobalOptions } from "./global-options.js";
import { chooseRoots } from "./roots.js";

/** For `Command.argument`. */
export const skillArgument = ["[skill]", "folder of the skill, or its id in one of the roots", "."] as const;

/** @throws OperationError where there is no skill */
export function findSkill(argument: string, options: GlobalOptions): SkillFolder {
  try {
    return openSkillFolder(inRoots(argument, options) ?? argument);
  } catch (error) {
    const hint =
      argument === "."
        ? "name the folder of a skill, or its id: `luaskills list` shows what there is"
        : "a skill is a folder with a skill.yaml; `luaskills new` makes one";
    throw new OperationError("SKILL_NOT_FOUND", (error as Error).message, hint);
  }
}

function inRoots(id: string, options: GlobalOptions): string | undefined {
  if (existsSync(id) || !isIdentifier(id)) return undefined;
  return chooseRoots(options, { rootsMayBeMissing: true })
    .map(({ skillsDir }) => join(skillsDir, id))
    .find(dir => existsSync(dir));
}
