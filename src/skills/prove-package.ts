// Would a skill serve from where it lies? Asked before it takes the place of another one.

import type { HostServices } from "../host/services.js";
import { SkillError } from "../packages/errors.js";
import type { SkillFolder } from "../packages/roots.js";
import type { LogHub } from "./log.js";
import type { EngineSettings } from "./options.js";
import { ProvingGround } from "./proving-ground.js";
import { readSkill } from "./skill.js";
import { TimeSlice } from "./time-slice.js";

/** @returns every problem found, none when it would be loaded */
export async function packageProblems(
  folder: SkillFolder,
  settings: EngineSettings,
  services: HostServices,
  log: LogHub,
): Promise<string[]> {
  try {
    const skill = readSkill(folder, settings.paths);
    if ("disabled" in skill) return [skill.disabled];
    using proving = new ProvingGround(settings, services, log, new TimeSlice());
    return await proving.prove(skill);
  } catch (error) {
    if (error instanceof SkillError) return [error.message];
    throw error;
  }
}
