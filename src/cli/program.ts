// The command line: global options, the commands, and the exit codes 0 (done), 1 (a skill or an operation failed), 2 (the
// command line itself is wrong) and 128 + n (signal n came before the command was done: 130 after Ctrl-C).

import { Command, CommanderError } from "commander";
import { packageVersion } from "../package-version.js";
import { commands } from "./commands.js";
import { completeCommand } from "./completion.js";
import { reportFailure, UsageError } from "./failure.js";
import { addGlobalOptions } from "./global-options.js";
import { Interrupted } from "./interruption.js";
import type { Terminal } from "./terminal.js";

/** Runs one command line, without the program name. Resolves to the exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const json = wantsJson(args);
  const program = buildProgram(terminal, json);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    // Help and version are thrown as well, once they are printed.
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // No command is given: the help is on the error stream.
    if (error instanceof CommanderError && error.code === "commander.help" && !json) return 2;
    const failure = error instanceof CommanderError ? usageError(error, program, args) : error;
    reportFailure(failure, terminal, json);
    return failure instanceof UsageError ? 2 : 1;
  }
}

function buildProgram(terminal: Terminal, json: boolean): Command {
  const style = terminal.style.out;
  const program = new Command("luaskills")
    .description("List and call skills: folders of Lua tools that run on LuaJIT.")
    .version(packageVersion(), "-V, --version", "print the version")
    // So that a command may have a --version of its own.
    .enablePositionalOptions()
    .configureHelp({
      styleTitle: style.bold,
      styleCommandText: style.cyan,
      styleSubcommandText: style.cyan,
      styleOptionText: style.green,
      styleArgumentText: style.green,
    })
    .configureOutput({
      writeOut: terminal.out,
      // The usage; for programs there is the error alone.
      writeErr: json ? () => {} : terminal.err,
      getOutHelpWidth: () => terminal.columns ?? 100,
      getErrHelpWidth: () => terminal.columns ?? 100,
      // Colours are the terminal's business already.
      getOutHasColors: () => true,
      getErrHasColors: () => true,
      // What is wrong is reported like every other failure.
      outputError: () => {},
    })
    .exitOverride();
  for (const create of commands) program.addCommand(inherit(create(terminal), program));
  program.addCommand(inherit(completeCommand(terminal), program), { hidden: true });
  return addGlobalOptions(program);
}

/** Settings are not inherited by commands that are added rather than made by their parent. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent).helpCommand(false);
  for (const subcommand of command.commands) inherit(subcommand, command);
  return command;
}

/** What Commander has found wrong, in the words of all other failures. */
function usageError(error: CommanderError, program: Command, args: readonly string[]): UsageError {
  let path = "luaskills";
  let level = program;
  for (const arg of args) {
    const named = level.commands.find(command => command.name() === arg);
    if (named === undefined) continue;
    path += ` ${arg}`;
    level = named;
  }
  const usage = `${path} --help`;
  if (error.code === "commander.help") return new UsageError("no command given", `\`${usage}\` lists them`);
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const hint = suggestion?.replace(/^\((.*)\)$/, "$1").replace(/^D/, "d");
  return new UsageError(message, hint ?? `\`${usage}\` shows the usage`);
}

/** Asked before the command line is parsed, since that may be what fails. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).includes("--json");
}
