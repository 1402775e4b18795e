// What Ctrl-C and the signals that ask a process to end do to a command: its work is aborted, what it holds is closed, and
// the process ends with the exit code that shells expect. A second one ends the process at once.

import { constants } from "node:os";
import type { Terminal } from "./terminal.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A command that did not come to its end. */
export class Interrupted extends Error {
  /** 128 and the number of the signal: 130 for Ctrl-C. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.name = "Interrupted";
    this.exitCode = exitCodeOf(signal);
  }
}

/** Milliseconds: npm and npx pass on a Ctrl-C that the process has got from the terminal already. */
const sameKeystroke = 100;
/** Milliseconds of silence after which the user learns that the command is still ending. */
const patience = 1_000;

/**
 * Runs what a signal may cut short.
 *
 * @param run a signal aborts what it is given. It may still end well, as a server does that was asked to stop
 * @throws Interrupted when it fails after a signal; else what it throws
 */
export async function interruptible<T>(
  terminal: Terminal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let first: { signal: NodeJS.Signals; at: number } | undefined;
  let reminder: NodeJS.Timeout | undefined;
  const listener = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = { signal, at: Date.now() };
      reminder = setTimeout(() => terminal.err("ending; Ctrl-C again ends at once\n"), patience);
      reminder.unref();
      controller.abort(new Interrupted(signal));
    } else if (Date.now() - first.at > sameKeystroke) {
      process.exit(exitCodeOf(signal));
    }
  };
  for (const signal of signals) process.on(signal, listener);
  try {
    return await run(controller.signal);
  } catch (error) {
    throw first === undefined ? error : controller.signal.reason;
  } finally {
    clearTimeout(reminder);
    for (const signal of signals) process.off(signal, listener);
  }
}

/** The result of `work`, unless the signal comes first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
