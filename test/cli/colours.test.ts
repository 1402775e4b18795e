// Colours: on a terminal, unless somebody says otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { luaskills } from "./command-line.js";
import { luaskillsOnTerminal, type TerminalOptions } from "./pseudo-terminal.js";

const bold = "\x1b[1m";

const onTerminal: [what: string, env: NonNullable<TerminalOptions["env"]>, coloured: boolean][] = [
  ["without further ado", {}, true],
  ["with NO_COLOR", { NO_COLOR: "1" }, false],
  ["with an empty NO_COLOR, which says nothing", { NO_COLOR: "" }, true],
  ["with FORCE_COLOR=0", { FORCE_COLOR: "0" }, false],
  ["with FORCE_COLOR, which counts before NO_COLOR", { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ["that is dumb", { TERM: "dumb" }, false],
];

for (const [what, env, coloured] of onTerminal) {
  test(`a terminal ${what} gets ${coloured ? "colours" : "none"}`, async t => {
    const terminal = luaskillsOnTerminal(t, ["--help"], { env });
    assert.equal(await terminal.exit(), 0);
    assert.match(terminal.text, /^Usage: luaskills/);
    assert.equal(terminal.raw.includes(bold), coloured);
  });
}

test("errors are coloured on a terminal, and plain in a pipe", async t => {
  const terminal = luaskillsOnTerminal(t, ["dance"]);
  assert.equal(await terminal.exit(), 2);
  assert.match(terminal.text, /^luaskills: unknown command 'dance'\n/);
  assert.ok(terminal.raw.startsWith(`${bold}\x1b[31mluaskills:`));
  const { err } = await luaskills(["dance"]);
  assert.ok(err.startsWith("luaskills: unknown command"));
});

test("a pipe gets colours by FORCE_COLOR alone", async () => {
  assert.ok(!(await luaskills(["--help"])).out.includes(bold));
  assert.ok((await luaskills(["--help"], { env: { FORCE_COLOR: "1" } })).out.includes(bold));
});

test("what goes to programs is never coloured", async () => {
  const { err } = await luaskills(["dance", "--json"], { env: { FORCE_COLOR: "1" } });
  assert.equal(JSON.parse(err).error.code, "USAGE");
});

test("usage fits the width of the terminal", async t => {
  const terminal = luaskillsOnTerminal(t, ["call", "--help"], { columns: 80 });
  assert.equal(await terminal.exit(), 0);
  const usage = terminal.text.slice(0, terminal.text.indexOf("Examples:"));
  for (const line of usage.split("\n")) assert.ok(line.length <= 80, line);
});
