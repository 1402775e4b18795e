// luaskills repl on a pseudo-terminal.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { luaskillsOnTerminal, type PseudoTerminal, type TerminalOptions } from "./pseudo-terminal.js";

/** A repl that waits for input, in an empty folder, without history. */
async function openRepl(t: TestContext, args: string[] = [], options: TerminalOptions = {}) {
  const env = { LUASKILLS_HISTORY: "", NO_COLOR: "1", ...options.env };
  const terminal = luaskillsOnTerminal(t, ["repl", ...args], { cwd: temporaryFolder(t), ...options, env });
  await terminal.waitFor(/LuaJIT 2\.1\S*, luaskills \S+\. Ctrl-D leaves, .*\n/);
  await terminal.waitFor("> ");
  return terminal;
}

/** Types a line and waits for the prompt after what it printed. @returns what it printed */
async function say(terminal: PseudoTerminal, line: string): Promise<string> {
  terminal.enter(line);
  await terminal.waitFor(`${line}\n`);
  const answer = await terminal.waitFor(/(^|\n)> /);
  return answer.slice(0, -2);
}

async function leave(terminal: PseudoTerminal): Promise<void> {
  terminal.type("\x04");
  assert.equal(await terminal.exit(), 0);
}

test("expressions print their values, with = before them too, and statements nothing", async t => {
  const terminal = await openRepl(t);
  assert.equal(await say(terminal, "1 + 1"), "2\n");
  assert.equal(await say(terminal, "= 'a' .. 'b', nil"), '"ab"\nnil\n');
  assert.equal(await say(terminal, "x = 5"), "");
  assert.equal(await say(terminal, "x, { 1, k = x }"), "5\n{ 1, k = 5 }\n");
  assert.equal(await say(terminal, "print('printed', x)"), "printed\t5\n");
  await leave(terminal);
});

test("input that is not complete goes on in the next line", async t => {
  const terminal = await openRepl(t);
  terminal.enter("function twice(n)");
  await terminal.waitFor(/\n(\.\.\.|\|) /);
  terminal.enter("return n * 2");
  await terminal.waitFor(/\n(\.\.\.|\|) /);
  terminal.enter("end");
  await terminal.waitFor(/\n> /);
  assert.equal(await say(terminal, "twice(21)"), "42\n");
  await leave(terminal);
});

test("Ctrl-C ends what runs, whatever it is, and the state stays", async t => {
  const terminal = await openRepl(t);
  await say(terminal, "kept = 'still here'");
  for (const endless of [
    "print('run') while true do pcall(error) end",
    "print('run') os.execute('sleep 600')",
  ]) {
    terminal.enter(endless);
    await terminal.waitFor("\nrun\n");
    terminal.type("\x03");
    await terminal.waitFor("interrupted\n");
    await terminal.waitFor("> ");
    assert.equal(await say(terminal, "kept"), '"still here"\n');
  }
  await leave(terminal);
});

test("Ctrl-C ends a search that would never end", async t => {
  const terminal = await openRepl(t);
  terminal.enter("('a'):rep(600):find(('.-'):rep(9) .. 'b$')");
  await terminal.waitFor("b$')\n");
  terminal.type("\x03");
  await terminal.waitFor("interrupted\n> ");
  await leave(terminal);
});

test("Ctrl-C where nothing runs drops the input", async t => {
  const terminal = await openRepl(t);
  terminal.type("error('never typed to its end'");
  await terminal.waitFor("to its end'");
  terminal.type("\x03");
  await terminal.waitFor(/\n> /);
  assert.equal(await say(terminal, "'next'"), '"next"\n');
  await leave(terminal);
});

test("Ctrl-D ends the repl while something runs", async t => {
  const terminal = await openRepl(t);
  terminal.enter("print('run') while true do end");
  await terminal.waitFor("\nrun\n");
  await leave(terminal);
});

test("SIGTERM ends the repl, with exit code 143", async t => {
  const terminal = await openRepl(t);
  terminal.kill("SIGTERM");
  assert.equal(await terminal.exit(), 143);
});

test("errors show where they came from, and the repl goes on", async t => {
  const terminal = await openRepl(t);
  await say(terminal, "function inner() error('boom') end function outer() inner() return 1 end");
  const answer = await say(terminal, "outer()");
  assert.match(answer, /^repl:1: boom\nrepl:1: in function 'inner'\nrepl:1: in function 'outer'\n/);
  assert.equal(await say(terminal, "error('own line')"), "repl:1: own line\n");
  assert.match(await say(terminal, "x y"), /^repl:1: '=' expected near 'y'\n/);
  assert.match(await say(terminal, "error({})"), /table value/);
  await leave(terminal);
});

test("the tab key completes names of globals and members of vulcan", async t => {
  const terminal = await openRepl(t);
  terminal.type("vulcan.json.enc\t");
  await terminal.waitFor("vulcan.json.encode");
  assert.match(await say(terminal, "({ 1 })"), /"\[1\]"\n$/);
  await say(terminal, "some_long_name = 'ab'");
  terminal.type("some_l\t");
  await terminal.waitFor("some_long_name");
  terminal.type(":upp\t");
  await terminal.waitFor(":upper");
  assert.match(await say(terminal, "()"), /"AB"\n$/);
  await leave(terminal);
});

test("skills of the roots can be called, and what they print is shown", async t => {
  const root = temporaryFolder(t);
  writeSkills(root, { greeter: "return function(args) print('greeting') return 'hello ' .. args.name end" });
  const terminal = await openRepl(t, ["--root", `ROOT=${root}`]);
  const answer = await say(terminal, "vulcan.call('greeter-run', { name = 'Ann' })");
  assert.match(answer, /greeting\n"hello Ann"\n$/);
  await leave(terminal);
});

test("what was typed is there in the next session", async t => {
  const history = join(temporaryFolder(t), "state", "history");
  const env = { LUASKILLS_HISTORY: history };
  const first = await openRepl(t, [], { env });
  await say(first, "remembered = 1");
  await leave(first);
  assert.match(readFileSync(history, "utf8"), /remembered = 1/);
  const second = await openRepl(t, [], { env });
  second.type("\x1b[A");
  await second.waitFor("remembered = 1");
  second.type("\r");
  await second.waitFor("> ");
  assert.equal(await say(second, "remembered"), "1\n");
  await leave(second);
});

test("nothing is kept where LUASKILLS_HISTORY is empty", async t => {
  const home = temporaryFolder(t);
  const terminal = await openRepl(t, [], { env: { HOME: home, XDG_STATE_HOME: home } });
  await say(terminal, "1");
  await leave(terminal);
  assert.equal(existsSync(join(home, "luaskills")), false);
});

test("values are coloured on a terminal, and NO_COLOR is honoured", async t => {
  const coloured = await openRepl(t, [], { env: { NO_COLOR: undefined } });
  await say(coloured, "'green'");
  assert.ok(coloured.raw.includes('\x1b[32m"green"\x1b[39m'), coloured.raw);
  await leave(coloured);
  const plain = await openRepl(t);
  await say(plain, "'plain'");
  assert.ok(!plain.raw.includes("\x1b[32m"), plain.raw);
  await leave(plain);
});

test("a state that had to be given up is replaced by a new one, which is said", async t => {
  const terminal = await openRepl(t);
  await say(terminal, "lost = 1");
  await say(terminal, "rawset(vulcan, 'json', 1)");
  assert.match(await say(terminal, "lost"), /a new session begins/);
  assert.equal(await say(terminal, "lost"), "nil\n");
  await leave(terminal);
});

test("wide tables take several lines on a narrow terminal, and one on a wide one", async t => {
  const terminal = await openRepl(t, [], { columns: 30 });
  await say(terminal, "t = { a = 111111111, b = 222222222 }");
  assert.equal(await say(terminal, "t"), "{\n  a = 111111111,\n  b = 222222222\n}\n");
  terminal.resize(80, 30);
  await terminal.waitFor("> ");
  assert.equal(await say(terminal, "t"), "{ a = 111111111, b = 222222222 }\n");
  await leave(terminal);
});
