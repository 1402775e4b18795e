// Skills that are made to be tested, and what comes out of running their tests.

import { dirname } from "node:path";
import type { TestContext } from "node:test";
import { openSkillFolder, type SkillFolder } from "#dist/toolkit/skill-folder.js";
import {
  fullName,
  type RunResult,
  type TestFailure,
  type TestResult,
} from "#dist/toolkit/testing/results.js";
import { runTests, type TestRunOptions } from "#dist/toolkit/testing/run-tests.js";
import { manifest, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

/** Milliseconds for what is meant to pass. */
const generous = 120_000;

/** A skill `lab` with an entry `run` that returns `ok`, unless the files say otherwise. */
export function writeLab(t: TestContext, files: Record<string, string>): SkillFolder {
  const dir = writeSkill(temporaryFolder(t), "lab", {
    "skill.yaml": manifest(),
    "runtime/run.lua": "return function() return 'ok' end",
    ...files,
  });
  return openSkillFolder(dir);
}

/** The folder that a skill lies in. */
export function rootOf({ dir }: SkillFolder): string {
  return dirname(dir);
}

/** Runs the tests of a lab. @param tests text of `tests/lab.lua` */
export async function runLab(
  t: TestContext,
  tests: string,
  files: Record<string, string> = {},
  options: Partial<TestRunOptions> = {},
): Promise<RunResult> {
  return runTests(writeLab(t, { "tests/lab.lua": tests, ...files }), { timeoutMs: generous, ...options });
}

export function testsOf({ files }: RunResult): TestResult[] {
  return files.flatMap(file => file.tests);
}

/** Names with status, in order. */
export function outcomes(run: RunResult): string[] {
  return testsOf(run).map(test => `${test.status} ${fullName(test)}`);
}

/** The first failure of the test of this name. */
export function failureOf(run: RunResult, name: string): TestFailure {
  const failure = testsOf(run).find(test => test.path.at(-1) === name)?.failures[0];
  if (failure === undefined) throw new Error(`${name} has not failed: ${outcomes(run).join(", ")}`);
  return failure;
}
