// luaskills check: what is wrong with a skill, and what would make it better.

import { join, relative } from "node:path";
import { Command } from "commander";
import type { CheckResult } from "../toolkit/checking/check-skill.js";
import type { Diagnostic, Severity } from "../toolkit/checking/diagnostic.js";
import { withAddon } from "./addon.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { findSkill, skillArgument } from "./skill-argument.js";
import type { Terminal } from "./terminal.js";

interface CheckOptions {
  strict?: boolean;
}

export function checkCommand(terminal: Terminal): Command {
  return new Command("check")
    .description("look for mistakes in a skill: manifest, files, Lua, dependencies; and load it")
    .argument(...skillArgument)
    .option("--strict", "warnings fail, too")
    .action(async (argument: string, _options: object, command: Command) => {
      const { strict = false, json, ...options } = optionsOf<CheckOptions>(command);
      const skill = findSkill(argument, options);
      const { checkSkill } = await withAddon(() => import("../toolkit/checking/check-skill.js"));
      const result = await checkSkill(skill);
      const failed = result.counts.error > 0 || (strict && result.counts.warning > 0);
      if (json) terminal.out(`${JSON.stringify({ ...result, ok: !failed }, null, 2)}\n`);
      else terminal.out(describe(result, terminal));
      if (failed) throw new OperationError("CHECK_FAILED", `${result.skillId}: ${summary(result)}`);
    });
}

function describe(result: CheckResult, terminal: Terminal): string {
  const { skillId, version, diagnostics, dir } = result;
  if (diagnostics.length === 0) {
    return `${skillId}${version === undefined ? "" : ` ${version}`}: nothing to complain about\n`;
  }
  const lines = diagnostics.map(diagnostic => describeDiagnostic(diagnostic, dir, terminal));
  return `${lines.join("\n")}\n${skillId}: ${summary(result)}\n`;
}

function describeDiagnostic(
  { severity, file, line, message }: Diagnostic,
  dir: string,
  { style }: Terminal,
): string {
  const colors: { [Level in Severity]: (text: string) => string } = {
    error: style.out.red,
    warning: style.out.yellow,
    advice: style.out.cyan,
  };
  const path = relative("", join(dir, file)) || ".";
  const place = line === undefined ? path : `${path}:${line}`;
  return `${style.out.bold(place)}: ${colors[severity](severity)}: ${message}`;
}

function summary({ counts }: CheckResult): string {
  const parts = [
    counts.error === 1 ? "1 error" : `${counts.error} errors`,
    counts.warning === 1 ? "1 warning" : `${counts.warning} warnings`,
    counts.advice === 1 ? "1 piece of advice" : `${counts.advice} pieces of advice`,
  ];
  return parts.filter(part => !part.startsWith("0 ")).join(", ");
}
