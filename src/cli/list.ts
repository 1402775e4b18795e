// luaskills list: what the given roots offer.

import { Command } from "commander";
import type { EntryDescriptor } from "../index.js";
import { optionsOf } from "./global-options.js";
import { formatTable } from "./table.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

export function listCommand(terminal: Terminal): Command {
  return new Command("list")
    .description("list the entries that `call` takes, with root and description")
    .addHelpText(
      "after",
      `
Examples:
  luaskills list                              the skills in ./skills
  luaskills list --root ROOT=~/skills --json  with their JSON Schemas, for programs`,
    )
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command);
      await withEngine(options, terminal, async (engine, { report }) => {
        const entries = engine.entries();
        if (options.json) {
          terminal.out(`${JSON.stringify(entries, null, 2)}\n`);
          return;
        }
        if (entries.length > 0) terminal.out(entryTable(entries, terminal));
        else terminal.err("no skills found: a skill is a folder DIR/<skill-id>/ with a skill.yaml\n");
        for (const { skillId, reason } of report.skipped)
          terminal.err(`skill ${skillId} was skipped: ${reason}\n`);
      });
    });
}

function entryTable(entries: readonly EntryDescriptor[], { columns, style }: Terminal): string {
  const rows = entries.map(({ canonicalName, rootName, description }) => [
    canonicalName,
    rootName,
    description.trim().split("\n", 1)[0] ?? "",
  ]);
  return formatTable(["NAME", "ROOT", "DESCRIPTION"], rows, columns, style.out.bold);
}
