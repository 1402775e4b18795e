// luaskills uninstall: a skill goes, its data only where that is asked for.

import { Command } from "commander";
import { optionsOf, planeOf } from "./global-options.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface UninstallCommandOptions {
  removeSqlite?: boolean;
  removeLancedb?: boolean;
  removeData?: boolean;
  targetRoot?: string;
}

export function uninstallCommand(terminal: Terminal): Command {
  return new Command("uninstall")
    .description("remove a skill and its dependencies; its databases stay")
    .argument("<skill>", "skill id")
    .option("--remove-sqlite", "remove its SQLite database too")
    .option("--remove-lancedb", "remove its LanceDB database too")
    .option("--remove-data", "remove both")
    .option("--target-root <name>", "root that holds the copy to remove")
    .action(async (skillId: string, _options: object, command: Command) => {
      const options = optionsOf<UninstallCommandOptions>(command);
      const { removeData, targetRoot } = options;
      await withEngine(
        options,
        terminal,
        async engine => {
          const result = await engine.skills.uninstall(skillId, {
            plane: planeOf(options),
            removeSqlite: (options.removeSqlite ?? removeData) === true,
            removeLancedb: (options.removeLancedb ?? removeData) === true,
            ...(targetRoot === undefined ? {} : { targetRoot }),
          });
          terminal.out(options.json ? `${JSON.stringify(result, null, 2)}\n` : `${result.message}\n`);
        },
        { quiet: true },
      );
    });
}
