// All tests of a skill, file after file.

import type { SkillFolder } from "../skill-folder.js";
import { findTestFiles } from "./find-tests.js";
import { type FileResult, type RunResult, summarise } from "./results.js";
import { runTestFile, type TestFileOptions } from "./test-file.js";

export interface TestRunOptions extends TestFileOptions {
  /** Hears of each file when it begins and when it is over. */
  onFile?: (file: string) => void;
  onFileEnd?: (result: FileResult) => void;
}

export async function runTests(skill: SkillFolder, options: TestRunOptions): Promise<RunResult> {
  const start = performance.now();
  const files: FileResult[] = [];
  for (const file of findTestFiles(skill)) {
    if (options.signal?.aborted) break;
    options.onFile?.(file);
    const result = await runTestFile(skill, file, options);
    files.push(result);
    options.onFileEnd?.(result);
  }
  return summarise(skill.id, files, performance.now() - start);
}
