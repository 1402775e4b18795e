// luaskills test: run the tests of a skill.

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Command, Option } from "commander";
import type { SkillFolder } from "../toolkit/skill-folder.js";
import { findTestFiles } from "../toolkit/testing/find-tests.js";
import { junitReport } from "../toolkit/testing/junit-report.js";
import type { RunResult } from "../toolkit/testing/results.js";
import { tapReport } from "../toolkit/testing/tap-report.js";
import { TextReport } from "../toolkit/testing/text-report.js";
import { runOnChange } from "../toolkit/testing/watch.js";
import { importWithAddon } from "./addon.js";
import { OperationError, reportFailure, UsageError } from "./failure.js";
import { type GlobalOptions, optionsOf } from "./global-options.js";
import { interruptible } from "./interruption.js";
import { milliseconds } from "./option-values.js";
import { findSkill, skillArgument } from "./skill-argument.js";
import type { Terminal } from "./terminal.js";

interface TestOptions {
  filter?: string;
  timeout: number;
  format?: Format;
  output?: string;
  watch?: boolean;
  verbose?: boolean;
}

type Format = "text" | "tap" | "junit" | "json";

const defaultTimeoutMs = 5_000;

export function testCommand(terminal: Terminal): Command {
  return new Command("test")
    .description("run the tests of a skill, tests/*.lua")
    .argument(...skillArgument)
    .option("--filter <text>", "only tests with this in their name or the names of their groups")
    .option("--timeout <ms>", "end a test that takes longer", milliseconds, defaultTimeoutMs)
    .addOption(
      new Option("--format <format>", "how results are written").choices(["text", "tap", "junit", "json"]),
    )
    .option("--output <file>", "write results of that format to a file, and text here")
    .option("--watch", "run again when a file of the skill changes, until Ctrl-C")
    .option("--verbose", "show what tests that pass print, too, and how long each takes")
    .action(async (argument: string, _options: object, command: Command) => {
      const options = optionsOf<TestOptions>(command);
      const format = options.format ?? (options.json ? "json" : "text");
      if (options.output !== undefined && format === "text") {
        throw new UsageError("--output needs a format", "add --format tap, junit or json");
      }
      const skill = findSkill(argument, options);
      if (findTestFiles(skill).length === 0 && !options.watch) {
        throw new OperationError(
          "NO_TESTS",
          `${skill.id} has no tests`,
          "tests are Lua files in the folder tests/ of the skill",
        );
      }
      await interruptible(terminal, async signal => {
        if (options.watch) await watch(skill, { ...options, format }, terminal, signal);
        else requireSuccess(await run(skill, { ...options, format }, terminal, signal), options.filter);
      });
    });
}

type ChosenOptions = GlobalOptions & TestOptions & { format: Format };

async function run(
  skill: SkillFolder,
  options: ChosenOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<RunResult> {
  const { runTests } = await importWithAddon(() => import("../toolkit/testing/run-tests.js"));
  const { format, filter, timeout: timeoutMs, output, verbose = false, runtimeRoot } = options;
  const asText = format === "text" || output !== undefined;
  const report = new TextReport({
    write: asText ? terminal.out : () => {},
    style: terminal.style.out,
    verbose,
  });
  const result = await runTests(skill, {
    timeoutMs,
    filter,
    runtimeRoot: runtimeRoot === undefined ? undefined : resolve(runtimeRoot),
    signal,
    onFile: file => report.file(file),
    onTest: test => report.test(test),
    onFileEnd: file => report.fileEnd(file),
  });
  if (signal.aborted) throw signal.reason;
  report.end(result);
  if (format === "text") return result;
  const text = formats[format](result);
  if (output === undefined) terminal.out(text);
  else await writeFile(output, text);
  return result;
}

const formats: { [Name in Exclude<Format, "text">]: (result: RunResult) => string } = {
  tap: tapReport,
  junit: junitReport,
  json: result => `${JSON.stringify(result, null, 2)}\n`,
};

async function watch(
  skill: SkillFolder,
  options: ChosenOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  await runOnChange(skill, signal, async changed => {
    try {
      await run(skill, options, terminal, changed);
    } catch (error) {
      // A file that goes while it is copied, for instance; the change that comes with it begins anew.
      if (!changed.aborted) reportFailure(error, terminal, options.json === true);
    }
    if (!changed.aborted) terminal.err(`\nwaiting for changes in ${skill.dir}; Ctrl-C ends\n`);
  });
}

function requireSuccess({ ok, passed, failed, skipped, files }: RunResult, filter: string | undefined): void {
  const broken = files.filter(({ failure }) => failure !== undefined);
  if (ok && passed + skipped > 0) return;
  if (ok && filter !== undefined) {
    throw new OperationError("NO_TESTS", `no test has ${JSON.stringify(filter)} in its name`);
  }
  if (ok)
    throw new OperationError(
      "NO_TESTS",
      "the files of tests describe no tests",
      "describe them with it(name, function)",
    );
  const problems = [
    ...(failed > 0 ? [`${failed} of ${passed + failed} tests failed`] : []),
    ...(broken.length > 0 ? [`${broken.map(({ file }) => file).join(", ")} could not be run`] : []),
  ];
  throw new OperationError("TESTS_FAILED", problems.join("; "));
}
