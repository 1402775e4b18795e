// From a root chain to the skills that will serve, and a report about the others. One broken skill never takes another
// one down.

import { noFrame } from "../host/scope.js";
import type { HostServices } from "../host/services.js";
import type { LuaError } from "../vm/index.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import {
  type ScannedRoots,
  type SkillFolder,
  type SkillRoot,
  type SkippedSkill,
  scanRoots,
} from "./roots.js";
import { readSkill, type Skill } from "./skill.js";
import { SkillVm, type SkillVmParts } from "./skill-vm.js";

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

/** Folders read at once: enough to keep the disk busy, few enough for any limit on open files. */
const readAhead = 32;

/**
 * Reads, compiles and initialises every skill of the chain.
 *
 * @param roots resolved chain, first root wins
 * @param lastGood skills that serve now; one that fails to load stays in its last good version
 * @throws SkillError `SKILL_ROOT`
 */
export async function loadSkills(
  roots: readonly SkillRoot[],
  lastGood: ReadonlyMap<string, Skill>,
  settings: EngineSettings,
  services: HostServices,
  log: LogHub,
): Promise<{ skills: Skill[]; report: LoadReport }> {
  const scanned: ScannedRoots = await scanRoots(roots);
  const report: LoadReport = { loaded: [], skipped: scanned.skipped, failed: [], kept: [] };
  const skills: Skill[] = [];
  const fail = (skillId: string, error: string) => {
    report.failed.push({ skillId, error });
    log.write({ level: "error", message: `[LuaSkill] Failed to load ${skillId}: ${error}` });
    const kept = lastGood.get(skillId);
    if (kept === undefined) return;
    skills.push(kept);
    report.kept.push(skillId);
  };
  const wanted = scanned.folders.filter(({ skillId }) => {
    const ignored = settings.ignoredSkillIds.has(skillId);
    if (ignored) report.skipped.push({ skillId, reason: "ignored by the host" });
    return !ignored;
  });
  using proving = new ProvingGround(settings, services, log);
  for (let start = 0; start < wanted.length; start += readAhead) {
    const batch = wanted.slice(start, start + readAhead);
    const outcomes = await Promise.all(batch.map(readFolder));
    for (const [index, { skillId }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined || "error" in outcome) {
        fail(skillId, outcome?.error ?? "was not read");
      } else if ("disabled" in outcome) {
        report.skipped.push({ skillId, reason: outcome.disabled });
      } else {
        const problems = await proving.prove(outcome);
        if (problems.length > 0) {
          fail(skillId, problems.join("; "));
        } else {
          skills.push(outcome);
          report.loaded.push(skillId);
        }
      }
    }
  }
  for (const { skillId, reason } of report.skipped) {
    log.write({ level: "info", message: `[LuaSkill] Skipped ${skillId}: ${reason}` });
  }
  log.write({ level: "info", message: `[LuaSkill] ${report.loaded.length} skills loaded` });
  return { skills, report };
}

async function readFolder(folder: SkillFolder): Promise<Skill | { disabled: string } | { error: string }> {
  try {
    return await readSkill(folder);
  } catch (error) {
    return { error: (error as Error).message };
  }
}

/**
 * A scratch VM on which every entry is compiled and initialised once, so that a syntax error or a chunk that returns no
 * function is known at load and not at the first call.
 */
class ProvingGround implements Disposable {
  readonly #parts: SkillVmParts;
  #host: SkillVm | undefined;
  #entries = 0;

  constructor(settings: EngineSettings, services: HostServices, log: LogHub) {
    this.#parts = { settings, services, log, find: () => undefined, occupied: new Set() };
  }

  /** @returns the problems, one for each entry that has one */
  async prove(skill: Skill): Promise<string[]> {
    const problems: string[] = [];
    for (const entry of skill.entries) {
      const host = this.#usableHost();
      host.begin({ frame: noFrame, sync: false, initialising: skill.skillId });
      try {
        await host.initialise({ key: this.#entries++, entry, frame: noFrame });
      } catch (error) {
        problems.push(`entry ${entry.name}: ${(error as LuaError).message}`);
      } finally {
        host.end();
      }
    }
    return problems;
  }

  [Symbol.dispose](): void {
    this.#host?.vm.close();
    this.#host = undefined;
  }

  /** A chunk that ran into a limit leaves a broken VM behind; the next skill gets a fresh one. */
  #usableHost(): SkillVm {
    if (this.#host?.vm.broken) this[Symbol.dispose]();
    this.#host ??= new SkillVm(this.#parts);
    return this.#host;
  }
}
