import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Compiled to build/test/vm, the programs stay in the source tree. */
const folder = new URL("../../../test/fixtures/vm/", import.meta.url);

/** Runs a program of test/fixtures/vm in a process of its own. It must exit with 0 and print exactly `expected`. */
export async function expectOutput(
  program: string[],
  expected: string,
  nodeOptions: string[] = [],
): Promise<void> {
  const [file, ...args] = program;
  const child = spawn(
    process.execPath,
    [...nodeOptions, fileURLToPath(new URL(String(file), folder)), ...args],
    {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
      killSignal: "SIGKILL",
    },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", chunk => {
    stdout += chunk;
  });
  child.stderr.on("data", chunk => {
    stderr += chunk;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...ended) => resolve(ended));
  });
  assert.deepEqual({ stdout, stderr, code, signal }, { stdout: expected, stderr: "", code: 0, signal: null });
}
