// Ctrl-C, and the signals that ask a command to end, on a real terminal.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { luaskillsOnTerminal } from "./pseudo-terminal.js";

const skills = {
  endless: "return function() print('started') while true do end end",
  waiting: "return function() print('started') os.execute('sleep 600') end",
};

function callOnTerminal(t: TestContext, name: string) {
  const root = temporaryFolder(t);
  writeSkills(root, skills);
  return luaskillsOnTerminal(t, ["call", `${name}-run`, "--root", `ROOT=${root}`]);
}

for (const name of ["endless", "waiting"]) {
  test(`Ctrl-C ends a call that is ${name}, with exit code 130`, async t => {
    const terminal = callOnTerminal(t, name);
    await terminal.waitFor("started");
    terminal.type("\x03");
    assert.equal(await terminal.exit(), 130);
  });
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} ends a call, with exit code ${code}`, async t => {
    const terminal = callOnTerminal(t, "endless");
    await terminal.waitFor("started");
    terminal.kill(signal);
    assert.equal(await terminal.exit(), code);
  });
}
