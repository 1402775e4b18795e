// luaskills new: a skill to begin with.

import { relative } from "node:path";
import { Command, Option } from "commander";
import { createSkill, type Template, templates } from "../toolkit/creating/new-skill.js";
import { optionsOf } from "./global-options.js";
import { chooseRoots } from "./roots.js";
import type { Terminal } from "./terminal.js";

interface NewOptions {
  template: Template;
}

export function newCommand(terminal: Terminal): Command {
  return new Command("new")
    .description("make a new skill in the skill root")
    .argument("<name>", "id of the skill, and name of its folder: lower-case letters, digits and hyphens")
    .addOption(new Option("--template <name>", "what to begin with").choices(templates).default("minimal"))
    .action(async (name: string, _options: object, command: Command) => {
      const options = optionsOf<NewOptions>(command);
      const [root] = chooseRoots(options, { rootsMayBeMissing: true });
      const created = await createSkill(root?.skillsDir ?? "skills", name, options.template);
      if (options.json) {
        terminal.out(`${JSON.stringify(created, null, 2)}\n`);
        return;
      }
      const dir = relative("", created.dir) || created.dir;
      const files = created.files.filter(file => !file.startsWith(".luaskills/"));
      terminal.out(`${dir}\n${files.map(file => `  ${file}\n`).join("")}`);
      terminal.out(`\nluaskills check ${dir}\nluaskills test ${dir}\n`);
    });
}
