// luaskills completion: the script that teaches a shell the command line; and the hidden `complete`, which such a script asks.

import { Argument, Command } from "commander";
import { instructions, type Shell, scripts, shells } from "./completion/scripts.js";
import type { Terminal } from "./terminal.js";

export function completionCommand(terminal: Terminal): Command {
  return new Command("completion")
    .description("print the completion script for a shell")
    .addArgument(new Argument("<shell>", "which one").choices(shells))
    .addHelpText(
      "after",
      `
To have it in every new shell:
${shells.map(shell => `  ${instructions[shell]}`).join("\n")}

Names of entries, skills, help pages and arguments come from the roots that the command line names, or from ./skills.`,
    )
    .action((shell: Shell) => terminal.out(scripts[shell]));
}

export function completeCommand(terminal: Terminal): Command {
  return new Command("complete")
    .argument("<shell>")
    .argument("[words...]", "behind the name of the program, the last being typed; for bash the whole line")
    .action(async (shell: Shell, given: string[], _options: object, command: Command) => {
      const { complete } = await import("./completion/candidates.js");
      const { readNames } = await import("./completion/names.js");
      const { splitCommandLine } = await import("./completion/words.js");
      const words = shell === "bash" ? splitCommandLine(given[0] ?? "").slice(1) : given;
      const completion = complete(command.parent as Command, words, options => {
        try {
          return readNames(options);
        } catch {
          // What is wrong with the roots the finished command will say.
          return { skills: [], entries: [], pages: new Map() };
        }
      });
      const lines: string[] = [completion.kind];
      if (completion.kind === "words") {
        const done = shell === "bash" ? doneWord(words.at(-1) ?? "") : 0;
        for (const { text, about } of completion.candidates) {
          lines.push(`${text.slice(done)}\t${about.replaceAll(/\s+/g, " ").trim()}`);
        }
      }
      terminal.out(`${lines.join("\n")}\n`);
    });
}

/** Bash takes = and : for the ends of words, so what stands before them is not its to replace. */
function doneWord(word: string): number {
  return Math.max(word.lastIndexOf("="), word.lastIndexOf(":")) + 1;
}
