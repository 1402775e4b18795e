// luaskills repl: Lua, line by line, on a VM that keeps its state.

import { Command } from "commander";
import { packageVersion } from "../package-version.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

export function replCommand(terminal: Terminal): Command {
  return new Command("repl")
    .description("try Lua line by line, with `vulcan` and the skills at hand")
    .addHelpText(
      "after",
      `
Examples:
  luaskills repl
  > t = { 1, 2, x = "y" }
  > t
  { 1, 2, x = "y" }
  > vulcan.call("text-search", { text = "TODO" })

  echo 'return jit.version' | luaskills repl

An expression prints its values, = before it is allowed. Globals stay from one input to the next. The tab key completes names,
Ctrl-C ends what runs or drops the input, Ctrl-D leaves, .help lists further commands. What was typed is kept in the file that
LUASKILLS_HISTORY names (nothing is kept where that is empty), else in luaskills/repl_history where programs keep their state.
Without a terminal inputs are read from standard input; the exit code is 1 when one of them failed.`,
    )
    .action(async (_options: object, command: Command) => {
      const atTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      const { openSession } = await import("./repl/session.js");
      const { openConsole } = await import("./repl/console.js");
      const console = openConsole(terminal);
      const print = atTerminal ? console.print : (line: string) => terminal.out(`${line}\n`);
      await withEngine(
        optionsOf(command),
        terminal,
        async (engine, { signal }) => {
          const session = await openSession(engine, {
            print,
            width: () => process.stdout.columns ?? 100,
            coloured: terminal.style.out.bold("") !== "",
            signal,
          });
          if (!atTerminal) {
            const { runLines } = await import("./repl/lines.js");
            if (await runLines(session, terminal, signal)) return;
            throw new OperationError("REPL_FAILED", "not every input ran well");
          }
          const version = await engine.runLua("return jit.version");
          terminal.out(`${version}, luaskills ${packageVersion()}. Ctrl-D leaves, .help says more.\n`);
          await console.serve(session, signal);
          signal.throwIfAborted();
        },
        { rootsOptional: true, ...(atTerminal ? { log: (text: string) => print(text.trimEnd()) } : {}) },
      );
    });
}
