// What is loaded, as the page shows it.

import type { LoadReport, RegistryDelta, SkillEngine } from "../index.js";
import type { Catalog, EntryChanges } from "./wire.js";

/** @param report of the load that made what the engine has now */
export function readCatalog(engine: SkillEngine, report: LoadReport): Catalog {
  const entries = engine.entries();
  const skills = engine.help
    .list()
    .map(({ skillId, skillName, skillVersion, rootName, skillDir, main, flows }) => ({
      skillId,
      name: skillName,
      version: skillVersion,
      rootName,
      skillDir,
      entries: entries.filter(entry => entry.skillId === skillId),
      pages: [main, ...flows],
    }));
  return { skills, report, loadedAt: Date.now() };
}

export function readChanges({ added, updated, removed }: RegistryDelta): EntryChanges {
  return {
    added: added.map(({ canonicalName }) => canonicalName),
    updated: updated.map(({ canonicalName }) => canonicalName),
    removed,
  };
}
