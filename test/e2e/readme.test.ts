// The code in README.md does what the text beside it says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const repository = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const readme = readFileSync(join(repository, "README.md"), "utf8");

function codeBlocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(
    match => match[1] ?? "",
  );
}

/** Runs a block as a module inside the repository, where the package resolves by its own name. */
function run(code: string): string {
  const folder = mkdtempSync(join(repository, "build", "readme-"));
  try {
    const file = join(folder, "example.mjs");
    writeFileSync(file, code);
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
      cwd: repository,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the first example waits for promises in Lua, and the endless loop ends at its deadline", () => {
  const [first] = codeBlocks("js");
  assert.ok(first);
  assert.equal(run(first), "Hello, user 1, user 2, user 3\nLUA_TIMEOUT\n");
});

test("the example with skills outlines the documents of this repository", () => {
  const [, second] = codeBlocks("js");
  assert.ok(second);
  // `await using` is younger than Node 20.
  const older = second
    .replace("await using engine", "const engine")
    .concat("\nconsole.log(content);\nawait engine.close();\n");
  assert.match(run(older), /execution-model\.md/);
});
