// luaskills call: run one entry and print what it returns.

import { Command } from "commander";
import { type ArgumentOptions, addArgumentOptions, readArguments } from "./arguments.js";
import { findEntry } from "./find-entry.js";
import { optionsOf } from "./global-options.js";
import { milliseconds } from "./option-values.js";
import { addContextOptions, type ContextOptions, requestContext } from "./request-context.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface CallCommandOptions extends ArgumentOptions, ContextOptions {
  timeout?: number;
}

export function callCommand(terminal: Terminal): Command {
  const command = new Command("call")
    .description("call one entry and print its result")
    .argument("<entry>", "canonical name, as `list` shows it");
  addArgumentOptions(command, "the type that the entry declares");
  command.option("--timeout <ms>", "end the call after this many milliseconds", milliseconds);
  addContextOptions(command);
  return command
    .addHelpText(
      "after",
      `
Examples:
  luaskills call text-search --arg text=TODO --arg path=src
  luaskills call text-search --args '{"text": "TODO", "path": "src"}'
  luaskills call text-search --args-file arguments.json --json
  echo '{"text": "TODO"}' | luaskills call text-search --args -

What the skill prints goes to the error stream. Ctrl-C ends the call.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = optionsOf<CallCommandOptions>(command);
      await withEngine(options, terminal, async (engine, { report, signal }) => {
        const { parameters } = findEntry(name, engine, report);
        const args = await readArguments(options, parameters, terminal, signal);
        const result = await engine.call(name, args, {
          ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
          context: requestContext(options),
          signal,
          // There Ctrl-C ends whatever it is.
          start: "lane",
        });
        if (options.json) terminal.out(`${JSON.stringify(result, null, 2)}\n`);
        else terminal.out(result.content.endsWith("\n") ? result.content : `${result.content}\n`);
      });
    });
}
