// The names that skills bring along, read from their folders: no code of a skill runs when somebody presses the tab key, and
// the addon is not loaded.

import { resolvePaths, stateDir } from "../../packages/paths.js";
import { resolveRoots, type SkillFolder, scanRoots } from "../../packages/roots.js";
import { readDisabledMarkers } from "../../packages/state-marker.js";
import { buildRegistry, type EntryDescriptor } from "../../skills/registry.js";
import { readSkill, type Skill } from "../../skills/skill.js";
import type { GlobalOptions } from "../global-options.js";
import { chooseRoots } from "../roots.js";

export interface Names {
  /** Of all folders that hold a skill, disabled ones too, with what is known about them. */
  skills: { skillId: string; about: string }[];
  entries: EntryDescriptor[];
  /** Help pages beside `main`, by skill id. */
  pages: ReadonlyMap<string, { name: string; about: string }[]>;
}

export function readNames(options: GlobalOptions): Names {
  const { runtimeRoot } = options;
  const paths = resolvePaths(runtimeRoot === undefined ? {} : { runtimeRoot });
  const roots = resolveRoots(chooseRoots(options, { rootsOptional: true }));
  const disabled = new Map(roots.map(root => [root, readDisabledMarkers(stateDir(paths, root))]));
  const names: Names["skills"] = [];
  const enabled: Skill[] = [];
  for (const folder of scanRoots(roots).folders) {
    const { skillId, root } = folder;
    const skill = read(folder);
    if (skill === undefined) names.push({ skillId, about: "broken" });
    else if ("disabled" in skill || disabled.get(root)?.has(skillId))
      names.push({ skillId, about: "disabled" });
    else {
      names.push({ skillId, about: skill.manifest.name });
      enabled.push(skill);
    }
  }
  return {
    skills: names,
    entries: [...buildRegistry(enabled, []).values()].map(({ descriptor }) => descriptor),
    pages: new Map(
      enabled.map(({ skillId, manifest }) => [
        skillId,
        manifest.help.topics.map(({ name, description }) => ({ name, about: description })),
      ]),
    ),
  };

  function read(folder: SkillFolder): Skill | { disabled: string } | undefined {
    try {
      return readSkill(folder, paths);
    } catch {
      return undefined;
    }
  }
}
