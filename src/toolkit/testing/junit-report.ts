// Results as the XML that JUnit made common and that build servers read.

import { failureLines } from "./failure-text.js";
import { type FileResult, fullName, type RunResult, type TestFailure, type TestResult } from "./results.js";

export function junitReport(run: RunResult): string {
  const suites = run.files.map(file => suite(run.skillId, file)).join("");
  const broken = run.files.filter(({ failure }) => failure !== undefined).length;
  const totals = {
    name: run.skillId,
    tests: run.passed + run.failed + run.skipped + broken,
    failures: run.failed,
    errors: broken,
    skipped: run.skipped,
    time: seconds(run.durationMs),
  };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${attributes(totals)}>\n${suites}</testsuites>\n`;
}

function suite(skillId: string, { file, tests, failure, durationMs }: FileResult): string {
  const count = (status: TestResult["status"]) => tests.filter(test => test.status === status).length;
  const totals = {
    name: file,
    tests: tests.length + (failure === undefined ? 0 : 1),
    failures: count("failed"),
    errors: failure === undefined ? 0 : 1,
    skipped: count("skipped"),
    time: seconds(durationMs),
  };
  const cases = tests.map(test => testCase(skillId, test));
  if (failure !== undefined) {
    const about = { classname: `${skillId}.${file}`, name: file, file };
    cases.push(element("testcase", about, [problem("error", failure)]));
  }
  return element("testsuite", totals, cases);
}

function testCase(skillId: string, test: TestResult): string {
  const { file, line, durationMs, status, failures, output } = test;
  const about = {
    classname: `${skillId}.${file}`,
    name: fullName(test),
    file,
    ...(line === undefined ? {} : { line }),
    time: seconds(durationMs),
  };
  return element("testcase", about, [
    ...(status === "skipped" ? ["<skipped/>\n"] : []),
    ...failures.map(failure => problem("failure", failure)),
    ...(output.length > 0 ? [`<system-out>${text(output.join("\n"))}</system-out>\n`] : []),
  ]);
}

function problem(kind: "failure" | "error", failure: TestFailure): string {
  const [message = ""] = failure.message.split("\n", 1);
  return `<${kind}${attributes({ message })}>${text(failureLines(failure).join("\n"))}</${kind}>\n`;
}

function element(name: string, about: Attributes, children: readonly string[]): string {
  if (children.length === 0) return `<${name}${attributes(about)}/>\n`;
  return `<${name}${attributes(about)}>\n${children.join("")}</${name}>\n`;
}

type Attributes = Record<string, string | number>;

function attributes(values: Attributes): string {
  return Object.entries(values)
    .map(
      ([name, value]) =>
        ` ${name}="${text(String(value)).replaceAll('"', "&quot;").replaceAll("\n", "&#10;")}"`,
    )
    .join("");
}

/** XML 1.0 has no way to say most control characters. */
function text(value: string): string {
  return (
    value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
  );
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(3);
}
