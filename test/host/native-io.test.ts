import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LineBuffer } from "#dist/host/io/line-buffer.js";
import { engineWith, temporaryFolder } from "../skills/skill-tree.js";
import { expectBoth, luaBench } from "./lua.js";

/** Runs code in both ways; each time exactly these messages of the skill have to reach the log. */
async function expectLogged(
  t: Parameters<typeof luaBench>[0],
  cases: [code: string, messages: [level: string, message: string][]][],
): Promise<void> {
  const bench = await luaBench(t);
  const logged: [string, string][] = [];
  bench.engine.on("log", ({ level, message, skillId }) => {
    assert.equal(skillId, "bench");
    logged.push([level, message]);
  });
  for (const [code, messages] of cases) {
    for (const run of [bench.run, bench.runSync]) {
      logged.length = 0;
      await run(code);
      assert.deepEqual(logged, messages, code);
    }
  }
}

test("what is written to standard output is logged, a line a message", async t => {
  await expectLogged(t, [
    [
      "io.write('one\\ntwo\\n')",
      [
        ["info", "[LuaSkill:stdout] one"],
        ["info", "[LuaSkill:stdout] two"],
      ],
    ],
    ["io.write('a', 1, 2.5, '\\n')", [["info", "[LuaSkill:stdout] a12.5"]]],
    ["io.stdout:write('x'):write('y\\n')", [["info", "[LuaSkill:stdout] xy"]]],
    ["io.output():write('z\\n')", [["info", "[LuaSkill:stdout] z"]]],
    [
      "io.write('\\n\\n')",
      [
        ["info", "[LuaSkill:stdout] "],
        ["info", "[LuaSkill:stdout] "],
      ],
    ],
    ["io.write('')", []],
  ]);
});

test("what is written to standard error is a warning", async t => {
  await expectLogged(t, [
    ["io.stderr:write('careful\\n')", [["warn", "[LuaSkill:stderr] careful"]]],
    [
      "io.write('a') io.stderr:write('b\\n') io.write('c\\n')",
      [
        ["warn", "[LuaSkill:stderr] b"],
        ["info", "[LuaSkill:stdout] ac"],
      ],
    ],
  ]);
});

test("a last line without an end is logged when the call ends, also when it fails", async t => {
  await expectLogged(t, [
    ["io.write('half')", [["info", "[LuaSkill:stdout] half"]]],
    ["io.write('half') error('no')", [["info", "[LuaSkill:stdout] half"]]],
    [
      "io.write('one\\nha') io.write('lf')",
      [
        ["info", "[LuaSkill:stdout] one"],
        ["info", "[LuaSkill:stdout] half"],
      ],
    ],
  ]);
});

test("the last line of a call that was killed is logged too", async t => {
  const bench = await luaBench(t);
  const messages: string[] = [];
  bench.engine.on("log", ({ message }) => messages.push(message));
  const args = { code: "io.write('started') while true do end" };
  await assert.rejects(bench.engine.call("bench-run", args, { timeoutMs: 20 }), { code: "LUA_TIMEOUT" });
  assert.deepEqual(messages, ["[LuaSkill:stdout] started"]);
});

test("a character that comes in pieces is whole in the log, and a byte that is none is U+FFFD", async t => {
  await expectLogged(t, [
    ["for byte in ('ä€'):gmatch('.') do io.write(byte) end", [["info", "[LuaSkill:stdout] ä€"]]],
    ["io.write('a\\255b\\n')", [["info", "[LuaSkill:stdout] a\ufffdb"]]],
  ]);
});

test("standard input is empty", async t => {
  const bench = await luaBench(t);
  const cases: [code: string, expected: unknown][] = [
    ["return io.read() == nil", true],
    ["return io.read('*n') == nil", true],
    ["return io.read(0) == nil", true],
    ["return { io.read('*a', 'a') }", ["", ""]],
    ["return select('#', io.read('*a', '*l', '*a'))", 2],
    ["return io.stdin:read('*l') == nil", true],
    ["for line in io.lines() do error('a line') end return 1", 1],
    ["for line in io.stdin:lines() do error('a line') end return 1", 1],
    ["return select(2, io.stdin:write('x'))", "standard input cannot be written"],
    ["return select(2, io.stdout:read())", "standard output cannot be read"],
  ];
  for (const [code, expected] of cases) await expectBoth(bench, code, expected);
});

test("the standard streams stay open, and are files", async t => {
  const bench = await luaBench(t);
  const cases: [code: string, expected: unknown][] = [
    ["return { io.type(io.stdin), io.type(io.stdout), io.type(io.stderr) }", ["file", "file", "file"]],
    ["return select(2, io.stdout:close())", "cannot close standard file"],
    ["return select(2, io.close())", "cannot close standard file"],
    ["return select(2, io.close(io.stderr))", "cannot close standard file"],
    ["return io.stdout:flush() and io.flush() and io.stdout:setvbuf('no')", true],
    ["return select(2, io.stdout:seek())", "a standard stream has no positions"],
    ["return io.output() == io.stdout and io.input() == io.stdin", true],
  ];
  for (const [code, expected] of cases) await expectBoth(bench, code, expected);
});

test("wrong arguments are named as the native library names them, at the line of the skill", async t => {
  const bench = await luaBench(t);
  const cases: [code: string, expected: RegExp][] = [
    ["io.write(nil)", /:1: bad argument #1 to 'write' \(string expected, got nil\)$/],
    ["\n io.write('a', {})", /:2: bad argument #2 to 'write' \(string expected, got table\)$/],
    ["\n io.stdout:write(print)", /:2: bad argument #1 to 'write' \(string expected, got function\)$/],
    ["io.stdin:read('*x')", /:1: bad argument #1 to 'read' \(invalid format\)$/],
    ["io.stdout.write()", /bad argument #1 to .* \(FILE\* expected, got nil\)$/],
  ];
  for (const [code, expected] of cases) await expectBoth(bench, code, expected);
});

test("files are native: formats, errors, default input and output", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  const prepare = () => writeFileSync(file, "12 words\nsecond\n\xff", "latin1");
  const open = "local f = assert(io.open(args.folder .. '/file')) ";
  const cases: [code: string, expected: unknown][] = [
    [`${open} return { f:read('*n', '*l', '*L') }`, [12, " words", "second\n"]],
    [`${open} f:seek('end', -1) return f:read(1):byte()`, 255],
    [`${open} f:close() return io.type(f)`, "closed file"],
    [
      "return select(2, io.open(args.folder .. '/none'))",
      `${join(bench.folder, "none")}: No such file or directory`,
    ],
    ["return select(3, io.open(args.folder .. '/none'))", 2],
    ["local n = 0 for line in io.lines(args.folder .. '/file') do n = n + 1 end return n", 3],
    [
      "io.input(args.folder .. '/file') local l = io.read() io.close(io.input()) io.input(io.stdin) return l",
      "12 words",
    ],
    ["io.input(args.folder .. '/file') local l = io.lines()() io.input(io.stdin) return l", "12 words"],
    ["local f = io.tmpfile() f:write('a', 1) f:seek('set') return f:read('*a')", "a1"],
    ["io.output(args.folder .. '/out') io.write('to a file') io.close() io.output(io.stdout) return 1", 1],
  ];
  for (const [code, expected] of cases) await expectBoth(bench, code, expected, prepare);
  assert.equal(readFileSync(join(bench.folder, "out"), "utf8"), "to a file");
});

test("lines come out as they went in, however they were cut, and an endless one in pieces", () => {
  const lines: string[] = [];
  const buffer = new LineBuffer(line => lines.push(line));
  for (const piece of ["on", "e\ntw", "o\n\nth", "ree"]) buffer.write(Buffer.from(piece));
  assert.deepEqual(lines, ["one", "two", ""]);
  assert.equal(buffer.isEmpty, false);
  buffer.flush();
  buffer.flush();
  assert.deepEqual(lines, ["one", "two", "", "three"]);
  assert.equal(buffer.isEmpty, true);
  lines.length = 0;
  for (let i = 0; i < 3; i++) buffer.write(Buffer.alloc(40_000, "x"));
  assert.deepEqual(
    lines.map(line => line.length),
    [80_000],
  );
});

test("default files are those of the skill that set them", async t => {
  const folder = temporaryFolder(t);
  const { engine } = await engineWith(
    t,
    {
      first: `return function(args)
        io.output(args.folder .. "/out")
        io.write("of first ")
        vulcan.call("second-run", {})
        io.write("again")
        io.close()
        return "ok"
      end`,
      second: "return function() io.write('of second\\n') return 'ok' end",
    },
    { pool: { maxSize: 1 } },
  );
  const messages: string[] = [];
  engine.on("log", ({ message }) => messages.push(message));
  await engine.call("first-run", { folder });
  await engine.call("second-run");
  assert.equal(readFileSync(join(folder, "out"), "utf8"), "of first again");
  assert.deepEqual(messages, ["[LuaSkill:stdout] of second", "[LuaSkill:stdout] of second"]);
});
