// A skill as read from its folder: manifest and entry sources in memory. The text stays, so that VMs made later, and a
// reload that finds the folder broken, still have the version that was accepted.

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { bindDatabase, type DatabaseKind, type SkillDatabases } from "../databases/binding.js";
import type { SkillIdentity } from "../host/scope.js";
import { SkillError } from "../packages/errors.js";
import type { ManifestEntry, SkillManifest } from "../packages/manifest.js";
import { PackageFiles } from "../packages/package-files.js";
import { databaseDir, dependencyDirs, type HostPaths } from "../packages/paths.js";
import { readManifest } from "../packages/read-manifest.js";
import type { SkillFolder } from "../packages/roots.js";

/** One entry with its source; the identity under which VMs cache its function. */
export interface SkillEntry extends ManifestEntry {
  skillId: string;
  source: string;
  /** `@<skill-id>/<lua_entry>`: what tracebacks show, free of host paths. */
  chunkName: string;
  /** Absolute path of the Lua file. */
  file: string;
  /** Absolute path of the folder it lies in. */
  dir: string;
}

export interface Skill extends SkillFolder {
  manifest: SkillManifest;
  entries: SkillEntry[];
  identity: SkillIdentity;
}

const sourceLimitBytes = 16 << 20;

/**
 * Reads one skill folder.
 *
 * @returns the skill, or why it is switched off
 * @throws SkillError `SKILL_MANIFEST`
 */
export function readSkill(folder: SkillFolder, paths: HostPaths): Skill | { disabled: string } {
  const files = new PackageFiles(folder.skillDir);
  const manifest = manifestOf(folder, files);
  if (manifest === "empty") return { disabled: "the folder is empty" };
  if (manifest === "disabled") return { disabled: "disabled in skill.yaml" };
  const problems: string[] = [];
  const entries = manifest.entries.map(entry => {
    const source = files.read(entry.luaEntry, sourceLimitBytes);
    if (source.problem !== undefined) problems.push(`${describe(entry)}: ${source.problem}`);
    return placeEntry(folder, entry, source.text ?? "");
  });
  if (problems.length > 0) throw new SkillError("SKILL_MANIFEST", problems.join("; "));
  return { ...folder, manifest, entries, identity: identityOf(folder, manifest, paths) };
}

function manifestOf({ skillDir }: SkillFolder, files: PackageFiles): SkillManifest | "disabled" | "empty" {
  try {
    return readManifest(files);
  } catch (error) {
    if (isEmpty(skillDir)) return "empty";
    throw error;
  }
}

/**
 * Reads the Lua file of an entry.
 *
 * @throws SkillError `SKILL_MANIFEST`
 */
export function readEntrySource(skillDir: string, entry: ManifestEntry): string {
  const { text, problem } = new PackageFiles(skillDir).read(entry.luaEntry, sourceLimitBytes);
  if (problem !== undefined) throw new SkillError("SKILL_MANIFEST", `${describe(entry)}: ${problem}`);
  return text;
}

function placeEntry({ skillId, skillDir }: SkillFolder, entry: ManifestEntry, source: string): SkillEntry {
  const chunkName = `@${skillId}/${entry.luaEntry}`;
  const file = join(skillDir, entry.luaEntry);
  return { ...entry, skillId, source, chunkName, file, dir: dirname(file) };
}

function identityOf(folder: SkillFolder, manifest: SkillManifest, paths: HostPaths): SkillIdentity {
  const { skillId, root, skillDir } = folder;
  const skill = { skillId, rootName: root.name, skillDir };
  const depsDirs = Object.freeze(dependencyDirs(paths, root, skillId));
  const databases = databasesOf(skill, manifest, databaseDir(paths, root));
  return Object.freeze({ ...skill, depsDirs, databases });
}

function databasesOf(
  skill: { skillId: string; rootName: string; skillDir: string },
  manifest: SkillManifest,
  spaceRoot: string,
): SkillDatabases {
  const kinds: DatabaseKind[] = ["sqlite", "lancedb"];
  const enabled = kinds.filter(kind => manifest[kind].enable);
  return Object.freeze(
    Object.fromEntries(
      enabled.map(kind => [
        kind,
        { binding: bindDatabase(kind, skill, spaceRoot), settings: manifest[kind] },
      ]),
    ),
  );
}

function isEmpty(skillDir: string): boolean {
  try {
    return readdirSync(skillDir).length === 0;
  } catch {
    // What is wrong with the folder is what reading skill.yaml said.
    return false;
  }
}

function describe(entry: ManifestEntry): string {
  return `entry ${entry.name}: lua_entry ${entry.luaEntry}`;
}
