// From a root chain to the skills that will serve, and a report about the others. One broken skill never takes another
// one down. Files are read synchronously, which is several times faster than thousands of promises, in pieces between
// which the event loop turns.

import { join } from "node:path";
import type { Unsettled } from "../lifecycle/transactions/root-states.js";
import { SkillError } from "../packages/errors.js";
import { type HostPaths, stateDir } from "../packages/paths.js";
import {
  compareBytes,
  type SkillFolder,
  type SkillRoot,
  type SkippedSkill,
  scanRoots,
} from "../packages/roots.js";
import { readDisabledMarkers } from "../packages/state-marker.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import { ProvingGround } from "./proving-ground.js";
import type { EngineServices } from "./services.js";
import { readSkill, type Skill } from "./skill.js";
import { SkillNeeds } from "./skill-needs.js";
import { TimeSlice } from "./time-slice.js";

export interface LoadReport {
  /** Ids of the skills that were loaded. */
  loaded: string[];
  /** Skills that were left out on purpose: disabled, ignored, not a proper skill folder. */
  skipped: SkippedSkill[];
  /** Skills that cannot be loaded, each with every problem found. */
  failed: { skillId: string; error: string }[];
  /** Ids among `failed` whose last good version still serves (reload only). */
  kept: string[];
}

export interface Loaded {
  skills: Skill[];
  report: LoadReport;
}

/** What a load has to know beside the files. */
export interface LoadState {
  /** Skills that serve now; one that fails to load stays in its last good version. */
  lastGood: ReadonlyMap<string, Skill>;
  /** What an interrupted operation has left between two versions. */
  unsettled: readonly Unsettled[];
}

/**
 * Reads, compiles and initialises every skill of the chain.
 *
 * @param roots resolved chain, first root wins
 * @throws SkillError `SKILL_ROOT`
 */
export async function loadSkills(
  roots: readonly SkillRoot[],
  { lastGood, unsettled }: LoadState,
  settings: EngineSettings,
  services: EngineServices,
  log: LogHub,
): Promise<Loaded> {
  const slice = new TimeSlice();
  const scanned = scanRoots(roots);
  const folders = withUnsettled(scanned.folders, unsettled);
  const disabled = readMarkers(roots, settings.paths);
  const report: LoadReport = { loaded: [], skipped: scanned.skipped, failed: [], kept: [] };
  const skills: Skill[] = [];
  const needs = new SkillNeeds(services.dependencies, log);
  using proving = new ProvingGround(settings, services, log, slice);
  for (const { problem, ...folder } of folders) {
    const { skillId, root } = folder;
    await slice.rest();
    const outcome = settings.ignoredSkillIds.has(skillId)
      ? { skipped: "ignored by the host" }
      : problem !== undefined
        ? { error: problem }
        : (disabled.get(root)?.get(skillId) ?? (await loadSkill(folder, settings.paths, proving, needs)));
    if ("skipped" in outcome) {
      report.skipped.push({ skillId, reason: outcome.skipped });
    } else if ("error" in outcome) {
      report.failed.push({ skillId, error: outcome.error });
      log.write({ level: "error", message: `[LuaSkill] Failed to load ${skillId}: ${outcome.error}` });
      const kept = lastGood.get(skillId);
      if (kept === undefined) continue;
      skills.push(kept);
      report.kept.push(skillId);
    } else {
      skills.push(outcome);
      report.loaded.push(skillId);
    }
  }
  for (const { skillId, reason } of report.skipped) {
    log.write({ level: "info", message: `[LuaSkill] Skipped ${skillId}: ${reason}` });
  }
  log.write({ level: "info", message: `[LuaSkill] ${report.loaded.length} skills loaded` });
  return { skills, report };
}

/** Adds what cannot be loaded because nobody knows which of its versions counts. Its folder may be gone. */
function withUnsettled(
  folders: readonly SkillFolder[],
  unsettled: readonly Unsettled[],
): (SkillFolder & { problem?: string })[] {
  const all = new Map<string, SkillFolder & { problem?: string }>(
    folders.map(folder => [folder.skillId, folder]),
  );
  for (const { root, skillId, problem } of unsettled) {
    if (skillId === undefined) continue;
    const decides = all.get(skillId);
    if (decides !== undefined && decides.root !== root) continue;
    all.set(skillId, { skillId, root, skillDir: join(root.skillsDir, skillId), problem });
  }
  return [...all.values()].sort((a, b) => compareBytes(a.skillId, b.skillId));
}

/** By root, the skills of it that are switched off. */
function readMarkers(roots: readonly SkillRoot[], paths: HostPaths) {
  return new Map(
    roots.map(root => {
      try {
        const markers = readDisabledMarkers(stateDir(paths, root));
        return [root, new Map([...markers].map(([id, reason]) => [id, { skipped: describe(reason) }]))];
      } catch (error) {
        const { message } = error as Error;
        throw new SkillError("SKILL_ROOT", `skill root ${root.name}: which skills are disabled: ${message}`, {
          cause: error,
        });
      }
    }),
  );
}

function describe(reason: string): string {
  return reason === "" ? "disabled" : `disabled: ${reason}`;
}

async function loadSkill(
  folder: SkillFolder,
  paths: HostPaths,
  proving: ProvingGround,
  needs: SkillNeeds,
): Promise<Skill | { skipped: string } | { error: string }> {
  try {
    const skill = readSkill(folder, paths);
    if ("disabled" in skill) return { skipped: skill.disabled };
    // The body of a file may load what the skill needs.
    await needs.prepare(folder);
    const problems = await proving.prove(skill);
    return problems.length === 0 ? skill : { error: problems.join("; ") };
  } catch (error) {
    if (error instanceof SkillError) return { error: error.message };
    throw error;
  }
}
