import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryFolder } from "../../skills/skill-tree.js";
import { range } from "./bench.js";
import { startProgram } from "./processes.js";

/** A thread that ends below a call of LanceDB takes the process with it in every second case, so this is tried often. */
const endings: [how: string, stdout: string][] = [
  ["exit", ""],
  ["worker-exit", "worker 0\n"],
  ["close", "the engine was closed\n"],
  ["abandoned", ""],
];

for (const [how, stdout] of endings) {
  test(`a process ends cleanly while LanceDB works (${how})`, async t => {
    for (const _ of range(how === "abandoned" ? 1 : 4)) {
      const program = startProgram(t, "ends.mjs", how, temporaryFolder(t));
      assert.deepEqual(await program.ended, { stdout, stderr: "", code: 0, signal: null });
    }
  });
}
