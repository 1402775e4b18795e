// Results for people, as they come.

import { failureLines } from "./failure-text.js";
import { type FileResult, fullName, type RunResult, type TestResult } from "./results.js";

/** Emphasis; without colours the functions give back their text. */
export interface ReportStyle {
  green(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  dim(text: string): string;
}

export interface TextReportOptions {
  write(text: string): void;
  style: ReportStyle;
  /** True: what tests print is shown for those that pass, too, and how long each has taken. */
  verbose: boolean;
}

const colors = {
  passed: "green",
  failed: "red",
  skipped: "yellow",
  expected: "green",
  actual: "red",
  dim: "dim",
} as const;
const marks = { passed: "✓", failed: "✗", skipped: "-" } as const;

export class TextReport {
  readonly #options: TextReportOptions;
  /** The file that comes next, until something of it is written: a filter may leave nothing of it. */
  #next: string | undefined;
  /** The groups whose names were written. */
  #open: string[] = [];

  constructor(options: TextReportOptions) {
    this.#options = options;
  }

  file(path: string): void {
    this.#open = [];
    this.#next = path;
  }

  test(test: TestResult): void {
    const groups = test.path.slice(0, -1);
    groups.forEach((name, depth) => {
      if (this.#open[depth] === name) return;
      this.#open = groups.slice(0, depth);
      this.#line(depth + 1, name);
    });
    this.#open = groups;
    const depth = groups.length + 1;
    const mark = this.#paint(test.status, marks[test.status]);
    const time = this.#options.verbose ? this.#paint("dim", ` (${Math.round(test.durationMs)} ms)`) : "";
    this.#line(depth, `${mark} ${test.path.at(-1)}${time}`);
    for (const failure of test.failures) this.#block(depth + 2, failureLines(failure, this.#paint));
    if (test.status !== "failed" && !this.#options.verbose) return;
    if (test.output.length > 0) this.#block(depth + 2, ["output:", ...test.output.map(line => `  ${line}`)]);
  }

  fileEnd({ failure }: FileResult): void {
    if (failure !== undefined) this.#block(1, failureLines(failure, this.#paint));
  }

  end(run: RunResult): void {
    const failed = run.files.flatMap(({ tests }) => tests.filter(({ status }) => status === "failed"));
    if (failed.length > 0) this.#line(0, "\nFailed:");
    for (const test of failed) this.#line(1, `${test.file}:${test.line ?? "?"} ${fullName(test)}`);
    const broken = run.files.filter(({ failure }) => failure !== undefined);
    if (broken.length > 0) this.#line(0, `\nNot run: ${broken.map(({ file }) => file).join(", ")}`);
    const counts = [
      `${run.passed} passed`,
      ...(run.failed > 0 ? [`${run.failed} failed`] : []),
      ...(run.skipped > 0 ? [`${run.skipped} skipped`] : []),
    ].join(", ");
    const color = run.ok ? "passed" : "failed";
    this.#line(0, `\n${this.#paint(color, counts)} in ${(run.durationMs / 1_000).toFixed(2)} s`);
  }

  #block(depth: number, lines: readonly string[]): void {
    for (const line of lines) this.#line(depth, line);
  }

  #line(depth: number, text: string): void {
    if (this.#next !== undefined && depth > 0) this.#options.write(`${this.#next}\n`);
    this.#next = undefined;
    this.#options.write(`${"  ".repeat(depth)}${text}\n`);
  }

  readonly #paint = (kind: keyof typeof colors, text: string): string =>
    this.#options.style[colors[kind]](text);
}
