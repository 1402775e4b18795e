// vulcan.process.session, row by row.

import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { luaBench } from "./lua.js";

/** What a read that found nothing special has. */
const plain = {
  stdout: "",
  stderr: "",
  stdout_encoding: "utf-8",
  stderr_encoding: "utf-8",
  stdout_lossy: false,
  stderr_lossy: false,
  stdout_truncated: false,
  stderr_truncated: false,
  timed_out: false,
};

const patient = "timeout_ms=60000";

/** Runs code in which `open` opens a session on a shell command, with further fields of its spec if need be. */
async function sessionBench(t: TestContext) {
  const bench = await luaBench(t);
  const prelude = `
    local function open(command, spec)
      spec = spec or {}
      spec.program, spec.args = "sh", { "-c", command }
      return vulcan.process.session.open(spec)
    end `;
  return { ...bench, run: (code: string, args?: Record<string, unknown>) => bench.run(prelude + code, args) };
}

async function expectAll(t: TestContext, cases: [code: string, expected: unknown][]): Promise<void> {
  const { run } = await sessionBench(t);
  for (const [code, expected] of cases) assert.deepEqual(await run(code), expected, code);
}

const open = "process.session.open:";

test("open refuses what is no spec", t =>
  expectAll(t, [
    ["return vulcan.process.session.open()", `error: ${open} spec must be a table, got nil`],
    ["return vulcan.process.session.open('sh')", `error: ${open} spec must be a table, got string`],
    ["return vulcan.process.session.open{}", `error: ${open} program must be a string, got nil`],
    ["return vulcan.process.session.open{command='ls'}", `error: ${open} program must be a string, got nil`],
    ["return vulcan.process.session.open{program=' '}", `error: ${open} program must not be empty`],
    [
      "return vulcan.process.session.open{program='a\\0'}",
      `error: ${open} program must not contain NUL bytes`,
    ],
    ["return open('', {cwd=1})", `error: ${open} cwd must be a string, got integer`],
    [
      "return vulcan.process.session.open{program='\\255'}",
      `error: ${open} program must be a valid UTF-8 string`,
    ],
    ["return open('', {encoding='x'})", `error: ${open} unsupported text encoding \`x\``],
    ["return open('', {stdin_encoding='x'})", `error: ${open} unsupported text encoding \`x\``],
    [
      "return open('', {buffer_limit_bytes=0})",
      `error: ${open} buffer_limit_bytes must be a positive integer`,
    ],
    [
      "return vulcan.process.session.open{program='sh', args={'-c', 1}}",
      `error: ${open} args[2] must be a string, got integer`,
    ],
    [
      "return vulcan.process.session.open{program='sh', args='x'}",
      `error: ${open} args must be a list, got string`,
    ],
    [
      "return vulcan.process.session.open{program='luaskills-no-such-program'}",
      `error: ${open} failed to spawn process: luaskills-no-such-program: no such file or directory (ENOENT)`,
    ],
    [
      "return open('', {cwd='/no/such/dir'})",
      `error: ${open} failed to spawn process: working directory /no/such/dir: no such file or directory (ENOENT)`,
    ],
  ]));

test("methods refuse wrong arguments", t =>
  expectAll(t, [
    ["return open('cat'):read(1)", "error: process.session.read: options must be a table, got integer"],
    [
      "return open('cat'):read{timeout_ms=-1}",
      "error: process.session.read: timeout_ms must be a non-negative integer",
    ],
    [
      "return open('cat'):read{max_bytes=0}",
      "error: process.session.read: max_bytes must be a positive integer",
    ],
    [
      "return open('cat'):read{until_text=1}",
      "error: process.session.read: until_text must be a string, got integer",
    ],
    ["return open('cat'):read{until_text=''}", "error: process.session.read: until_text must not be empty"],
    ["return open('cat'):write()", "error: process.session.write: text must be a string, got nil"],
    [
      "return open('cat'):write('a', '\\255')",
      "error: process.session.write: text must be a valid UTF-8 string",
    ],
    ["return open('cat'):write(print)", "error: process.session.write: text must be a string, got function"],
    ["return open('cat'):write({})", "error: process.session.write: text must be a string, got table"],
    [
      "return open('cat', {stdin_encoding='latin1'}):write('€')",
      "error: process.session.write: text has characters that latin1 cannot express",
    ],
    [
      "return open('cat', {stdout_encoding='latin1'}):read{until_text='€'}",
      "error: process.session.read: until_text has characters that latin1 cannot express",
    ],
    [
      "return open('cat'):close{timeout_ms='1'}",
      "error: process.session.close: timeout_ms must be a non-negative integer",
    ],
    [
      "return open('cat').read()",
      "error: process.session.read: call it as a method of a session, session:read(...)",
    ],
    [
      "return open('cat').write('x')",
      "error: process.session.write: call it as a method of a session, session:write(...)",
    ],
  ]));

test("a session is userdata with its methods, and nothing else can be reached or changed", t =>
  expectAll(t, [
    ["return type(open('cat'))", "userdata"],
    ["return tostring(open('cat')):match('^process session %d+$') ~= nil", true],
    ["return getmetatable(open('cat'))", false],
    [
      "local s = open('cat') return select(2, pcall(function() s.read = 1 end)):match('attempt to index .*')",
      "attempt to index upvalue 's' (a userdata value)",
    ],
  ]));

test("a session answers what it is told", t =>
  expectAll(t, [
    [
      `local s = open("while read line; do echo \\"<$line>\\"; done")
       local first = s:write("one\\n") and s:read{until_text="<one>\\n", ${patient}}
       s:write("two ", 2, " ", true, "\\n")
       return { first, s:read{until_text="<two 2 true>\\n", ${patient}} }`,
      [
        { ...plain, stdout: "<one>\n" },
        { ...plain, stdout: "<two 2 true>\n" },
      ],
    ],
    [
      `local s = open("cat >&2") s:write("err") return s:read{until_text="err", ${patient}}`,
      { ...plain, stderr: "err" },
    ],
  ]));

test("read takes what is there and leaves nothing for the next one", t =>
  expectAll(t, [
    [
      `local s = open("printf abc; printf def >&2; read x; printf ghi")
       local out, err = "", ""
       repeat
         local r = s:read{${patient}}
         out, err = out .. r.stdout, err .. r.stderr
       until out == "abc" and err == "def"
       local none = s:read{timeout_ms=0}
       s:write("\\n")
       local rest = s:read{${patient}}
       return { none.stdout .. none.stderr, none.timed_out, rest.stdout, rest.timed_out }`,
      ["", true, "ghi", false],
    ],
  ]));

test("read ends as soon as there is something, at the end of output, and otherwise after timeout_ms", t =>
  expectAll(t, [
    [`return open("echo a; sleep 60"):read{${patient}}`, { ...plain, stdout: "a\n" }],
    [`return open("exit 1"):read{${patient}}`, plain],
    [`return open("sleep 60"):read()`, { ...plain, timed_out: true }],
    [`return open("sleep 60"):read{timeout_ms=0}`, { ...plain, timed_out: true }],
    [
      `return open("echo a; sleep 60"):read{until_text="b", timeout_ms=1000}`,
      { ...plain, stdout: "a\n", timed_out: true },
    ],
    [`return open("echo a"):read{until_text="b", ${patient}}`, { ...plain, stdout: "a\n" }],
  ]));

test("until_text is found across the pieces in which it arrives, on either stream", t =>
  expectAll(t, [
    [
      `return open("printf 'pro'; sleep 0.05; printf 'mpt> '; sleep 60"):read{until_text="prompt> ", ${patient}}.stdout`,
      "prompt> ",
    ],
    [
      `return open("printf 'pro' >&2; sleep 0.05; printf 'mpt> ' >&2; sleep 60"):read{until_text="prompt> ", ${patient}}.stderr`,
      "prompt> ",
    ],
  ]));

test("max_bytes bounds what one read takes of each stream, and ends the wait for until_text", t =>
  expectAll(t, [
    [
      `local s = open("printf 0123456789; printf abcdef >&2")
       local out, err = {}, {}
       repeat
         local r = s:read{max_bytes=4, ${patient}}
         if r.stdout ~= "" then out[#out + 1] = r.stdout end
         if r.stderr ~= "" then err[#err + 1] = r.stderr end
       until r.stdout .. r.stderr == ""
       return { out, err }`,
      [
        ["0123", "4567", "89"],
        ["abcd", "ef"],
      ],
    ],
    [
      `return open("printf 0123456789; sleep 60"):read{until_text="x", max_bytes=10, ${patient}}.timed_out`,
      false,
    ],
  ]));

test("characters stay whole across reads and across the pieces in which they arrive", t =>
  expectAll(t, [
    [
      `local s = open("printf '\\\\344\\\\270'; sleep 0.1; printf '\\\\255!'; sleep 60")
       return s:read{${patient}}`,
      { ...plain, stdout: "中!" },
    ],
    [
      `local s = open("printf 'a中b'; sleep 60")
       local parts = {}
       for i = 1, 3 do parts[i] = s:read{max_bytes=2, ${patient}}.stdout end
       return parts`,
      ["a", "中", "b"],
    ],
    [
      `local s = open("printf '\\\\326'; sleep 0.1; printf '\\\\320'; sleep 60", {encoding="gbk"})
       return s:read{until_text="中", ${patient}}.stdout`,
      "中",
    ],
    [`return open("printf '\\\\344\\\\270'"):read{${patient}}.stdout_base64`, "5Lg="],
  ]));

test("each stream has its encoding, and what cannot be decoded comes as base64 too", t =>
  expectAll(t, [
    [
      `local s = open("cat; printf '\\\\344' >&2", {encoding="gbk", stderr_encoding="latin1", stdin_encoding="bytes"})
       s:write("1tA=") s:close()
       return s:read{until_text="never", ${patient}}`,
      { ...plain, stdout: "中", stdout_encoding: "gbk", stderr: "ä", stderr_encoding: "latin1" },
    ],
    [
      `return open("printf 'a\\\\377'"):read{until_text="never", ${patient}}`,
      { ...plain, stdout: "a\uFFFD", stdout_lossy: true, stdout_base64: "Yf8=" },
    ],
    [
      `return open("printf '\\\\377\\\\000'", {stdout_encoding="base64"}):read{until_text="never", ${patient}}`,
      { ...plain, stdout: "/wA=", stdout_encoding: "base64" },
    ],
  ]));

test("a full buffer drops the oldest bytes and says so", t =>
  expectAll(t, [
    [
      `local s = open("printf 0123456789; sleep 60", {buffer_limit_bytes=4})
       local r = s:read{until_text="6789", ${patient}}
       return { r.stdout, r.stdout_truncated, r.stderr_truncated, s:read{timeout_ms=0}.stdout_truncated }`,
      ["6789", true, false, false],
    ],
    [
      `local s = open("head -c 3000000 /dev/zero; echo end")
       s:read{until_text="end", ${patient}, max_bytes=2000000}
       return s:close().code`,
      0,
    ],
  ]));

test("status tells how it is, and how it ended", t =>
  expectAll(t, [
    [`return open("sleep 60"):status()`, { running: true, exited: false }],
    [
      `local s = open("exit 3") s:read{${patient}} s:close() return s:status()`,
      { running: false, exited: true, success: false, code: 3 },
    ],
    [
      `local s = open("exit 0") s:close() return s:status()`,
      { running: false, exited: true, success: true, code: 0 },
    ],
    [
      `local s = open("kill -9 $$") s:close() return s:status()`,
      { running: false, exited: true, success: false },
    ],
  ]));

test("close ends the input, waits, and returns the status; a process that stays is killed", t =>
  expectAll(t, [
    [
      `return open("cat > /dev/null; exit 4"):close()`,
      { running: false, exited: true, success: false, code: 4 },
    ],
    [
      `return open("trap '' TERM; sleep 60; :"):close{timeout_ms=50}`,
      { running: false, exited: true, success: false },
    ],
    [
      `local s = open("cat") s:close() return s:close()`,
      { running: false, exited: true, success: true, code: 0 },
    ],
    [`local s = open("cat") s:close() return s:write("x")`, "error: process.session.write: stdin is closed"],
    [
      `local s = open("cat") s:write("left") s:close() return s:read{${patient}}`,
      { ...plain, stdout: "left" },
    ],
  ]));

test("write to a process that has ended says that stdin is closed", t =>
  expectAll(t, [
    [
      `local s = open("exit 0") s:read{${patient}} return s:write(("x"):rep(1000000))`,
      "error: process.session.write: stdin is closed",
    ],
  ]));

test("kill ends it at once and returns true", t =>
  expectAll(t, [
    [
      `local s = open("sleep 60") return { s:kill(), s:kill(), s:status() }`,
      [true, true, { running: false, exited: true, success: false }],
    ],
  ]));

test("a session runs in its cwd", async t => {
  const { run, folder } = await sessionBench(t);
  const code = `return open("pwd", {cwd=args.folder}):read{${patient}}.stdout`;
  assert.equal(await run(code), `${realpathSync(folder)}\n`);
});

test("several sessions of one call do not mix", t =>
  expectAll(t, [
    [
      `local a, b = open("cat"), open("cat")
       a:write("to a") b:write("to b")
       return { b:read{until_text="to b", ${patient}}.stdout, a:read{until_text="to a", ${patient}}.stdout }`,
      ["to b", "to a"],
    ],
  ]));

test("a session that a skill keeps is gone after the call", async t => {
  const { run } = await sessionBench(t);
  await run("kept = open('cat')");
  for (const method of ["read", "status", "close", "kill"]) {
    assert.equal(
      await run(`return kept and kept:${method}()`),
      `error: process.session.${method}: the session ended with its call`,
    );
  }
});

test("a session has no synchronous form, and says so", async t => {
  const bench = await luaBench(t);
  const openCat = "return vulcan.process.session.open{program='cat'}";
  const problem = /^error: process\.session\.open: a session needs code that can wait/;
  assert.match(String(bench.runSync(openCat)), problem);
  const below = `local s table.sort({ 1, 2 }, function(a, b) s = vulcan.process.session.open{program='cat'} end)`;
  assert.match(String(await bench.run(below)), problem);
});

test("sessions of many calls run at once, without a thread each", async t => {
  const { run } = await sessionBench(t);
  const answers = Array.from({ length: 16 }, (_, i) =>
    run(
      `local s = open("cat")
       for i = 1, 20 do
         s:write(args.i .. ":" .. i .. ";")
         local text = ""
         repeat text = text .. s:read{${patient}}.stdout until text:find(";", 1, true)
         if text ~= args.i .. ":" .. i .. ";" then return text end
       end
       return s:close().code`,
      { i },
    ),
  );
  assert.deepEqual(await Promise.all(answers), Array(16).fill(0));
});
