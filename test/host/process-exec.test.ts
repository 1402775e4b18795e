// vulcan.process.exec, row by row of its tables, in calls that wait and in synchronous ones.

import assert from "node:assert/strict";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { TextEncodings } from "#dist/host/encoding.js";
import { readExecSpec } from "#dist/host/process/exec-spec.js";
import { expectBoth, luaBench } from "./lua.js";

/** What a process that went well has, besides what a test is about. */
const plain = {
  ok: true,
  success: true,
  code: 0,
  timed_out: false,
  stdout: "",
  stderr: "",
  stdout_encoding: "utf-8",
  stderr_encoding: "utf-8",
  stdout_lossy: false,
  stderr_lossy: false,
  stdout_truncated: false,
  stderr_truncated: false,
};

const { code: _, ...noCode } = plain;
/** What one that did not end by itself has. */
const failed = { ...noCode, ok: false, success: false };

const exec = (spec: string) => `return vulcan.process.exec(${spec})`;

/** Runs each spec in both kinds of call. */
async function expectResults(t: TestContext, cases: [spec: string, expected: object][]): Promise<void> {
  const bench = await luaBench(t);
  for (const [spec, expected] of cases) await expectBoth(bench, exec(spec), expected);
}

async function expectErrors(t: TestContext, cases: [spec: string, problem: string][]): Promise<void> {
  const bench = await luaBench(t);
  for (const [spec, problem] of cases) {
    await expectBoth(bench, exec(spec), `error: process.exec: ${problem}`);
  }
}

test("exec refuses specs that are none", t =>
  expectErrors(t, [
    ["nil", "expected a string command or a table with command or program"],
    ["", "expected a string command or a table with command or program"],
    ["12", "expected a string command or a table with command or program"],
    ["true", "expected a string command or a table with command or program"],
    ["{}", "expected a string command or a table with command or program"],
    ["{'ls'}", "expected a string command or a table with command or program"],
    ["{shell='sh'}", "expected a string command or a table with command or program"],
    ["{command='ls', program='ls'}", "command and program are mutually exclusive"],
    ["''", "command must not be empty"],
    ["'  '", "command must not be empty"],
    ["'a\\0b'", "command must not contain NUL bytes"],
    ["{command=12}", "command must be a string, got integer"],
    ["{command={}}", "command must be a string, got table"],
    ["{program=''}", "program must not be empty"],
    ["{program='a\\0b'}", "program must not contain NUL bytes"],
    ["{program=true}", "program must be a string, got boolean"],
    ["'a\\255'", "command must be a valid UTF-8 string"],
    ["{command='a\\255'}", "command must be a valid UTF-8 string"],
    ["{command=print}", "command cannot be a function"],
    ["print", "expected a string command or a table with command or program"],
  ]));

test("exec takes arguments with a program only, each a scalar", t =>
  expectErrors(t, [
    ["{command='ls', args={'x'}}", "args is only supported with program mode"],
    ["{program='ls', args='x'}", "args must be a list, got string"],
    ["{program='ls', args={a='x'}}", "args must be a list, got a table with names"],
    ["{program='ls', args={'x', {}}}", "args[2] must be a string, number or boolean, got table"],
    ["{program='ls', args={'x', nil, 'y'}}", "args[2] must be a string, number or boolean, got nil"],
    ["{program='ls', args={'a\\0b'}}", "args[1] must not contain NUL bytes"],
    ["{program='ls', args={'a', '\\255'}}", "args[2] must be a valid UTF-8 string"],
    ["{program='ls', args={print}}", "args[1] cannot be a function"],
  ]));

test("exec takes a shell with a command only, and only one that is installed", async t => {
  const { run } = await luaBench(t);
  const { shells } = (await run("return vulcan.process.launchers()")) as { shells: string[] };
  await expectErrors(t, [
    ["{command='ls', shell=false}", "shell=false cannot be used with command mode"],
    ["{program='ls', shell=true}", "shell=true requires command mode"],
    ["{program='ls', shell='sh'}", "shell requires command mode"],
    ["{command='ls', shell=1}", "shell must be a boolean or the name of a shell, got integer"],
    ["{command='ls', shell='fish'}", `shell must be one of ${shells.join(", ")}, got "fish"`],
    ["{command='ls', shell='cmd'}", `shell must be one of ${shells.join(", ")}, got "cmd"`],
  ]);
});

test("exec refuses wrong types of every other field", t =>
  expectErrors(t, [
    ["{program='ls', cwd=1}", "cwd must be a string, got integer"],
    ["{program='ls', cwd=''}", "cwd must not be empty"],
    ["{program='ls', cwd=tostring({})}", "cwd looks like a coerced Lua object string"],
    ["{program='ls', env='A=1'}", "env must be a table, got string"],
    ["{program='ls', env={'A=1'}}", "env must be a table of names and values, got a list"],
    ["{program='ls', env={A={}}}", "env.A must be a string, number or boolean, got table"],
    ["{program='ls', env={A='x\\0y'}}", "env.A must not contain NUL bytes"],
    ["{program='ls', env={['A=B']='x'}}", 'env has a name that no variable can have: "A=B"'],
    ["{program='ls', env={A='\\255'}}", "env.A must be a valid UTF-8 string"],
    ["{program='ls', stdin='\\255'}", "stdin must be a valid UTF-8 string"],
    ["{program='ls', env={['']='x'}}", 'env has a name that no variable can have: ""'],
    ["{program='ls', stdin=1}", "stdin must be a string, got integer"],
    ["{program='ls', timeout_ms=0}", "timeout_ms must be a positive integer"],
    ["{program='ls', timeout_ms=-1}", "timeout_ms must be a positive integer"],
    ["{program='ls', timeout_ms=1.5}", "timeout_ms must be a positive integer"],
    ["{program='ls', timeout_ms='1'}", "timeout_ms must be a positive integer"],
    ["{program='ls', max_output_bytes=0}", "max_output_bytes must be a positive integer"],
    ["{program='ls', encoding=1}", "encoding must be a string, got integer"],
    ["{program='ls', encoding='klingon'}", "unsupported text encoding `klingon`"],
    ["{program='ls', stdout_encoding='klingon'}", "unsupported text encoding `klingon`"],
    ["{program='ls', stderr_encoding='klingon'}", "unsupported text encoding `klingon`"],
    ["{program='ls', stdin_encoding='klingon'}", "unsupported text encoding `klingon`"],
    ["{program='ls', stdin='€', stdin_encoding='latin1'}", "stdin has characters that latin1 cannot express"],
    ["{program='ls', stdin='*', encoding='bytes'}", "stdin is not valid base64"],
  ]));

test("exec runs a string in the default shell", t =>
  expectResults(t, [
    ["'echo a b; echo $((1+2)) >&2'", { ...plain, stdout: "a b\n", stderr: "3\n" }],
    ["{command='echo a | tr a b'}", { ...plain, stdout: "b\n" }],
    ["{command='echo a', shell=true}", { ...plain, stdout: "a\n" }],
    ["{command='echo a', args={}}", { ...plain, stdout: "a\n" }],
  ]));

test("exec runs a command in each shell that launchers offers, the default one first", async t => {
  const bench = await luaBench(t);
  const offered = (await bench.run("return vulcan.process.launchers()")) as {
    default: string;
    shells: string[];
  };
  assert.equal(offered.default, "sh");
  assert.equal(offered.shells[0], "sh");
  for (const shell of offered.shells) {
    // The files that a login shell reads may print what they like to standard error.
    const code = `local r = vulcan.process.exec{command='echo it runs', shell='${shell}'} return { r.stdout, r.code }`;
    await expectBoth(bench, code, ["it runs\n", 0]);
  }
});

test("exec gives a program its arguments as they are, scalars as text", t =>
  expectResults(t, [
    ["{program='echo', args={'a  b', '$HOME', '*'}}", { ...plain, stdout: "a  b $HOME *\n" }],
    [
      "{program='echo', args={1, 2.5, true, -0.1, 1e15}}",
      { ...plain, stdout: "1 2.5 true -0.1 1000000000000000\n" },
    ],
    ["{program='echo', args={'', 'x'}}", { ...plain, stdout: " x\n" }],
    ["{program='echo', args={}, shell=false}", { ...plain, stdout: "\n" }],
    ["{program='echo'}", { ...plain, stdout: "\n" }],
    ["{program='printf', args={'%s', 'ä€😀'}}", { ...plain, stdout: "ä€😀" }],
  ]));

test("exec runs in cwd, relative to the working directory", async t => {
  const bench = await luaBench(t);
  const inner = join(realpathSync(bench.folder), "inner");
  mkdirSync(inner);
  await expectBoth(bench, exec("{command='pwd', cwd=args.folder .. '/inner'}"), {
    ...plain,
    stdout: `${inner}\n`,
  });
  const cwd = realpathSync(process.cwd());
  await expectBoth(bench, exec("'pwd'"), { ...plain, stdout: `${cwd}\n` });
  await expectBoth(bench, exec("{command='pwd', cwd='test'}"), {
    ...plain,
    stdout: `${join(cwd, "test")}\n`,
  });
});

test("a relative cwd hangs off the directory of the VM", () => {
  const encodings = new TextEncodings();
  const folder = (spec: object) =>
    readExecSpec({ program: "ls", ...spec }, "/vm/dir", encodings).plan.launch.cwd;
  assert.equal(folder({}), "/vm/dir");
  assert.equal(folder({ cwd: "a/b" }), "/vm/dir/a/b");
  assert.equal(folder({ cwd: "../a" }), "/vm/dir/../a");
  assert.equal(folder({ cwd: "/other" }), "/other");
});

test("exec adds env to what it inherits", async t => {
  process.env.LUASKILLS_INHERITED = "from the host";
  process.env.LUASKILLS_REPLACED = "from the host";
  t.after(() => {
    delete process.env.LUASKILLS_INHERITED;
    delete process.env.LUASKILLS_REPLACED;
  });
  const show = "echo $LUASKILLS_INHERITED, $LUASKILLS_REPLACED, $N, $B, $E.";
  await expectResults(t, [
    [
      `{command='${show}', env={LUASKILLS_REPLACED='new', N=1.5, B=true, E=''}}`,
      { ...plain, stdout: "from the host, new, 1.5, true, .\n" },
    ],
    [`{command='${show}', env={}}`, { ...plain, stdout: "from the host, from the host, , , .\n" }],
  ]);
});

test("exec gives stdin to the process; absent, it is empty", t =>
  expectResults(t, [
    ["{program='cat', stdin='a\\0ä\\n'}", { ...plain, stdout: "a\0ä\n" }],
    ["{program='cat', stdin=''}", plain],
    ["{program='cat'}", plain],
    ["{command='head -c 3', stdin=('x'):rep(1000000)}", { ...plain, stdout: "xxx" }],
  ]));

test("the streams of a process are pipes, which shells can open by name", t =>
  expectResults(t, [
    [
      "{command='cat /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr', stdin='in '}",
      { ...plain, stdout: "in out\n", stderr: "err\n" },
    ],
  ]));

test("a process that ends badly is a result, never an error", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "data"), "no program");
  const rows: [spec: string, expected: object][] = [
    ["'exit 0'", plain],
    ["'echo x; exit 3'", { ...failed, stdout: "x\n", code: 3, error: "process exited with code 3" }],
    ["'kill -9 $$'", { ...failed, error: "process terminated without an exit code" }],
    ["'kill -TERM $$'", { ...failed, error: "process terminated without an exit code" }],
    ["'exit 255'", { ...failed, code: 255, error: "process exited with code 255" }],
  ];
  for (const [spec, expected] of rows) await expectBoth(bench, exec(spec), expected);
  const missing: [spec: string, reason: string][] = [
    [
      "{program='luaskills-no-such-program'}",
      "luaskills-no-such-program: no such file or directory (ENOENT)",
    ],
    [
      "{program='ls', cwd='/no/such/dir'}",
      "working directory /no/such/dir: no such file or directory (ENOENT)",
    ],
    ["{program=args.folder .. '/data'}", `${join(bench.folder, "data")}: permission denied (EACCES)`],
    ["{program='echo', args={('x'):rep(300000)}}", "echo: argument list too long (E2BIG)"],
  ];
  for (const [spec, reason] of missing) {
    const error = `failed to spawn process: ${reason}`;
    await expectBoth(bench, exec(spec), { ...failed, stderr: error, error });
  }
});

test("a timeout ends the process, and says so in error and on a line of stderr", t => {
  const error = "process execution timed out after 100 ms";
  const late = { ...failed, timed_out: true, error };
  return expectResults(t, [
    ["{command='exec sleep 60', timeout_ms=100}", { ...late, stderr: error }],
    ["{command='trap \"\" TERM INT; sleep 60; sleep 60', timeout_ms=100}", { ...late, stderr: error }],
    ["{command='echo quick', timeout_ms=60000}", { ...plain, stdout: "quick\n" }],
    ["{command='echo quick', timeout_ms=2^40}", { ...plain, stdout: "quick\n" }],
  ]);
});

test("a timeout keeps what was printed before", t => {
  const error = "process execution timed out after 1000 ms";
  const late = { ...failed, timed_out: true, error };
  return expectResults(t, [
    [
      "{command='echo out; echo err >&2; sleep 60', timeout_ms=1000}",
      { ...late, stdout: "out\n", stderr: `err\n${error}` },
    ],
    ["{command='printf part >&2; sleep 60', timeout_ms=1000}", { ...late, stderr: `part\n${error}` }],
  ]);
});

test("exec decodes and encodes with the labels it is given", t => {
  const gbk = { stdout_encoding: "gbk", stderr_encoding: "gbk" };
  return expectResults(t, [
    ["{command=[[printf '\\326\\320']], encoding='gbk'}", { ...plain, ...gbk, stdout: "中" }],
    ["{program='cat', stdin='中', encoding='cp936'}", { ...plain, ...gbk, stdout: "中" }],
    [
      "{program='cat', stdin='中', stdin_encoding='gbk', stdout_encoding='base64'}",
      { ...plain, stdout_encoding: "base64", stdout: "1tA=" },
    ],
    [
      "{command='cat; echo x >&2', stdin='/wA=', encoding='bytes', stderr_encoding='latin1'}",
      { ...plain, stdout_encoding: "bytes", stdout: "/wA=", stderr_encoding: "latin1", stderr: "x\n" },
    ],
    [
      "{command=[[printf '\\344' >&2]], stderr_encoding='latin1'}",
      { ...plain, stderr_encoding: "latin1", stderr: "ä" },
    ],
    ["{command='echo a', encoding='system'}", { ...plain, stdout: "a\n" }],
  ]);
});

test("what cannot be decoded is marked lossy and comes as base64 too", t =>
  expectResults(t, [
    [
      "{command=[[printf 'a\\377'; printf '\\200' >&2]]}",
      {
        ...plain,
        stdout: "a\uFFFD",
        stdout_lossy: true,
        stdout_base64: "Yf8=",
        stderr: "\uFFFD",
        stderr_lossy: true,
        stderr_base64: "gA==",
      },
    ],
    [
      "{command=[[printf '\\326']], stdout_encoding='gbk'}",
      { ...plain, stdout_encoding: "gbk", stdout: "\uFFFD", stdout_lossy: true, stdout_base64: "1g==" },
    ],
  ]));

test("the host chooses the encoding that counts when a spec names none", async t => {
  const bench = await luaBench(t, { defaultTextEncoding: "latin1" });
  const expected = { ...plain, stdout_encoding: "latin1", stderr_encoding: "latin1", stdout: "ä" };
  await expectBoth(bench, exec("{command='cat', stdin='ä'}"), expected);
});

test("output beyond max_output_bytes is dropped, marked, and the process goes on", t =>
  expectResults(t, [
    ["{command='printf 12345', max_output_bytes=5}", { ...plain, stdout: "12345" }],
    ["{command='printf 123456', max_output_bytes=5}", { ...plain, stdout: "12345", stdout_truncated: true }],
    [
      "{command='printf 12 >&2; head -c 3000000 /dev/zero; printf 345 >&2; exit 7', max_output_bytes=4}",
      {
        ...plain,
        ok: false,
        success: false,
        code: 7,
        error: "process exited with code 7",
        stdout: "\0\0\0\0",
        stdout_truncated: true,
        stderr: "1234",
        stderr_truncated: true,
      },
    ],
  ]));

test("by default 16 MiB of each stream are kept", async t => {
  const bench = await luaBench(t);
  const code = `local r = vulcan.process.exec("head -c 17000000 /dev/zero | tr '\\\\0' x")
    return { #r.stdout, r.stdout_truncated, r.code }`;
  await expectBoth(bench, code, [16 * 1024 * 1024, true, 0]);
});

test("unknown fields are ignored", t =>
  expectResults(t, [
    [
      "{command='echo a', priority=3, user={}, on_line=print, [1]='\\255', stdin=vulcan.json.null}",
      { ...plain, stdout: "a\n" },
    ],
  ]));

test("exec waits inside coroutines, and answers below a C function", async t => {
  const bench = await luaBench(t);
  const inCoroutine = "return coroutine.wrap(function() return vulcan.process.exec('echo a').stdout end)()";
  await expectBoth(bench, inCoroutine, "a\n");
  const inComparator =
    "local out table.sort({ 1, 2 }, function(a, b) out = vulcan.process.exec('echo a').stdout return a < b end) return out";
  await expectBoth(bench, inComparator, "a\n");
});

test("processes of many calls run at once, without a thread each", async t => {
  const bench = await luaBench(t);
  const waiting = Array.from({ length: 24 }, () =>
    bench.run(
      "return vulcan.process.exec{command='until [ -e go ]; do sleep 0.02; done; echo went', cwd=args.folder}.stdout",
    ),
  );
  assert.equal(await bench.run("return vulcan.process.exec{command='touch go', cwd=args.folder}.code"), 0);
  assert.deepEqual(await Promise.all(waiting), Array(24).fill("went\n"));
});

test("which finds a program as the system would, or nil", async t => {
  const bench = await luaBench(t);
  const { stdout } = (await bench.run(exec("{command='command -v ls'}"))) as { stdout: string };
  const cases: [argument: string, expected: unknown][] = [
    ["'ls'", stdout.trim()],
    ["'luaskills-no-such-program'", undefined],
    [`'${stdout.trim()}'`, stdout.trim()],
    ["args.folder", undefined],
    ["'./package.json'", undefined],
    ["''", "error: process.which: program must not be empty"],
    ["nil", "error: process.which: program must be a string, got nil"],
    ["{}", "error: process.which: program must be a string, got table"],
    ["'a\\0b'", "error: process.which: program must not contain NUL bytes"],
  ];
  for (const [argument, expected] of cases) {
    await expectBoth(bench, `return vulcan.process.which(${argument})`, expected);
  }
});

test("vulcan.os.info says where the skill runs", async t => {
  const bench = await luaBench(t);
  const info = (await bench.run("return vulcan.os.info()")) as { os: string; arch: string };
  assert.deepEqual(Object.keys(info), ["arch", "os"]);
  await expectBoth(bench, "return vulcan.os.info()", info);
});

test("an unknown default encoding is an error when the engine is made", async t => {
  await assert.rejects(
    luaBench(t, { defaultTextEncoding: "klingon" }),
    /unsupported text encoding `klingon`/,
  );
});
