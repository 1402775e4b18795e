// Pieces of Lua code, run inside the entries of real skills.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { CallOptions, Json, SkillEngineOptions } from "luaskills";
import { engineWith, manifest } from "../skills/skill-tree.js";

/** Source of an entry that runs the code it is given and answers with `{ value }` or `{ error }` as JSON. */
export const codeEntry = `
  return function(args)
    local chunk = assert(loadstring("local args = ... " .. args.code, "=code"))
    local ok, value = pcall(chunk, args)
    if ok then return vulcan.json.encode({ value = value }) end
    return vulcan.json.encode({ error = tostring(value) })
  end`;

const files = {
  "skill.yaml": manifest(["run", "other"]),
  "runtime/run.lua": codeEntry,
  "runtime/other.lua": codeEntry,
};

/** What a piece of code came to: the value it returned as JSON has it, or the first line of its error. */
export type Outcome = { value: Json | undefined } | { error: string };

/** The entries `demo-run`, `demo-other`, `second-run` and `second-other` run the code they are given. */
export async function luaCode(t: TestContext, options?: SkillEngineOptions) {
  const { engine, root } = await engineWith(t, { demo: files, second: files }, options);

  async function run(
    code: string,
    args: object = {},
    name = "demo-run",
    call?: CallOptions,
  ): Promise<Outcome> {
    return parse((await engine.call(name, { ...args, code } as Json, call)).content);
  }

  function runSync(code: string, args: object = {}, name = "demo-run", call?: CallOptions): Outcome {
    return parse(engine.callSync(name, { ...args, code } as Json, call).content);
  }

  /** Runs code both ways; it must come to the same. */
  async function runBoth(code: string, args: object = {}, name = "demo-run", call?: CallOptions) {
    const outcome = await run(code, args, name, call);
    assert.deepEqual(runSync(code, args, name, call), outcome);
    return outcome;
  }

  return { engine, root, run, runSync, runBoth };
}

function parse(content: string): Outcome {
  const outcome = JSON.parse(content);
  if (outcome.error !== undefined) return { error: outcome.error.split("\n")[0] };
  return { value: outcome.value };
}
