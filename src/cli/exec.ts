// luaskills exec: run Lua code that belongs to no skill, and report in Markdown.

import { Command, Option } from "commander";
import type { ExecRequest } from "../index.js";
import { LuaError } from "../vm/errors.js";
import { type ArgumentOptions, addArgumentOptions, readArguments } from "./arguments.js";
import { OperationError, UsageError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { list, milliseconds } from "./option-values.js";
import { readStandardInput } from "./standard-input.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface ExecOptions extends ArgumentOptions {
  eval?: string;
  task?: string;
  sandbox?: "trusted" | "strict";
  allow?: string[];
  timeout?: number;
}

/** The title of a report about code that failed: its wording is part of the format. */
const failureTitle = "# Runtime Execution Error";

export function execCommand(terminal: Terminal): Command {
  const command = new Command("exec")
    .description("run Lua code and report in Markdown what it returned and printed")
    .argument("[file]", "a Lua file, whose folder is the working directory; - reads standard input")
    .option("-e, --eval <code>", "run this instead of a file");
  addArgumentOptions(command, "JSON where it is JSON, else text");
  return command
    .addOption(
      new Option("--sandbox <kind>", "strict: for code that nobody trusts").choices(["trusted", "strict"]),
    )
    .option("--allow <members>", "what strict code has of `vulcan`, such as fs.read,call; repeatable", list)
    .option("--task <text>", "what it is for; part of the report")
    .option("--timeout <ms>", "end the code after this many milliseconds (default: 60000)", milliseconds)
    .addHelpText(
      "after",
      `
Examples:
  luaskills exec script.lua --arg path=src
  luaskills exec -e 'return 6 * 7'
  cat untrusted.lua | luaskills exec - --sandbox strict --allow fs.read --timeout 1000

The code has its arguments in the local \`args\`. What fails in it is in the report; the exit code is 1 then.`,
    )
    .action(async (file: string | undefined, _options: object, command: Command) => {
      const options = optionsOf<ExecOptions>(command);
      checkSource(file, options);
      await withEngine(
        options,
        terminal,
        async (engine, { signal }) => {
          const request = await readRequest(file, options, terminal, signal);
          const report = await engine.execLua(request, { signal }).catch(explain);
          const ok = !report.startsWith(failureTitle);
          terminal.out(options.json ? `${JSON.stringify({ ok, report }, null, 2)}\n` : `${report}\n`);
          if (!ok) throw new OperationError("EXEC_FAILED", "the code failed: the report says how");
        },
        { rootsOptional: true },
      );
    });
}

/** What is wrong with the request itself, such as a file that cannot be read, comes as a plain error. */
function explain(error: unknown): never {
  const isPlain = error instanceof Error && !(error instanceof LuaError);
  if (isPlain && error.message.startsWith("luaexec")) throw new OperationError("EXEC_REQUEST", error.message);
  throw error;
}

function checkSource(file: string | undefined, options: ExecOptions): void {
  if ((file === undefined) === (options.eval === undefined)) {
    throw new UsageError(
      file === undefined ? "no code given" : "a file and --eval exclude each other",
      "name a file, - for standard input, or pass code by --eval",
    );
  }
  if (options.allow !== undefined && options.sandbox !== "strict") {
    throw new UsageError("--allow goes with --sandbox strict", "trusted code has all of `vulcan`");
  }
  if (file === "-" && (options.args === "-" || options.argsFile === "-")) {
    throw new UsageError(
      "standard input cannot be both the code and its arguments",
      "put one of them into a file",
    );
  }
}

async function readRequest(
  file: string | undefined,
  options: ExecOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExecRequest> {
  const { task, sandbox, allow, timeout } = options;
  const code = file === "-" ? await readStandardInput("code", terminal, signal) : options.eval;
  if (code !== undefined && code.trim() === "")
    throw new UsageError("the code is empty", "luaskills exec --help shows examples");
  return {
    ...(code === undefined ? { file: file as string } : { code }),
    args: await readArguments(options, undefined, terminal, signal),
    ...(task === undefined ? {} : { task }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(allow === undefined ? {} : { allow }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}
