import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const nativeTests = fileURLToPath(new URL("../native-tests.mjs", import.meta.url));

/** Fuzzes the JSON reader for so many seconds under the sanitizers; returns what went wrong. */
export async function runFuzz(seconds) {
  const child = spawn(process.execPath, [nativeTests, "--fuzz", String(seconds)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", chunk => (output = (output + chunk).slice(-4000)));
  const code = await new Promise(resolve => child.on("close", resolve));
  return code === 0 ? [] : [`the fuzzer ended with ${code}:\n${output}`];
}
