// What `luaskills doctor` looks at in the roots: whether their skills load, and whether what skills write can be written.

import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import type { LoadReport, SkillRoot } from "../index.js";
import { configFile, resolvePaths } from "../packages/paths.js";
import { scanRoots } from "../packages/roots.js";
import { type Check, probe } from "./checks.js";

/** What the probe prints. */
export interface ProbedRoots {
  report: LoadReport;
  /** What is wrong with the file of the settings. */
  settingsProblem?: string;
}

export async function checkRoots(
  roots: readonly SkillRoot[],
  runtimeRoot: string | undefined,
): Promise<Check[]> {
  if (roots.length === 0) return [];
  const { problem, detail } = await probe("skills", JSON.stringify({ roots, runtimeRoot }));
  if (problem !== undefined) return [broken("roots", problem)];
  const { report, settingsProblem } = JSON.parse(detail) as ProbedRoots;
  const { folders } = scanRoots(roots);
  const summaries = roots.map((root): Check => {
    const skills = folders.filter(folder => folder.root === root).map(({ skillId }) => skillId);
    const loaded = skills.filter(skillId => report.loaded.includes(skillId)).length;
    const frozen = isWritable(dirname(root.skillsDir))
      ? ""
      : "; read-only: no settings, no databases, no installs";
    const about = `${loaded} of ${skills.length} skills load, ${root.skillsDir}${frozen}`;
    return { ...unversioned, name: `root ${root.name}`, status: "ok", detail: about, remedy: null };
  });
  const failed = report.failed.map(({ skillId, error }) => {
    const skillDir = folders.find(folder => folder.skillId === skillId)?.skillDir ?? skillId;
    return broken(`skill ${skillId}`, error, `luaskills check ${JSON.stringify(skillDir)}`);
  });
  const settings = checkSettings(roots, runtimeRoot, settingsProblem);
  return [...summaries, ...failed, ...settings];
}

function checkSettings(
  roots: readonly SkillRoot[],
  runtimeRoot: string | undefined,
  problem: string | undefined,
): Check[] {
  if (problem === undefined) return [];
  const paths = resolvePaths(runtimeRoot === undefined ? {} : { runtimeRoot });
  // Roots far apart have no common place for settings: skills that need none do not mind.
  const status = configFile(paths, roots).problem === undefined ? "broken" : "unavailable";
  return [{ ...broken("settings", problem), status }];
}

const unversioned = { neededBy: null, version: null };

function broken(name: string, detail: string, remedy: string | null = null): Check {
  return { ...unversioned, name, status: "broken", detail, remedy };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
