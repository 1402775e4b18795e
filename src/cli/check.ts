// luaskills check: what is wrong with a skill, and what would make it better.

import { Command } from "commander";
import { importWithAddon } from "./addon.js";
import { checkReport, checkSummary, hasFailed } from "./check-report.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { interruptible } from "./interruption.js";
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
      const { strict = false, ...options } = optionsOf<CheckOptions>(command);
      const skill = findSkill(argument, options);
      const { checkSkill } = await importWithAddon(() => import("../toolkit/checking/check-skill.js"));
      const result = await interruptible(terminal, async signal => {
        const checked = await checkSkill(skill);
        signal.throwIfAborted();
        return checked;
      });
      const failed = hasFailed(result, strict);
      const summary = checkSummary(result) || "nothing to complain about";
      if (options.json) {
        terminal.out(`${JSON.stringify({ ...result, ok: !failed }, null, 2)}\n`);
      } else {
        terminal.out(
          `${checkReport(result, terminal.style.out)}${failed ? "" : `${skill.id}: ${summary}\n`}`,
        );
      }
      if (failed) throw new OperationError("CHECK_FAILED", `${skill.id}: ${summary}`);
    });
}
