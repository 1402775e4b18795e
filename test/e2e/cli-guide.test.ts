// docs/cli.md: its commands print what the page says, its dialogue with the repl goes as the page shows it, and every command
// is on it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { luaskills } from "../cli/command-line.js";
import { luaskillsOnTerminal } from "../cli/pseudo-terminal.js";
import { repository } from "../skills/skill-tree.js";
import { assertOutput, guideEnvironment, guideFolder, readGuide, writeGuideFile } from "./guide.js";

const page = "docs/cli.md";
const items = readGuide(page);

function writeProject(t: TestContext): string {
  const folder = guideFolder(t);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  return folder;
}

test("the commands of the page print what the page says", t => {
  const folder = writeProject(t);
  const env = { ...guideEnvironment(folder), NO_COLOR: "1" };
  for (const item of items) {
    if (item.kind === "file" || item.language !== "sh") continue;
    const where = `${page}:${item.line}`;
    const shell = spawnSync("sh", ["-e", "-c", item.code], { cwd: folder, encoding: "utf8", env });
    assert.equal(shell.status, 0, `${where}\n${shell.stdout}${shell.stderr}`);
    if (item.output !== undefined) assertOutput(shell.stdout, item.output, where);
  }
});

test("the dialogue of the page with the repl goes as the page shows it", async t => {
  const dialogue = items.find(item => item.kind === "example" && item.language === "console");
  assert.ok(dialogue?.kind === "example");
  const env = { LUASKILLS_HISTORY: "", NO_COLOR: "1" };
  const terminal = luaskillsOnTerminal(t, ["repl"], { cwd: writeProject(t), env });
  await terminal.waitFor(/\n> /);
  for (const turn of dialogue.code.split(/^> /m).slice(1)) {
    const [first = "", ...others] = turn.split("\n");
    terminal.enter(first);
    for (const line of others.filter(other => other.startsWith("... "))) {
      await terminal.waitFor(/\n(\.\.\.|\|) /);
      terminal.enter(line.slice(4));
      await terminal.waitFor(line.slice(4));
    }
    const shown = others.filter(line => line !== "" && !line.startsWith("... "));
    for (const line of shown) await terminal.waitFor(`${line}\n`);
    await terminal.waitFor("> ");
  }
  terminal.type("\x04");
  assert.equal(await terminal.exit(), 0);
});

test("every block of the page is of a kind that is run", () => {
  const languages = items.map(item => (item.kind === "example" ? item.language : "file"));
  assert.deepEqual([...new Set(languages)].sort(), ["console", "file", "sh"]);
});

test("every command is on the page", async () => {
  const text = readFileSync(join(repository, page), "utf8");
  const { out } = await luaskills(["complete", "fish", "--", ""]);
  const names = out
    .trim()
    .split("\n")
    .slice(1)
    .map(line => line.split("\t", 1)[0] as string);
  assert.ok(names.length > 8);
  for (const name of names) assert.ok(text.includes(`\`${name}\``), name);
});
