// What there is in the roots, and how it got there. Nothing here fails for one broken skill: what is wrong is part of the
// answer.

import { type DatabaseKind, databaseFolder } from "../databases/binding.js";
import { PackageFiles } from "../packages/package-files.js";
import { databaseDir } from "../packages/paths.js";
import { readManifest } from "../packages/read-manifest.js";
import { compareBytes, type SkillFolder, type SkillRoot, scanRoots } from "../packages/roots.js";
import { readDisabledMarkers } from "../packages/state-marker.js";
import type { DependencyState } from "./dependencies/report.js";
import { type InstallRecord, type RecordedSource, readRecord } from "./install-record.js";
import type { LifecycleParts } from "./parts.js";
import { rootState } from "./root-state.js";
import { namedRoot } from "./targets.js";
import { exists } from "./transactions/transaction.js";

/** One copy of a skill in one root. */
export interface SkillSummary {
  skillId: string;
  rootName: string;
  skillDir: string;
  /** Of the manifest; absent when it cannot be read or says `enable: false`. */
  name?: string;
  version?: string;
  /** It serves, this copy of it. */
  serving: boolean;
  /** Why it is switched off: by its manifest, or the reason that was given, `""` without one. */
  disabled?: string;
  /** Label of the earlier root whose copy counts instead. */
  hiddenBy?: string;
  /** Where an install got it from; absent when somebody put it there by hand. */
  source?: RecordedSource;
  /** Milliseconds since 1970. */
  installedAt?: number;
  /** What is wrong with its manifest or its install record. */
  problems: string[];
}

export interface SkillInfo extends SkillSummary {
  /** Empty without a `dependencies.yaml`. */
  dependencies: DependencyState[];
  /** Which databases of it there are on the disk. */
  data: { sqlite: boolean; lancedb: boolean };
}

/** @throws SkillError `SKILL_ROOT` when a root cannot be listed */
export async function listSkills(parts: LifecycleParts): Promise<SkillSummary[]> {
  const { skills } = parts;
  const seen = new Map<string, SkillRoot>();
  const summaries: SkillSummary[] = [];
  for (const root of skills.roots()) {
    const markers = readDisabledMarkers(rootState(parts.paths, root).dir);
    for (const folder of scanRoots([root]).folders) {
      const { skillId } = folder;
      const decides = seen.get(skillId);
      if (decides === undefined) seen.set(skillId, root);
      const copy = await summarize(parts, folder, markers.get(skillId));
      summaries.push(decides === undefined ? copy : { ...copy, hiddenBy: decides.name });
    }
  }
  // A stable sort: copies of one skill stay in the order of their roots.
  return summaries.sort((a, b) => compareBytes(a.skillId, b.skillId));
}

/**
 * @param rootName the copy in this root; otherwise the one that counts
 * @throws SkillError `SKILL_REQUEST`, `SKILL_ROOT`
 */
export async function inspectSkill(
  parts: LifecycleParts,
  skillId: string,
  rootName: string | undefined,
): Promise<SkillInfo | undefined> {
  const { paths, dependencies, skills } = parts;
  const roots = skills.roots();
  const wanted = rootName === undefined ? undefined : namedRoot(roots, rootName);
  const copies = await listSkills(parts);
  const copy = copies.find(
    other => other.skillId === skillId && (wanted === undefined || other.rootName === wanted.name),
  );
  const root = roots.find(({ name }) => name === copy?.rootName);
  if (copy === undefined || root === undefined) return undefined;
  const has = (kind: DatabaseKind) => exists(databaseFolder(kind, databaseDir(paths, root), skillId));
  const data = { sqlite: await has("sqlite"), lancedb: await has("lancedb") };
  try {
    const report = await dependencies.inspect({ skillId, root, skillDir: copy.skillDir });
    return { ...copy, dependencies: [...(report?.dependencies ?? [])], data };
  } catch (error) {
    return { ...copy, dependencies: [], data, problems: [...copy.problems, (error as Error).message] };
  }
}

async function summarize(
  { paths, skills }: LifecycleParts,
  { skillId, root, skillDir }: SkillFolder,
  marked: string | undefined,
): Promise<SkillSummary> {
  const problems: string[] = [];
  const manifest = attempt(problems, () => readManifest(new PackageFiles(skillDir)));
  const record = await readRecord(rootState(paths, root), skillId).catch((error: Error) => {
    problems.push(error.message);
    return undefined;
  });
  const disabled = marked ?? (manifest === "disabled" ? "disabled in skill.yaml" : undefined);
  return {
    skillId,
    rootName: root.name,
    skillDir,
    ...(manifest === undefined || manifest === "disabled"
      ? {}
      : { name: manifest.name, version: manifest.version }),
    serving: skills.servingRoot(skillId) === root.name,
    ...(disabled === undefined ? {} : { disabled }),
    ...origin(record),
    problems,
  };
}

function origin(record: InstallRecord | undefined) {
  return record === undefined ? {} : { source: record.source, installedAt: record.installedAt };
}

function attempt<T>(problems: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    problems.push((error as Error).message);
    return undefined;
  }
}
