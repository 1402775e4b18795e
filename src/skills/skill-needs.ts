// The dependencies of the skills of a load, and what the log says about them.

import { type Dependencies, describe } from "../lifecycle/dependencies/dependencies.js";
import type { SkillFolder } from "../packages/roots.js";
import type { LogHub, LogLevel } from "./log.js";

export class SkillNeeds {
  readonly #dependencies: Dependencies;
  readonly #log: LogHub;

  constructor(dependencies: Dependencies, log: LogHub) {
    this.#dependencies = dependencies;
    this.#log = log;
  }

  /** @throws SkillError `SKILL_DEPENDENCY` when the skill cannot work without what is missing */
  async prepare(skill: SkillFolder): Promise<void> {
    const report = await this.#dependencies.prepare(skill);
    for (const state of report?.dependencies ?? []) {
      const what = `${skill.skillId}: ${describe(state)}`;
      if (state.status === "missing")
        this.#say("warn", `${what} is missing, which it can do without: ${state.reason}`);
      if (state.status === "installed") this.#say("info", `${what} was installed`);
      if (state.status === "adopted") this.#say("info", `${what} was found in ${state.folder}`);
    }
  }

  #say(level: LogLevel, message: string): void {
    this.#log.write({ level, message: `[LuaSkills:dependency] ${message}` });
  }
}
