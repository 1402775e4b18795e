import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const soak = fileURLToPath(new URL("../../../scripts/soak.mjs", import.meta.url));

test("tens of thousands of mixed calls, kills, memory errors and requests to skills leave memory flat and nothing open", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [soak, "--short"]).catch(error => {
    throw new Error(`the short soak failed:\n${error.stdout}${error.stderr}`);
  });
  assert.match(stdout, /^ok +mixed calls: 30000/m);
  assert.match(stdout, /^ok +kills: 300/m);
  assert.match(stdout, /^ok +out of memory: 200/m);
  assert.match(stdout, /^ok +requests to skills: 4000/m);
});
