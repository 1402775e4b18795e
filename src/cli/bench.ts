// luaskills bench: how long the calls of one entry take on this machine.

import { Command, Option } from "commander";
import { type ArgumentOptions, addArgumentOptions, readArguments } from "./arguments.js";
import { findEntry } from "./find-entry.js";
import { optionsOf } from "./global-options.js";
import { count, milliseconds } from "./option-values.js";
import { requestContext } from "./request-context.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface BenchOptions extends ArgumentOptions {
  duration: number;
  warmup: number;
  concurrency: number;
  timeout?: number;
  mode: "both" | "awaited" | "sync";
}

export function benchCommand(terminal: Terminal): Command {
  const command = new Command("bench")
    .description("measure the calls of one entry")
    .argument("<entry>", "canonical name, as `list` shows it");
  addArgumentOptions(command, "the type that the entry declares");
  return command
    .option("--duration <ms>", "how long each mode is measured", milliseconds, 2_000)
    .option("--warmup <ms>", "how long it runs before, unmeasured", milliseconds, 300)
    .option("--concurrency <n>", "awaited calls in flight", count, 1)
    .addOption(
      new Option("--mode <mode>", "`await engine.call()`, `engine.callSync()`, or both")
        .choices(["both", "awaited", "sync"])
        .default("both"),
    )
    .option("--timeout <ms>", "end each call after this many milliseconds", milliseconds)
    .addHelpText(
      "after",
      `
Examples:
  luaskills bench text-search --arg text=TODO --arg path=src
  luaskills bench notes-add --args '{"text": "x"}' --mode awaited --concurrency 16 --duration 5000

The entry is really called, many times: what it writes is written.`,
    )
    .action(async (name: string, _options: object, command: Command) => {
      const options = optionsOf<BenchOptions>(command);
      await withEngine(
        options,
        terminal,
        async (engine, { report, signal }) => {
          const { parameters } = findEntry(name, engine, report);
          const args = await readArguments(options, parameters, terminal, signal);
          const { measure } = await import("./bench/measure.js");
          const { describeProfile } = await import("./bench/report.js");
          const limits = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
          const call = { engine, name, args, options: { ...limits, context: requestContext({}) } };
          const { dim } = terminal.style.err;
          if (terminal.interactive)
            terminal.err(dim(`measuring ${name}, ${options.duration} ms for each mode\n`));
          const profile = await measure(call, options, signal);
          if (options.json) terminal.out(`${JSON.stringify({ entry: name, args, ...profile }, null, 2)}\n`);
          else terminal.out(describeProfile(name, profile, terminal));
        },
        // Thousands of calls say the same thousands of times.
        { log: () => {} },
      );
    });
}
