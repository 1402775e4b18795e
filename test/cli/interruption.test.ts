// Ctrl-C, and the signals that ask a command to end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { program } from "./command-line.js";
import { luaskillsOnTerminal } from "./pseudo-terminal.js";

const skills = {
  endless: "return function() print('started') while true do pcall(error) end end",
  waiting: "return function() print('started') os.execute('sleep 600') end",
};

function root(t: TestContext): string[] {
  const folder = temporaryFolder(t);
  writeSkills(folder, skills);
  return ["--root", `ROOT=${folder}`];
}

for (const name of Object.keys(skills)) {
  test(`Ctrl-C ends a call that is ${name}, with exit code 130`, async t => {
    const terminal = luaskillsOnTerminal(t, ["call", `${name}-run`, ...root(t)]);
    await terminal.waitFor("started");
    terminal.type("\x03");
    assert.equal(await terminal.exit(), 130);
    assert.equal(terminal.text.replace(/^.*started\n(\^C)?/s, ""), "");
  });
}

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  test(`${signal} ends a call, with exit code ${code}`, async t => {
    const terminal = luaskillsOnTerminal(t, ["call", "endless-run", ...root(t)]);
    await terminal.waitFor("started");
    terminal.kill(signal);
    assert.equal(await terminal.exit(), code);
  });
}

test("a second Ctrl-C ends at once what cannot be interrupted", async t => {
  const folder = temporaryFolder(t);
  const started = join(folder, "started");
  writeSkills(join(folder, "skills"), {
    // A host function would bring the call back to the JS thread, which could not hear of a signal then.
    foreign: `
      local ffi = require("ffi")
      ffi.cdef("int creat(const char *path, int mode); unsigned sleep(unsigned seconds);")
      return function() ffi.C.creat("${started}", 384) ffi.C.sleep(600) end`,
  });
  const terminal = luaskillsOnTerminal(t, ["call", "foreign-run"], { cwd: folder });
  while (!existsSync(started)) await new Promise(resolve => setTimeout(resolve, 20));
  terminal.type("\x03");
  await terminal.waitFor("ending; Ctrl-C again ends at once");
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 130);
});

test("Ctrl-C ends an exec", async t => {
  const file = join(temporaryFolder(t), "script.lua");
  // What exec prints is in its report, which never comes.
  writeFileSync(file, "io.open('started', 'w'):close() while true do end");
  const terminal = luaskillsOnTerminal(t, ["exec", file]);
  while (!existsSync(join(file, "../started"))) await new Promise(resolve => setTimeout(resolve, 20));
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 130);
  assert.doesNotMatch(terminal.text, /Runtime Execution/);
});

test("Ctrl-C ends a bench", async t => {
  const folder = temporaryFolder(t);
  writeSkills(folder, { quick: "return function() return 'x' end" });
  const args = ["bench", "quick-run", "--duration", "600000", "--root", `A=${folder}`];
  for (const mode of ["awaited", "sync"]) {
    const terminal = luaskillsOnTerminal(t, [...args, "--mode", mode, "--json"]);
    await terminal.waitFor("measuring quick-run");
    terminal.type("\x03");
    assert.equal(await terminal.exit(), 130);
  }
});

test("Ctrl-C ends a command that waits for standard input", async t => {
  const terminal = luaskillsOnTerminal(t, ["exec", "-"]);
  await terminal.waitFor("reading code from the terminal");
  terminal.enter("return 1");
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 130);
});

test("what a call has started ends with it", async t => {
  const folder = temporaryFolder(t);
  const pidFile = join(folder, "pid");
  writeSkills(join(folder, "skills"), {
    waiting: `return function() os.execute("echo $$ > '${pidFile}'; echo started; exec sleep 600") end`,
  });
  const child = spawn(process.execPath, [program, "call", "waiting-run"], { cwd: folder });
  const closed = once(child, "close");
  child.stderr.setEncoding("utf8");
  while (!existsSync(pidFile)) await new Promise(resolve => setTimeout(resolve, 20));
  child.kill("SIGTERM");
  assert.deepEqual(await closed, [143, null]);
});
