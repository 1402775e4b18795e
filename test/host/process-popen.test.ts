// io.popen and os.execute of skills: as the standard library has them, on the process layer.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { expectBoth, luaBench } from "./lua.js";

async function expectAll(t: TestContext, cases: [code: string, expected: unknown][]): Promise<void> {
  const bench = await luaBench(t);
  for (const [code, expected] of cases) await expectBoth(bench, code, expected);
}

/** Results as one list, nil as false. */
const listed = (expression: string) =>
  `local n, list = select('#', ${expression}), { ${expression} } for i = 1, n do list[i] = list[i] or false end return list`;

test("a pipe is a file", t =>
  expectAll(t, [
    ["return type(io.popen('true'))", "userdata"],
    ["return io.type(io.popen('true'))", "file"],
    ["local p = io.popen('true') p:close() return io.type(p)", "closed file"],
    ["return tostring(io.popen('true')):match('^file %(0x%x+%)$') ~= nil", true],
    ["local p = io.popen('true') p:close() return tostring(p)", "file (closed)"],
    ["return { io.type(io.stdout), io.type(12) == nil, io.type(newproxy()) == nil }", ["file", true, true]],
    [
      "io.popen('true') return { io.type(io.stdout), io.type(12) == nil, io.type({}) == nil }",
      ["file", true, true],
    ],
    ["return io.type()", /^error: .*bad argument #1 to '.*' \(value expected\)$/],
  ]));

test("read takes lines, everything, numbers and bytes", t =>
  expectAll(t, [
    ["return io.popen('printf \"a\\nb\\n\"'):read()", "a"],
    [
      "local p = io.popen('printf \"a\\nb\"') return { p:read('*l'), p:read('l'), p:read('*l') == nil }",
      ["a", "b", true],
    ],
    [
      "local p = io.popen('printf \"a\\n\\nb\"') return { p:read('*L'), p:read('L'), p:read('*L'), p:read('*L') == nil }",
      ["a\n", "\n", "b", true],
    ],
    [
      "local p = io.popen('printf \"a\\nb\"') return { p:read('*a'), p:read('*a'), p:read('a') }",
      ["a\nb", "", ""],
    ],
    [
      "local p = io.popen('printf abcdef') return { p:read(0), p:read(2), p:read(3), p:read(9), p:read(0) == nil, p:read(1) == nil }",
      ["", "ab", "cde", "f", true, true],
    ],
    [
      "local p = io.popen('printf \"1 -2.5e1\\n 0x10 7a\"') local a, b, c = p:read('n', 'n', '*n') return { a, b, c, p:read('*n'), p:read('*a') }",
      [1, -25, 16, 7, "a"],
    ],
    ["local p = io.popen('echo abc') return { p:read('*n') == nil, p:read('*l') }", [true, "abc"]],
    ["return { io.popen('printf \"1\\n2 rest\"'):read('*l', '*n', 1, '*a') }", ["1", 2, " ", "rest"]],
    [
      "local a, b, c = io.popen('printf \"x\\n\"'):read('*l', '*l', '*l') return { a, b == nil, c == nil }",
      ["x", true, true],
    ],
    ["return io.popen('true'):read('*l') == nil", true],
    ["return io.popen('true'):read('x')", "error: bad argument #1 to 'read' (invalid format)"],
    ["return io.popen('true'):read({})", "error: bad argument #1 to 'read' (string expected, got table)"],
    ["return io.popen('true').read()", "error: bad argument #1 to 'read' (FILE* expected, got no value)"],
    ["return io.popen('true').read({})", "error: bad argument #1 to 'read' (FILE* expected, got table)"],
  ]));

test("lines goes through a pipe, in whatever format", t =>
  expectAll(t, [
    [
      "local t = {} for line in io.popen('printf \"a\\nb\\n\\nc\"'):lines() do t[#t + 1] = line end return t",
      ["a", "b", "", "c"],
    ],
    [
      "local t = {} for a, b in io.popen('printf abcde'):lines(1, 1) do t[#t + 1] = a .. (b or '') end return t",
      ["ab", "cd", "e"],
    ],
    [
      "local t = {} for line in io.popen('printf \"a\\nb\"'):lines('*L') do t[#t + 1] = line end return t",
      ["a\n", "b"],
    ],
    [
      "local p = io.popen('echo a') local next = p:lines() p:close() return next()",
      "error: file is already closed",
    ],
    [
      "local n = 0 for line in io.popen('i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done'):lines() do assert(line == 'line ' .. n) n = n + 1 end return n",
      20000,
    ],
  ]));

test("bytes come through unchanged, whatever they are", t =>
  expectAll(t, [
    ["return io.popen([[printf 'a\\000b\\377\\200\\303']]):read('*a') == 'a\\0b\\255\\128\\195'", true],
    ["return io.popen([[printf 'ä€😀']]):read('*a')", "ä€😀"],
    ["return io.popen([[printf '\\344'; sleep 0.05; printf '\\270\\255']]):read('*a')", "中"],
    [
      "local p = io.popen([[printf '\\344\\270\\255']]) return { p:read(1) == '\\228', p:read(2) == '\\184\\173' }",
      [true, true],
    ],
    [
      `local out = args.folder .. '/out'
       local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end
       all = table.concat(all):rep(1000)
       local p = io.popen('cat > ' .. out, 'w') p:write(all) p:close()
       return { io.popen('cat ' .. out):read('*a') == all, io.open(out, 'rb'):read('*a') == all }`,
      [true, true],
    ],
  ]));

test("a megabyte is read in one piece, and in lines of a megabyte", t =>
  expectAll(t, [
    ["return #io.popen('head -c 1000000 /dev/zero'):read('*a')", 1000000],
    ["return #io.popen('head -c 1000000 /dev/zero; echo; echo b'):read('*l')", 1000000],
    ["local p = io.popen('head -c 1000000 /dev/zero') return { #p:read(999999), #p:read(10) }", [999999, 1]],
  ]));

test("a line is there while the process still runs", t =>
  expectAll(t, [
    ["local p = io.popen('echo first; sleep 60; echo second') return p:read()", "first"],
    [
      "local n = 0 for line in io.popen('yes'):lines() do n = n + 1 if n == 100000 then return line .. n end end",
      "y100000",
    ],
    [
      `local go = args.folder .. '/go' os.remove(go)
       local p = io.popen('echo ready; until [ -e ' .. go .. ' ]; do sleep 0.02; done; echo went')
       local first = p:read()
       io.open(go, 'w'):close()
       return first .. ' ' .. p:read()`,
      "ready went",
    ],
  ]));

test("close waits and tells how the process ended", t =>
  expectAll(t, [
    [listed("io.popen('exit 0'):close()"), [true, "exit", 0]],
    [listed("io.popen('exit 3'):close()"), [false, "exit", 3]],
    [listed("io.popen('kill -9 $$'):close()"), [false, "signal", 9]],
    [listed("io.popen('kill -TERM $$'):close()"), [false, "signal", 15]],
    [listed("io.popen('luaskills-no-such-program 2> /dev/null'):close()"), [false, "exit", 127]],
    [listed("io.close(io.popen('exit 3'))"), [false, "exit", 3]],
    [listed("io.popen('cat > /dev/null; exit 4', 'w'):close()"), [false, "exit", 4]],
    [listed("io.popen('exec yes'):close()"), [false, "signal", 13]],
    ["local p = io.popen('true') p:close() p:close()", "error: attempt to use a closed file"],
    ["local p = io.popen('true') io.close(p) return p:read()", "error: attempt to use a closed file"],
    ["local p = io.popen('true') p:close() return p:lines()", "error: attempt to use a closed file"],
  ]));

test("a pipe can be the default file, and standard files are what they were", t =>
  expectAll(t, [
    ["io.input(io.popen('printf \"a\\nb\\n\"')) return { io.read(), io.read('*a') }", ["a", "b\n"]],
    [
      "io.output(io.popen('cat > ' .. args.folder .. '/o', 'w')) io.write('x') io.close() return io.open(args.folder .. '/o'):read()",
      "x",
    ],
    [
      "io.popen('true') local f = io.open(args.folder .. '/f', 'w') io.close(f) return io.type(f)",
      "closed file",
    ],
  ]));

test("write goes to the process, in order, and what it prints is logged", async t => {
  const lines: string[] = [];
  const bench = await luaBench(t, { logger: (level, message) => lines.push(`${level} ${message}`) });
  const out = join(bench.folder, "out");
  const cases: [code: string, expected: unknown, written: string][] = [
    [
      "local p = io.popen('cat > ' .. args.out, 'w') local same = p:write('a', 1, 2.5) == p p:close() return same",
      true,
      "a12.5",
    ],
    ["local p = io.popen('cat > ' .. args.out, 'w') p:write('b'):write('c') return p:close()", true, "bc"],
    [
      "local p = io.popen('cat > ' .. args.out, 'w') for i = 1, 20000 do p:write(i, ',') end return (p:close())",
      true,
      Array.from({ length: 20000 }, (_, i) => `${i + 1},`).join(""),
    ],
    [
      "local p = io.popen('cat > ' .. args.out, 'w') p:write(('ä'):rep(100000)) return (p:close())",
      true,
      "ä".repeat(100000),
    ],
  ];
  for (const [code, expected, written] of cases) {
    await expectBoth(bench, code, expected, undefined, { out });
    assert.equal(readFileSync(out, "utf8"), written);
  }
  lines.length = 0;
  await expectBoth(bench, "local p = io.popen('cat', 'w') p:write('one\\ntwo') return (p:close())", true);
  assert.deepEqual(lines, Array(2).fill(["info [LuaSkill:stdout] one", "info [LuaSkill:stdout] two"]).flat());
});

test("flush and setvbuf decide when written bytes leave", t =>
  expectAll(t, [
    [
      `local file = args.folder .. '/seen' os.remove(file)
       local p = io.popen('head -c 3 > ' .. file, 'w')
       p:write('abc')
       local flushed = p:flush()
       p:close()
       return { flushed, io.open(file):read('*a') }`,
      [true, "abc"],
    ],
    [
      "local p = io.popen('cat > /dev/null', 'w') return { p:setvbuf('no'), p:setvbuf('full', 1024), p:setvbuf('line') }",
      [true, true, true],
    ],
    ["return io.popen('true'):setvbuf('x')", "error: bad argument #1 to 'setvbuf' (invalid option 'x')"],
    ["return io.popen('true'):flush()", true],
  ]));

test("what a pipe cannot do fails as it does in C", t =>
  expectAll(t, [
    [listed("io.popen('true'):write('x')"), [false, "Bad file descriptor", 9]],
    [listed("io.popen('cat > /dev/null', 'w'):read()"), [false, "Bad file descriptor", 9]],
    [listed("io.popen('true'):seek('set', 0)"), [false, "Illegal seek", 29]],
    ["return io.popen('cat > /dev/null', 'w'):lines()()", "error: Bad file descriptor"],
    [
      "return io.popen('cat > /dev/null', 'w'):write({})",
      "error: bad argument #1 to 'write' (string expected, got table)",
    ],
    [
      "return io.popen('cat > /dev/null', 'w'):write('a', nil)",
      "error: bad argument #2 to 'write' (string expected, got nil)",
    ],
    [
      "os.remove(args.folder .. '/closed') local p = io.popen('exec 0<&-; echo > ' .. args.folder .. '/closed', 'w') repeat until io.open(args.folder .. '/closed') or vulcan.process.exec('sleep 0.02') == nil return { select(2, p:write(('x'):rep(10000))) }",
      ["Broken pipe", 32],
    ],
  ]));

test("popen refuses what is no command or mode", t =>
  expectAll(t, [
    ["return io.popen()", "error: bad argument #1 to 'popen' (string expected, got no value)"],
    ["return io.popen({})", "error: bad argument #1 to 'popen' (string expected, got table)"],
    [listed("io.popen('ls', 'rw')"), [false, "ls: Invalid argument", 22]],
    [listed("io.popen('ls', '')"), [false, "ls: Invalid argument", 22]],
    ["return io.popen('echo be', 're'):read()", "be"],
    ["return io.popen('echo rb', 'rb'):read()", "rb"],
    ["return io.popen('echo \\255')", "error: io.popen: command must be a valid UTF-8 string"],
    ["return io.popen('echo \\0')", "error: io.popen: command must not contain NUL bytes"],
  ]));

test("commands run in the working directory, with empty input", async t => {
  const cwd = realpathSync(process.cwd());
  await expectAll(t, [
    ["return io.popen('pwd'):read()", cwd],
    ["return io.popen('cat'):read('*a')", ""],
    ["return os.execute('cat')", true],
  ]);
});

test("os.execute tells how the command ended, and logs what it printed", async t => {
  const lines: string[] = [];
  const bench = await luaBench(t, { logger: (level, message) => lines.push(`${level} ${message}`) });
  const cases: [code: string, expected: unknown][] = [
    ["return os.execute()", true],
    ["return os.execute(nil)", true],
    [listed("os.execute('exit 0')"), [true, "exit", 0]],
    [listed("os.execute('exit 3')"), [false, "exit", 3]],
    [listed("os.execute('kill -9 $$')"), [false, "signal", 9]],
    [listed("os.execute('luaskills-no-such-program 2> /dev/null')"), [false, "exit", 127]],
    ["return os.execute('echo \\255')", "error: os.execute: command must be a valid UTF-8 string"],
    [listed("os.execute('')"), [true, "exit", 0]],
    ["return os.execute({})", "error: bad argument #1 to 'execute' (string expected, got table)"],
  ];
  for (const [code, expected] of cases) await expectBoth(bench, code, expected);
  lines.length = 0;
  await expectBoth(bench, "return os.execute([[printf 'a\\n\\nb']])", true);
  const expected = ["info [LuaSkill:stdout] a", "info [LuaSkill:stdout] ", "info [LuaSkill:stdout] b"];
  assert.deepEqual(lines, [...expected, ...expected]);
});

test("in exec, what commands print is printed output", async t => {
  const { engine } = await luaBench(t);
  const report = await engine.execLua({ code: "os.execute('echo from the shell') print('from Lua')" });
  assert.match(report, /## Printed Output\n```text\nfrom the shell\nfrom Lua\n```/);
});

test("pipes wait inside coroutines and work below a C function", t =>
  expectAll(t, [
    ["return coroutine.wrap(function() return io.popen('echo a'):read() end)()", "a"],
    [
      "local out table.sort({ 1, 2 }, function(a, b) local p = io.popen('echo a; exit 2') out = { p:read(), select(3, p:close()) } return a < b end) return out",
      ["a", 2],
    ],
  ]));

test("a pipe that was opened below a C function can be read above it, not the other way round", async t => {
  const { run } = await luaBench(t);
  const above =
    "local p table.sort({ 1, 2 }, function(a, b) p = io.popen('echo a') end) return { p:read(), (p:close()) }";
  assert.deepEqual(await run(above), ["a", true]);
  const below =
    "local p, r = io.popen('echo a') table.sort({ 1, 2 }, function(a, b) r = p:read() end) return r";
  assert.match(String(await run(below)), /^error: io\.popen: this pipe was opened where Lua code can wait/);
});

test("a pipe that a skill keeps is gone after the call", async t => {
  const { run, runSync } = await luaBench(t);
  for (const call of [run, runSync]) {
    await call("kept = io.popen('echo a')");
    assert.equal(
      await call("return kept and kept:read() or 'another VM'"),
      "error: io.popen: the process ended with the call that started it",
    );
  }
});

test("thousands of pipes that nobody closes do not add up", async t => {
  const bench = await luaBench(t);
  const code = "local n = 0 for i = 1, 300 do n = n + #io.popen('echo ' .. i):read('*a') end return n";
  await expectBoth(bench, code, 9 * 2 + 90 * 3 + 201 * 4);
});

test("processes of skills never write to the standard output of the host", async t => {
  const skills = temporaryFolder(t);
  writeSkill(
    skills,
    "noisy",
    `return function()
       os.execute("echo execute")
       local p = io.popen("echo popen; cat", "w") p:write("written") p:close()
       vulcan.process.exec("echo exec")
       return "done"
     end`,
  );
  const program = fileURLToPath(new URL("../../../test/fixtures/process/calls.mjs", import.meta.url));
  const host = spawn(process.execPath, [program, skills, "noisy-run"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  host.stdout.on("data", chunk => {
    stdout += chunk;
  });
  assert.equal(await new Promise(resolve => host.once("close", resolve)), 0);
  assert.equal(stdout, "done\ndone\n");
});
