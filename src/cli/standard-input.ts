import { text } from "node:stream/consumers";
import type { Terminal } from "./terminal.js";

/**
 * All of standard input.
 *
 * @param what is read, for people who have to type it
 * @throws the reason of the signal, which would otherwise wait for standard input to end
 */
export async function readStandardInput(
  what: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  if (process.stdin.isTTY)
    terminal.err(`reading ${what} from the terminal; Ctrl-D on a line of its own ends it\n`);
  const stop = () => process.stdin.destroy(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await text(process.stdin);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
