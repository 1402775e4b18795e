// The command line: global options, the commands, and the exit codes 0 (done), 1 (a skill or an operation failed) and
// 2 (the command line itself is wrong).

import { Command, CommanderError } from "commander";
import { callCommand } from "./call.js";
import { doctorCommand } from "./doctor.js";
import { reportFailure, UsageError } from "./failure.js";
import { listCommand } from "./list.js";
import { collectRoot } from "./roots.js";
import type { Terminal } from "./terminal.js";
import { packageVersion } from "./version.js";

export interface GlobalOptions {
  root?: { name: string; skillsDir: string }[];
  json?: boolean;
}

/** Runs one command line, without the program name. Resolves to the exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = buildProgram(terminal);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    // Commander has already printed what it throws: help and version with exit code 0, usage problems otherwise.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    reportFailure(error, terminal, program.opts<GlobalOptions>().json === true);
    return error instanceof UsageError ? 2 : 1;
  }
}

function buildProgram(terminal: Terminal): Command {
  const program = new Command("luaskills")
    .description("List and call skills: folders of Lua tools that run on LuaJIT.")
    .version(packageVersion())
    .option(
      "--root <NAME=DIR>",
      "folder of skills; repeatable, the first root that has a skill wins",
      collectRoot,
    )
    .option("--json", "print JSON")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showHelpAfterError("(luaskills --help shows the usage)")
    .exitOverride();
  program.addCommand(listCommand(terminal).copyInheritedSettings(program));
  program.addCommand(callCommand(terminal).copyInheritedSettings(program));
  program.addCommand(doctorCommand(terminal).copyInheritedSettings(program));
  return program;
}
