// The repl without a terminal: inputs come from a pipe or a file, results go out, nothing else is written.

import { createInterface } from "node:readline";
import type { Terminal } from "../terminal.js";
import { describeFailure } from "./outcome.js";
import type { ReplSession } from "./session.js";

/** @returns true if every input ran well */
export async function runLines(
  session: ReplSession,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop, { once: true });
  let source = "";
  let incomplete: string | undefined;
  let ok = true;
  const fail = (message: string) => {
    ok = false;
    terminal.err(`${message}\n`);
  };
  for await (const line of lines) {
    source += `${line}\n`;
    const outcome = await session.run(source);
    if (signal.aborted) break;
    incomplete = outcome.kind === "incomplete" ? outcome.problem : undefined;
    if (outcome.kind === "incomplete") continue;
    source = "";
    if (outcome.kind === "values") for (const value of outcome.values) terminal.out(`${value}\n`);
    else fail(describeFailure(outcome, terminal.style.err));
  }
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (incomplete !== undefined) fail(incomplete);
  return ok;
}
