// Runs Lua code in a skill, in both ways a call can run.

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { SkillEngine, SkillEngineOptions } from "luaskills";
import { engineWith, temporaryFolder } from "../skills/skill-tree.js";

type Values = Record<string, unknown>;

export interface LuaBench {
  readonly engine: SkillEngine;
  /** A folder of its own; `args.folder` of every run. */
  readonly folder: string;
  /** What the code returns first, in a call that may wait. An error comes back as `error: ` and its first line. */
  run(code: string, args?: Values): Promise<unknown>;
  /** The same of a synchronous call. */
  runSync(code: string, args?: Values): unknown;
}

const evaluator = `
  return function(args)
    local chunk = assert(loadstring("local args = ... " .. args.code))
    local ok, value = pcall(chunk, args)
    if not ok then value = "error: " .. tostring(value):match("^[^\\n]*") end
    return vulcan.json.encode({ value = value })
  end`;

export async function luaBench(t: TestContext, options?: SkillEngineOptions): Promise<LuaBench> {
  const { engine } = await engineWith(t, { bench: evaluator }, options);
  const folder = temporaryFolder(t);
  const call = (code: string, args?: Values) => ({ folder, ...args, code }) as never;
  return {
    engine,
    folder,
    run: async (code, args) => answerIn((await engine.call("bench-run", call(code, args))).content),
    runSync: (code, args) => answerIn(engine.callSync("bench-run", call(code, args)).content),
  };
}

function answerIn(content: string): unknown {
  return (JSON.parse(content) as { value?: unknown }).value;
}

/** Runs the code in both ways and expects the same of both; `prepare` makes the folder what it should be before each. */
export async function expectBoth(
  bench: LuaBench,
  code: string,
  expected: unknown,
  prepare: () => void = () => {},
  args?: Record<string, unknown>,
): Promise<void> {
  for (const run of [bench.run, bench.runSync]) {
    prepare();
    const value = await run(code, args);
    if (expected instanceof RegExp) assert.match(String(value), expected, code);
    else assert.deepEqual(value, expected, code);
  }
}
