// Skills with databases that run the Lua code they are given.

import type { TestContext } from "node:test";
import type { CallOptions, Json, SkillEngine, SkillEngineOptions } from "luaskills";
import { codeEntry } from "../host/lua-code.js";
import { createEngine, manifest, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

export const bothEnabled = "sqlite: { enable: true }\nlancedb: { enable: true }\n";

/** What a piece of code came to: the value it returned as JSON has it, or the first line of its error. */
export type Outcome = { value?: Json } | { error: string };

export interface DatabaseBench {
  readonly engine: SkillEngine;
  /** Parent of the skills folder: databases lie in `databases` below it. */
  readonly runtimeRoot: string;
  readonly skillsDir: string;
  run(code: string, args?: object, skill?: string, options?: CallOptions): Promise<Outcome>;
  runSync(code: string, args?: object, skill?: string, options?: CallOptions): Outcome;
}

/** @param skills the blocks of their manifests by skill id; default: `demo` and `second` with both, `plain` without */
export async function databaseBench(
  t: TestContext,
  options: SkillEngineOptions = {},
  skills: Record<string, string> = { demo: bothEnabled, second: bothEnabled, plain: "" },
): Promise<DatabaseBench> {
  const runtimeRoot = temporaryFolder(t);
  const skillsDir = `${runtimeRoot}/skills`;
  for (const [skillId, blocks] of Object.entries(skills)) {
    writeSkill(skillsDir, skillId, { "skill.yaml": manifest(["run"], blocks), "runtime/run.lua": codeEntry });
  }
  return benchOn(t, runtimeRoot, options);
}

/** Another engine on the skills of a bench. */
export async function benchOn(
  t: TestContext,
  runtimeRoot: string,
  options: SkillEngineOptions = {},
): Promise<DatabaseBench> {
  const skillsDir = `${runtimeRoot}/skills`;
  const engine = await createEngine(t, options);
  await engine.load([{ name: "ROOT", skillsDir }]);
  return {
    engine,
    runtimeRoot,
    skillsDir,
    run: async (code, args = {}, skill = "demo", call) =>
      outcomeOf((await engine.call(`${skill}-run`, { ...args, code } as Json, call)).content),
    runSync: (code, args = {}, skill = "demo", call) =>
      outcomeOf(engine.callSync(`${skill}-run`, { ...args, code } as Json, call).content),
  };
}

function outcomeOf(content: string): Outcome {
  const outcome = JSON.parse(content);
  // An object without members is an empty array in JSON text made by Lua.
  if (Array.isArray(outcome)) return {};
  return outcome.error === undefined ? outcome : { error: outcome.error.split("\n")[0] };
}
