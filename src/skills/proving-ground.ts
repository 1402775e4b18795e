// A scratch VM on which every entry of a load is compiled and initialised once, so that a syntax error or a chunk that
// returns no function is known at load and not at the first call.

import { bodyFrame } from "../host/scope.js";
import type { HostServices } from "../host/services.js";
import { LuaError } from "../vm/index.js";
import { Exec } from "./exec.js";
import type { LogHub } from "./log.js";
import { callTarget } from "./nested-calls.js";
import { Occupied } from "./occupied.js";
import type { EngineSettings } from "./options.js";
import type { Skill, SkillEntry } from "./skill.js";
import { type OuterCalls, SkillVm, type SkillVmParts } from "./skill-vm.js";
import type { TimeSlice } from "./time-slice.js";

export class ProvingGround implements Disposable {
  readonly #parts: SkillVmParts;
  /** For bodies of files that call `vulcan.runtime.lua.exec`. */
  readonly #exec: Exec;
  readonly #slice: TimeSlice;
  #host: SkillVm | undefined;
  /** The first skill on the VM, which nothing can have spoilt. */
  #first: Skill | undefined;

  constructor(settings: EngineSettings, services: HostServices, log: LogHub, slice: TimeSlice) {
    this.#exec = new Exec(settings, options => new SkillVm(this.#parts, options), noCalls);
    this.#parts = {
      settings,
      services,
      log,
      find: () => undefined,
      exec: this.#exec,
      occupied: new Occupied(),
    };
    this.#slice = slice;
  }

  /** @returns the problems, one for each entry that has one */
  async prove(skill: Skill): Promise<string[]> {
    const failures = await this.#proveEntries(skill);
    const spoilt = failures.some(({ error }) => mayBeAnothersFault(error)) && this.#first !== skill;
    if (!spoilt) return failures.map(describe);
    // What skills before it did to the VM they share must not count against this one.
    this.#freshVm();
    return (await this.#proveEntries(skill)).map(describe);
  }

  [Symbol.dispose](): void {
    this.#freshVm();
    void this.#exec.close();
  }

  #freshVm(): void {
    this.#host?.vm.close();
    this.#host = undefined;
    this.#first = undefined;
  }

  async #proveEntries(skill: Skill): Promise<Failure[]> {
    const failures: Failure[] = [];
    for (const entry of skill.entries) {
      await this.#slice.rest();
      const host = this.#usableHost(skill);
      host.begin({ frame: bodyFrame(skill.skillId), sync: false });
      try {
        await host.prove(entry);
      } catch (error) {
        failures.push({ entry, error });
      } finally {
        host.end();
      }
    }
    return failures;
  }

  /** A chunk that ran into a limit leaves a broken VM behind; the next one gets a fresh VM. */
  #usableHost(skill: Skill): SkillVm {
    if (this.#host?.vm.broken) this.#freshVm();
    this.#host ??= new SkillVm(this.#parts);
    this.#first ??= skill;
    return this.#host;
  }
}

/** No entry can be called before all are proven. */
const noCalls: OuterCalls = {
  callFrom: async (caller, name) => callTarget<never>(caller, name, () => undefined),
  callFromSync: (caller, name) => callTarget<never>(caller, name, () => undefined),
};

interface Failure {
  entry: SkillEntry;
  error: unknown;
}

function describe({ entry, error }: Failure): string {
  return `entry ${entry.name}: ${error instanceof Error ? error.message : String(error)}`;
}

/** A changed library or a full VM can make sound code fail; its syntax cannot change, and an endless loop is its own. */
function mayBeAnothersFault(error: unknown): boolean {
  return !(error instanceof LuaError && (error.code === "LUA_SYNTAX" || error.code === "LUA_TIMEOUT"));
}
