// Results in the Test Anything Protocol, version 13 (https://testanything.org/tap-version-13-specification.html).

import { failureLines } from "./failure-text.js";
import { type FileResult, fullName, type RunResult, type TestFailure, type TestResult } from "./results.js";

/** Files that could not be run count as a test that failed. */
export function tapReport({ files }: RunResult): string {
  const points = files.flatMap(file => [
    ...file.tests.map(testPoint),
    ...(file.failure === undefined ? [] : [filePoint(file, file.failure)]),
  ]);
  const numbered = points.map(({ ok, text, details }, index) => {
    const status = `${ok ? "ok" : "not ok"} ${index + 1} - ${text}\n`;
    return details.length === 0
      ? status
      : `${status}  ---\n${details.map(line => `  ${line}\n`).join("")}  ...\n`;
  });
  return `TAP version 13\n1..${points.length}\n${numbered.join("")}`;
}

interface Point {
  ok: boolean;
  text: string;
  details: string[];
}

function testPoint(test: TestResult): Point {
  const name = escapeName(`${test.file} › ${fullName(test)}`);
  const text = test.status === "skipped" ? `${name} # SKIP` : name;
  return { ok: test.status !== "failed", text, details: details(test.failures) };
}

function filePoint({ file }: FileResult, failure: TestFailure): Point {
  return { ok: false, text: escapeName(file), details: details([failure]) };
}

function details(failures: readonly TestFailure[]): string[] {
  if (failures.length === 0) return [];
  const [{ at } = {}] = failures;
  const message = failures.flatMap(failure => failureLines(failure)).map(line => `  ${line}`);
  return [
    ...(at === undefined ? [] : [`at: ${JSON.stringify(`${at.file}:${at.line}`)}`]),
    "message: |-",
    ...message,
  ];
}

/** A `#` begins a directive. */
function escapeName(name: string): string {
  return name.replaceAll("\\", "\\\\").replaceAll("#", "\\#").replaceAll(/\s+/g, " ");
}
