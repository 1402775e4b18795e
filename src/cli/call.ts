// luaskills call: run one entry and print what it returns.

import { Command, InvalidArgumentError } from "commander";
import type { LoadReport, SkillEngine } from "../index.js";
import { collectArgument, readArguments } from "./arguments.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { closestNames } from "./suggest.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface CallOptions {
  arg?: [string, string][];
  args?: string;
  argsFile?: string;
  timeout?: number;
}

export function callCommand(terminal: Terminal): Command {
  return new Command("call")
    .description("call one entry and print its result")
    .argument("<name>", "canonical name, as `list` shows it")
    .option("--arg <key=value>", "one argument, converted to the declared type; repeatable", collectArgument)
    .option("--args <json>", "all arguments as a JSON object or array")
    .option("--args-file <file>", "the same, read from a file; - reads standard input")
    .option("--timeout <ms>", "end the call after this many milliseconds", parseTimeout)
    .action(async (name: string, _options: object, command: Command) => {
      const options = optionsOf<CallOptions>(command);
      await withEngine(options, terminal, async (engine, { report, signal }) => {
        const entry = engine.entries().find(({ canonicalName }) => canonicalName === name);
        if (entry === undefined) throw unknownEntry(name, engine, report);
        const args = await readArguments(options, entry.parameters);
        const limits = options.timeout === undefined ? {} : { timeoutMs: options.timeout };
        const result = await engine.call(name, args, { ...limits, signal });
        if (options.json) terminal.out(`${JSON.stringify(result, null, 2)}\n`);
        else terminal.out(result.content.endsWith("\n") ? result.content : `${result.content}\n`);
      });
    });
}

function parseTimeout(text: string): number {
  const milliseconds = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(milliseconds) || milliseconds === 0) {
    throw new InvalidArgumentError("Expected a positive number of milliseconds.");
  }
  return milliseconds;
}

function unknownEntry(name: string, engine: SkillEngine, report: LoadReport): OperationError {
  const broken = report.failed.find(({ skillId }) => name.startsWith(`${skillId}-`));
  const close = closestNames(
    name,
    engine.entries().map(({ canonicalName }) => canonicalName),
  );
  const hint =
    broken !== undefined
      ? `skill ${broken.skillId} was not loaded, see above`
      : close.length > 0
        ? `did you mean ${close.join(" or ")}?`
        : "`luaskills list` shows what the given roots offer";
  return new OperationError("SKILL_NOT_FOUND", `there is no entry named ${name}`, hint);
}
