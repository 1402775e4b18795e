// What a check has found, for people.

import { join, relative } from "node:path";
import type { CheckResult } from "../toolkit/checking/check-skill.js";
import type { Diagnostic, Severity } from "../toolkit/checking/diagnostic.js";
import type { Style } from "./style.js";

/** One line for each thing found, with the place in the form that editors and terminals follow. */
export function checkReport({ diagnostics, dir }: CheckResult, style: Style): string {
  return diagnostics.map(diagnostic => `${lineOf(diagnostic, dir, style)}\n`).join("");
}

/** `2 errors, 1 warning`; "" where nothing was found. */
export function checkSummary({ counts }: CheckResult): string {
  const parts: [number, string, string][] = [
    [counts.error, "error", "errors"],
    [counts.warning, "warning", "warnings"],
    [counts.advice, "piece of advice", "pieces of advice"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, one, several]) => `${count} ${count === 1 ? one : several}`)
    .join(", ");
}

/** Whether a check has failed. @param strict warnings count, too */
export function hasFailed({ counts }: CheckResult, strict: boolean): boolean {
  return counts.error > 0 || (strict && counts.warning > 0);
}

function lineOf({ severity, file, line, message }: Diagnostic, dir: string, style: Style): string {
  const colours: { [Level in Severity]: (text: string) => string } = {
    error: style.red,
    warning: style.yellow,
    advice: style.cyan,
  };
  const path = relative("", join(dir, file)) || ".";
  const place = line === undefined ? path : `${path}:${line}`;
  return `${style.bold(place)}: ${colours[severity](severity)}: ${message}`;
}
