// docs/lifecycle.md: its JavaScript is one program, its commands run after it in the same folder, and both print what the
// page says.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  assertOutput,
  assertProgram,
  guideEnvironment,
  guideFolder,
  readGuide,
  writeGuideFile,
} from "./guide.js";

const page = "docs/lifecycle.md";

test("the program and the commands of the lifecycle guide print what the guide says", t => {
  const folder = guideFolder(t);
  const items = readGuide(page);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  const examples = items.filter(item => item.kind === "example");
  const program = examples.filter(({ language }) => language === "js");
  assert.equal(assertProgram(folder, page, program), "");

  const env = guideEnvironment(folder);
  const commands = examples.filter(({ language }) => language === "sh");
  assert.equal(program.length + commands.length, examples.length);
  for (const { code, line, output } of commands) {
    const shell = spawnSync("sh", ["-ec", code], { cwd: folder, encoding: "utf8", env });
    assert.equal(shell.status, 0, `${page}:${line}\n${shell.stderr}`);
    assertOutput(shell.stdout, output ?? "", `${page}:${line}`);
  }
});
