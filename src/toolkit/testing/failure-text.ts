// A failure as text: the message, the place, what differs, and the way there.

import { diffLines } from "./diff.js";
import type { TestFailure } from "./results.js";

const signs = { both: " ", expected: "-", actual: "+" } as const;

/** Puts marks around a text, such as the codes of a colour. */
export type Paint = (kind: "expected" | "actual" | "dim", text: string) => string;

/** The lines of a failure, without indentation. */
export function failureLines(failure: TestFailure, paint: Paint = (_, text) => text): string[] {
  const { message, expected, actual, at, traceback } = failure;
  const lines = message.split("\n");
  if (expected !== undefined && actual !== undefined && isWorthComparing(expected, actual)) {
    lines.push(`${paint("expected", "- expected")}, ${paint("actual", "+ actual")}`);
    for (const { side, text } of diffLines(expected, actual)) {
      const line = `${signs[side]} ${text}`.trimEnd();
      lines.push(side === "both" ? line : paint(side, line));
    }
  }
  if (at !== undefined) lines.push(`at ${at.file}:${at.line}`);
  const steps = traceback?.split("\n") ?? [];
  // One step is the place itself.
  if (steps.length > 1) lines.push(...steps.map(line => paint("dim", `  ${line}`)));
  return lines;
}

/** Short texts stand in the message already. */
function isWorthComparing(expected: string, actual: string): boolean {
  return expected.includes("\n") || actual.includes("\n") || expected.length > 60 || actual.length > 60;
}
