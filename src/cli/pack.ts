// luaskills pack: the files of a release.

import { relative, resolve } from "node:path";
import { Command } from "commander";
import { importWithAddon } from "./addon.js";
import { checkReport, checkSummary, hasFailed } from "./check-report.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { interruptible } from "./interruption.js";
import { findSkill, skillArgument } from "./skill-argument.js";
import type { Terminal } from "./terminal.js";

interface PackOptions {
  out: string;
  strict?: boolean;
}

export function packCommand(terminal: Terminal): Command {
  return new Command("pack")
    .description("check a skill and make its release: the archive and its checksum")
    .argument(...skillArgument)
    .option("--out <dir>", "folder for the two files", ".")
    .option("--strict", "warnings of the check fail, too")
    .action(async (argument: string, _options: object, command: Command) => {
      const { out, strict = false, ...options } = optionsOf<PackOptions>(command);
      const skill = findSkill(argument, options);
      const [{ checkSkill }, { packSkill }] = await importWithAddon(() =>
        Promise.all([
          import("../toolkit/checking/check-skill.js"),
          import("../toolkit/packing/pack-skill.js"),
        ]),
      );
      // What was begun is cleared away, or whole.
      const packed = await interruptible(terminal, async signal => {
        const result = await checkSkill(skill);
        signal.throwIfAborted();
        if (hasFailed(result, strict)) {
          terminal.err(checkReport(result, terminal.style.err));
          throw new OperationError("CHECK_FAILED", `${skill.id} was not packed: ${checkSummary(result)}`);
        }
        if (result.version === undefined) {
          throw new OperationError(
            "CHECK_FAILED",
            `${skill.id} was not packed: it is switched off`,
            "take `enable: false` out of skill.yaml",
          );
        }
        return packSkill(skill, result.version, resolve(out));
      });
      if (options.json) {
        terminal.out(`${JSON.stringify(packed, null, 2)}\n`);
        return;
      }
      const count = packed.files.length === 1 ? "1 file" : `${packed.files.length} files`;
      terminal.out(`${relative("", packed.archive)}: ${count}, ${packed.bytes} bytes\n`);
      terminal.out(`${relative("", packed.checksums)}: SHA-256 ${packed.sha256}\n`);
    });
}
