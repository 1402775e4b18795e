import { text } from "node:stream/consumers";

/** All of standard input. @throws the reason of the signal, which would otherwise wait for it to end */
export async function readStandardInput(signal: AbortSignal): Promise<string> {
  const stop = () => process.stdin.destroy(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await text(process.stdin);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
