// The repl at a terminal: Node's own line editor, history and continuation lines around the Lua session.

import { once } from "node:events";
import { clearLine, cursorTo } from "node:readline";
import { type REPLServer, Recoverable, start } from "node:repl";
import type { Terminal } from "../terminal.js";
import { historyFile } from "./history.js";
import { describeFailure } from "./outcome.js";
import type { Outcome, ReplSession } from "./session.js";

export interface ReplConsole {
  /** Writes a line; a prompt that waits for input moves down. */
  print(line: string): void;
  /** Reads and runs inputs until the user leaves or the signal comes. */
  serve(session: ReplSession, signal: AbortSignal): Promise<void>;
}

export function openConsole(terminal: Terminal): ReplConsole {
  let server: REPLServer | undefined;
  let session: ReplSession | undefined;

  function print(line: string): void {
    if (server === undefined || session?.running === true) {
      terminal.out(`${line}\n`);
      return;
    }
    cursorTo(process.stdout, 0);
    clearLine(process.stdout, 0);
    terminal.out(`${line}\n`);
    server.displayPrompt(true);
  }

  async function serve(own: ReplSession, signal: AbortSignal): Promise<void> {
    session = own;
    const { bold } = terminal.style.out;
    const opened = start({
      prompt: bold("> "),
      terminal: true,
      useColors: bold("") !== "",
      ignoreUndefined: true,
      writer: text => text as string,
      completer: (line, done) => {
        own.complete(line).then(
          ({ candidates, typed }) => done(null, [candidates, typed]),
          () => done(null, [[], line]),
        );
      },
      eval: (source, _context, _file, done) => {
        const tell = (outcome: Outcome) => {
          if (closed) return;
          if (outcome.kind === "incomplete")
            done(new Recoverable(new SyntaxError(outcome.problem)), undefined);
          else if (outcome.kind !== "values") done(null, describeFailure(outcome, terminal.style.out));
          else done(null, outcome.values.length === 0 ? undefined : outcome.values.join("\n"));
        };
        own.run(source).then(tell, (error: Error) => done(error, undefined));
      },
    });
    server = opened;
    let closed = false;
    const ended = once(opened, "exit");
    opened.on("close", () => {
      closed = true;
      own.interrupt();
    });
    interruptibleInput(opened, own);
    const stop = () => opened.close();
    signal.addEventListener("abort", stop, { once: true });
    await openHistory(opened);
    await ended;
    signal.removeEventListener("abort", stop);
    server = undefined;
  }

  return { print, serve };
}

/** Ctrl-C ends what runs; where nothing runs it does what it does in Node's own repl: it drops the input. */
function interruptibleInput(server: REPLServer, session: ReplSession): void {
  const drop = server.listeners("SIGINT") as (() => void)[];
  server.removeAllListeners("SIGINT");
  server.on("SIGINT", () => {
    if (session.running) session.interrupt();
    else for (const listener of drop) listener.call(server);
  });
}

async function openHistory(server: REPLServer): Promise<void> {
  const file = historyFile(process.env);
  if (file === undefined) return;
  // Without a file that can be read and written there is no history, which Node says itself.
  await new Promise<void>(resolve => server.setupHistory(file, () => resolve()));
}
