// luaskills enable and luaskills disable.

import { Command } from "commander";
import { optionsOf, planeOf } from "./global-options.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface ActivationOptions {
  targetRoot?: string;
  reason?: string;
}

export function enableCommand(terminal: Terminal): Command {
  return activationCommand(terminal, "enable").description("have a disabled skill loaded again");
}

export function disableCommand(terminal: Terminal): Command {
  return activationCommand(terminal, "disable")
    .description("keep a skill from being loaded")
    .option("--reason <text>", "shown to whoever wonders why it is off");
}

function activationCommand(terminal: Terminal, action: "enable" | "disable"): Command {
  return new Command(action)
    .argument("<skill>", "skill id")
    .option("--target-root <name>", "root that holds the copy")
    .action(async (skillId: string, _options: object, command: Command) => {
      const options = optionsOf<ActivationOptions>(command);
      const { targetRoot, reason } = options;
      await withEngine(
        options,
        terminal,
        async engine => {
          await engine.skills[action](skillId, {
            plane: planeOf(options),
            ...(targetRoot === undefined ? {} : { targetRoot }),
            ...(reason === undefined ? {} : { reason }),
          });
          const status = `${action}d`;
          terminal.out(
            options.json
              ? `${JSON.stringify({ skillId, status }, null, 2)}\n`
              : `skill ${skillId} is ${status}\n`,
          );
        },
        { quiet: true },
      );
    });
}
