// Stories about skills: steps in order, each a call and what has to come of it, told through call() and callSync().

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { CallOptions, InvocationResult, SkillEngine } from "luaskills";
import type { Json } from "luaskills/vm";
import { temporaryFolder } from "./skill-tree.js";

/** The whole content, a part of it, members of the result, or the error. */
export type Outcome = string | RegExp | Partial<InvocationResult> | { code: string; message: RegExp };
export type Step = [entry: string, args: Json, outcome: Outcome, options?: CallOptions];
/** @param folder an empty one, for what the steps read and write */
export type Story = (folder: string) => Step[];

/** @returns makes a test of a story */
export function storyteller(engine: SkillEngine): (name: string, story: Story) => void {
  const callers = {
    call: (...step: Parameters<SkillEngine["call"]>) => engine.call(...step),
    callSync: async (...step: Parameters<SkillEngine["callSync"]>) => engine.callSync(...step),
  };
  return (name, story) => {
    test(name, async t => {
      for (const [form, caller] of Object.entries(callers)) {
        for (const [entry, args, outcome, options] of story(temporaryFolder(t))) {
          await expectOutcome(`${form} ${entry} ${JSON.stringify(args)}`, outcome, () =>
            caller(entry, args, options),
          );
        }
      }
    });
  };
}

async function expectOutcome(
  where: string,
  outcome: Outcome,
  call: () => Promise<InvocationResult>,
): Promise<void> {
  if (typeof outcome === "object" && "code" in outcome) {
    await assert.rejects(call(), outcome, where);
    return;
  }
  const result = await call();
  if (typeof outcome === "string") assert.equal(result.content, outcome, where);
  else if (outcome instanceof RegExp) assert.match(result.content, outcome, where);
  else assert.deepEqual(result, { ...result, ...outcome }, where);
}

export function writeFile(folder: string, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
