import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { execBench } from "./exec.js";
import { luaBench } from "./lua.js";

const members = [
  "close",
  "flush",
  "input",
  "lines",
  "open",
  "output",
  "popen",
  "read",
  "stderr",
  "stdin",
  "stdout",
  "tmpfile",
  "type",
  "write",
];

test("the managed io has every member of the native one", async t => {
  const exec = await execBench(t);
  const names = "local t = {} for name in pairs(io) do t[#t + 1] = name end table.sort(t) return t";
  assert.deepEqual(await exec.run(names), members);
  assert.deepEqual(await (await luaBench(t)).run(names), members);
  assert.equal(await exec.run("return require('io') == io"), true);
});

test("the io of an exec is managed: it knows encodings, and raises what fails", async t => {
  const exec = await execBench(t);
  writeFileSync(join(exec.folder, "gbk"), Buffer.from([0xd6, 0xd0, 0x0a]));
  const cases: [code: string, expected: unknown][] = [
    ["local f = io.open('gbk', 'r', 'gbk') return f:read()", "中"],
    ["for line in io.lines('gbk', { encoding = 'gbk' }) do return line end", "中"],
    ["for line in io.lines('gbk', 'gbk') do return line end", "中"],
    ["return select('#', pcall(io.open, 'none')) == 2 and (pcall(io.open, 'none'))", false],
    [
      "io.open('none')",
      `error: vulcan.io.open: ENOENT: no such file or directory, open '${join(exec.folder, "none")}'`,
    ],
    [
      "io.lines('none')",
      `error: io.lines: ENOENT: no such file or directory, open '${join(exec.folder, "none")}'`,
    ],
    [
      "io.input('none')",
      `error: io.input: ENOENT: no such file or directory, open '${join(exec.folder, "none")}'`,
    ],
    ["io.input({})", "error: io.input: file must be a path or a file, got table"],
    ["io.output(1)", "error: io.output: file must be a path or a file, got integer"],
    ["io.close('x')", "error: io.close: file must be a file, got string"],
  ];
  for (const [code, expected] of cases) assert.deepEqual(await exec.run(code), expected, code);
});

test("without the capability an exec has the native io, in its own directory", async t => {
  const exec = await execBench(t, { capabilities: { managedIo: false } });
  const cases: [code: string, expected: unknown][] = [
    ["return select(3, io.open('none'))", 2],
    ["local f = io.open('file', 'w') f:write('x') f:close() return io.lines('file')()", "x"],
    ["io.output('out') io.write('y') io.close() return io.lines('out')()", "y"],
    ["io.input('file') return io.read()", "x"],
    ["io.write('printed\\n') return io.read()", undefined],
  ];
  for (const [code, expected] of cases) assert.deepEqual(await exec.run(code), expected, code);
  assert.deepEqual(readdirSync(exec.folder).sort(), [".main.lua", "file", "out"]);
  assert.deepEqual(await exec.printed("io.write('half') print('line')"), ["line", "half"]);
});

test("a skill keeps the native io", async t => {
  const bench = await luaBench(t);
  assert.equal(await bench.run("return select(3, io.open(args.folder .. '/none'))"), 2);
});

test("default files are read, written and closed", async t => {
  const exec = await execBench(t);
  const cases: [code: string, expected: unknown][] = [
    ["io.output('out') io.write('one\\n', 2, '\\n'):write('x') return io.close()", true],
    ["io.input('out') return { io.read('l', 'a') }", ["one", "2\nx"]],
    ["io.input('out') local n = 0 for line in io.lines() do n = n + 1 end return n", 3],
    ["io.input(io.open('out')) return io.read()", "one"],
    ["for line in io.lines('out', 'L') do return line end", "one\n"],
    ["for three in io.lines('out', 3) do return three end", "one"],
    ["local f = io.output('out') return io.output() == f and io.type(f)", "file"],
    ["io.output('out') io.write('a') io.flush() return vulcan.fs.read('out')", "a"],
    ["local f = io.tmpfile() f:write('x') f:seek('set') return f:read() .. io.type(f)", "xfile"],
    ["local f = io.tmpfile() f:close() return io.type(f)", "closed file"],
    ["return io.type(1) == nil and io.type({}) == nil and io.type(print) == nil", true],
  ];
  for (const [code, expected] of cases) assert.deepEqual(await exec.run(code), expected, code);
});

test("what one run sets is not there for the next", async t => {
  const exec = await execBench(t, { execPool: { maxSize: 1 } });
  assert.equal(await exec.run("io.output('out') io.write('in the file') io.close() return 1"), 1);
  assert.deepEqual(await exec.printed("io.write('printed')"), ["printed"]);
  assert.equal(readFileSync(join(exec.folder, "out"), "utf8"), "in the file");
});

test("standard output is what the exec printed, standard error is logged, standard input is empty", async t => {
  const exec = await execBench(t);
  const logged: string[] = [];
  exec.engine.on("log", ({ level, message }) => logged.push(`${level} ${message}`));
  const code = `
    io.write('a', 1, '\\n')
    print('line')
    io.stdout:write('b\\nc')
    io.stderr:write('careful\\n')`;
  assert.deepEqual(await exec.printed(code), ["a1", "line", "b", "c"]);
  assert.deepEqual(logged, ["warn [LuaSkill:stderr] careful"]);
  const cases: [code: string, expected: unknown][] = [
    ["return io.read() == nil and io.stdin:read() == nil and io.read('*a')", ""],
    ["for line in io.lines() do error('a line') end return io.input() == io.stdin", true],
    ["return { io.type(io.stdout), select(2, io.stdout:close()) }", ["file", "cannot close standard file"]],
  ];
  for (const [body, expected] of cases) assert.deepEqual(await exec.run(body), expected, body);
  const wrong = await exec.run("io.write({})");
  assert.match(String(wrong), /bad argument #1 to 'write' \(string expected, got table\)$/);
});

test("a command runs to its end, in the directory of the run, and is read as a file", async t => {
  const exec = await execBench(t);
  writeFileSync(join(exec.folder, "file"), "one\ntwo\n");
  const cat = process.platform === "win32" ? "type file" : "cat file";
  const cases: [code: string, expected: unknown][] = [
    [`local p = io.popen('${cat}') return { p:read(), p:read('a'), p:close() }`, ["one", "two\n", true]],
    [
      `local all = {} for line in io.popen('${cat}'):lines() do all[#all + 1] = line end return all`,
      ["one", "two"],
    ],
    ["local p = vulcan.io.popen('exit 3') return { p:read() == nil, p:close() }", [true, false]],
    [`return io.popen('${cat}', 'rb'):read('a')`, "one\ntwo\n"],
    [`return io.popen('${cat}', 'r', 'base64'):read('a')`, "b25lCnR3bwo="],
    [`return io.popen('${cat}', { encoding = 'bytes' }):read('l')`, "b25l"],
    [`return io.popen('${cat}', nil, { timeout_ms = 60000 }):read()`, "one"],
    [`io.popen('${cat}'):write('x')`, "error: file:write: the file is not open for writing"],
  ];
  for (const [code, expected] of cases) assert.deepEqual(await exec.run(code), expected, code);
});

const popenErrors: [args: string, problem: string | RegExp][] = [
  ["", "vulcan.io.popen: command must be a string, got nil"],
  ["' '", "vulcan.io.popen: command must not be empty"],
  ["'x', 'w'", 'vulcan.io.popen: mode must be r or rb: commands are only read from, got "w"'],
  ["'x', 5", "vulcan.io.popen: mode must be a string, got integer"],
  ["'x', 'r', 5", "vulcan.io.popen: options must be a table, got integer"],
  ["'x', 'r', 'klingon'", "vulcan.io.popen: unsupported text encoding `klingon`"],
  ["'x', { timeout_ms = 0 }", "vulcan.io.popen: timeout_ms must be a positive integer"],
  ["'x', { timeout_ms = '1' }", "vulcan.io.popen: timeout_ms must be a positive integer"],
];

test("vulcan.io.popen refuses what is wrong, and raises when the time is over", async t => {
  const bench = await luaBench(t);
  const run = (args: string) => `return vulcan.io.popen(${args})`;
  for (const [args, problem] of popenErrors) {
    assert.equal(await bench.run(run(args)), `error: ${problem}`);
    assert.equal(bench.runSync(run(args)), `error: ${problem}`);
  }
  const sleep = process.platform === "win32" ? "ping -n 30 127.0.0.1" : "sleep 30";
  const timedOut = "error: vulcan.io.popen: timed out after 50 ms";
  assert.equal(await bench.run(run(`'${sleep}', { timeout_ms = 50 }`)), timedOut);
  assert.equal(bench.runSync(run(`'${sleep}', { timeout_ms = 50 }`)), timedOut);
});

test("bytes that mean nothing in the encoding of a command are U+FFFD, and bytes themselves as bytes", {
  skip: process.platform === "win32",
}, async t => {
  const bench = await luaBench(t);
  for (const run of [bench.run, bench.runSync]) {
    assert.equal(await run("return vulcan.io.popen([[printf 'a\\377b']]):read('a')"), "a\ufffdb");
    assert.equal(
      await run("return vulcan.io.popen([[printf 'a\\377b']], 'rb'):read('a') == 'a\\255b'"),
      true,
    );
  }
});
