// What comes out of a run of tests.

/** Why a test failed, or a file could not be run. */
export interface TestFailure {
  message: string;
  /** For comparisons: what was wanted and what was there, one member a line. */
  expected?: string;
  actual?: string;
  /** The innermost line of the author's code. */
  at?: { file: string; line: number };
  traceback?: string;
}

export interface TestResult {
  /** Path of the file inside the skill. */
  file: string;
  /** The names of the groups that the test is in, and its own. */
  path: string[];
  line: number | undefined;
  status: "passed" | "failed" | "skipped";
  durationMs: number;
  /** The first is the test's own; hooks may add more. */
  failures: TestFailure[];
  /** What the test and the entries it called have printed and logged. */
  output: string[];
}

export interface FileResult {
  file: string;
  /** Why the file gave no tests. */
  failure: TestFailure | undefined;
  /** In the order of the file; without those that the filter left out. */
  tests: TestResult[];
  durationMs: number;
}

export interface RunResult {
  skillId: string;
  files: FileResult[];
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
  /** True if every test passed and every file could be run. */
  ok: boolean;
}

/** The name by which people filter. */
export function fullName({ path }: Pick<TestResult, "path">): string {
  return path.join(" › ");
}

/** Sums up the files of a run. */
export function summarise(skillId: string, files: FileResult[], durationMs: number): RunResult {
  const tests = files.flatMap(file => file.tests);
  const count = (status: TestResult["status"]) => tests.filter(test => test.status === status).length;
  const failed = count("failed");
  return {
    skillId,
    files,
    passed: count("passed"),
    failed,
    skipped: count("skipped"),
    durationMs,
    ok: failed === 0 && files.every(file => file.failure === undefined),
  };
}
