import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder, writeSkill, writeSkills } from "../skills/skill-tree.js";
import { luaskills, program } from "./command-line.js";

const typed = `name: Typed
version: 1.0.0
entries:
  - name: echo
    description: Gives back its arguments.
    lua_entry: runtime/echo.lua
    lua_module: typed_echo
    parameters:
      - { name: count, type: integer, description: A count. }
      - { name: ratio, type: number, description: A ratio. }
      - { name: deep, type: boolean, description: A flag. }
      - { name: list, type: array, description: A list. }
`;

function root(t: TestContext): string {
  const folder = temporaryFolder(t);
  writeSkill(folder, "typed", {
    "skill.yaml": typed,
    "runtime/echo.lua": "return function(args) return vulcan.json.encode(args) end",
  });
  writeSkills(folder, {
    failing: "return function() error('out of luck') end",
    endless: "return function() while true do end end",
    chatty: "return function() print('working') return 'done\\n', 'page' end",
  });
  return `ROOT=${folder}`;
}

test("list prints a table of entries", async t => {
  const { code, out, err } = await luaskills(["list", "--root", root(t)]);
  assert.equal(err, "");
  assert.equal(
    out,
    [
      "NAME         ROOT  DESCRIPTION",
      "chatty-run   ROOT",
      "endless-run  ROOT",
      "failing-run  ROOT",
      "typed-echo   ROOT  Gives back its arguments.",
      "",
    ].join("\n"),
  );
  assert.equal(code, 0);
});

test("list --json prints the descriptors", async t => {
  const { code, out } = await luaskills(["list", "--json", "--root", root(t)]);
  const entries = JSON.parse(out);
  assert.deepEqual(
    entries.map((entry: { canonicalName: string }) => entry.canonicalName),
    ["chatty-run", "endless-run", "failing-run", "typed-echo"],
  );
  assert.equal(entries[3].inputSchema.properties.count.type, "integer");
  assert.equal(code, 0);
});

test("list tells on the error stream what was not loaded or skipped", async t => {
  const folder = temporaryFolder(t);
  writeSkills(folder, { broken: "x x", off: { "skill.yaml": "name: o\nversion: 1.0.0\nenable: false\n" } });
  const { code, out, err } = await luaskills(["list", "--root", `A=${folder}`]);
  assert.equal(out, "");
  assert.match(err, /skill broken was not loaded: entry run: /);
  assert.match(err, /skill off was skipped: disabled in skill\.yaml/);
  assert.match(err, /no skills found/);
  assert.equal(code, 0);
});

test("without --root the skills of the runtime root count, else those in ./skills", async t => {
  const folder = temporaryFolder(t);
  writeSkills(join(folder, "skills"), {
    same: "return function() return vulcan.runtime.temp_dir or 'here' end",
  });
  assert.equal((await luaskills(["call", "same-run"], { cwd: folder })).out, "here\n");
  const given = await luaskills(["call", "same-run", "--runtime-root", folder]);
  assert.equal(given.out, `${join(folder, "temp")}\n`);
});

test("global options stand before or after the command", async t => {
  const [first, second] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(first, { one: "return function() return '1' end" });
  writeSkills(second, { two: "return function() return '2' end" });
  const { out } = await luaskills(["--root", `A=${first}`, "list", "--root", `B=${second}`, "--json"]);
  const names = JSON.parse(out).map((entry: { rootName: string }) => entry.rootName);
  assert.deepEqual(names, ["A", "B"]);
});

test("a wrong command line under --json is a JSON error with a hint", async () => {
  const { code, err } = await luaskills(["lst", "--json"]);
  const error = { code: "USAGE", message: "unknown command 'lst'", hint: "did you mean list?" };
  assert.deepEqual(JSON.parse(err), { error });
  assert.equal(code, 2);
});

test("in the folder of a skill the missing root is pointed out", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "skill.yaml"), "");
  const { code, err } = await luaskills(["list"], { cwd: folder });
  assert.match(err, /hint: this folder is a skill: .*--root ROOT=\.\./);
  assert.equal(code, 2);
});

test("several roots form a chain in the order given", async t => {
  const [first, second] = [temporaryFolder(t), temporaryFolder(t)];
  writeSkills(first, { same: "return function() return 'first' end" });
  writeSkills(second, { same: "return function() return 'second' end" });
  const { out } = await luaskills(["call", "same-run", "--root", `A=${first}`, "--root", `B=${second}`]);
  assert.equal(out, "first\n");
});

test("call prints the content and converts --arg to the declared types", async t => {
  const args = ["count=3", "ratio=0.5", "deep=true", "list=[1,2]", "free=12", "text=a=b"];
  const { code, out, err } = await luaskills([
    "call",
    "typed-echo",
    ...args.flatMap(arg => ["--arg", arg]),
    "--root",
    root(t),
  ]);
  assert.equal(err, "");
  assert.equal(out, '{"count":3,"deep":true,"free":"12","list":[1,2],"ratio":0.5,"text":"a=b"}\n');
  assert.equal(code, 0);
});

test("call takes arguments as JSON, from a file and from standard input, and --arg overrides them", async t => {
  const file = join(temporaryFolder(t), "args.json");
  writeFileSync(file, '{"a":1,"b":2}');
  const roots = ["--root", root(t)];
  assert.equal((await luaskills(["call", "typed-echo", "--args", '{"a":1}', ...roots])).out, '{"a":1}\n');
  assert.equal((await luaskills(["call", "typed-echo", "--args", "[1,2]", ...roots])).out, "[1,2]\n");
  assert.equal(
    (await luaskills(["call", "typed-echo", "--args-file", file, ...roots])).out,
    '{"a":1,"b":2}\n',
  );
  assert.equal(
    (await luaskills(["call", "typed-echo", "--args-file", "-", ...roots], { input: '{"c":3}' })).out,
    '{"c":3}\n',
  );
  assert.equal(
    (await luaskills(["call", "typed-echo", "--args", "-", ...roots], { input: "[3]" })).out,
    "[3]\n",
  );
  const merged = await luaskills(["call", "typed-echo", "--args-file", file, "--arg", "b=x", ...roots]);
  assert.equal(merged.out, '{"a":1,"b":"x"}\n');
});

test("call --json prints the whole result, and what a skill prints as JSON lines on the error stream", async t => {
  const { code, out, err } = await luaskills(["call", "chatty-run", "--json", "--root", root(t)]);
  assert.deepEqual(JSON.parse(out), {
    content: "done\n",
    overflowMode: "page",
    contentBytes: 5,
    contentLines: 2,
  });
  assert.deepEqual(JSON.parse(err), {
    log: { level: "info", message: "[LuaSkill:info] working", skillId: "chatty" },
  });
  assert.equal(code, 0);
});

test("what a skill prints goes to the error stream", async t => {
  const { out, err } = await luaskills(["call", "chatty-run", "--root", root(t)]);
  assert.equal(out, "done\n");
  assert.equal(err, "chatty: [LuaSkill:info] working\n");
});

test("skills see who calls, and a budget that can be changed", async t => {
  const folder = temporaryFolder(t);
  writeSkills(folder, {
    who: `return function()
      local context = vulcan.context
      return vulcan.json.encode({
        transport = context.request.transport_name,
        kind = context.client_info.kind,
        budget = context.client_budget,
        config = context.tool_config,
        takes_host_results = context.host_result.enabled,
      })
    end`,
  });
  const call = async (...args: string[]) =>
    JSON.parse((await luaskills(["call", "who-run", "--root", `A=${folder}`, ...args])).out);
  assert.deepEqual(await call(), {
    transport: "cli",
    kind: "cli",
    budget: { tool_result: { bytes: 65_536, lines: 2_000 }, file_read: { bytes: 65_536, lines: 2_000 } },
    config: [],
    takes_host_results: false,
  });
  const given = await call("--client-budget", '{"tool_result":{"lines":5}}', "--tool-config", '{"a":1}');
  assert.deepEqual([given.budget, given.config], [{ tool_result: { lines: 5 } }, { a: 1 }]);
  assert.equal(JSON.parse((await call("--json")).content).takes_host_results, true);
});

test("a failing skill ends with exit code 1, the message and a hint", async t => {
  const { code, out, err } = await luaskills(["call", "failing-run", "--root", root(t)]);
  assert.equal(out, "");
  assert.match(err, /^luaskills: failing-run: failing\/runtime\/run\.lua:1: out of luck\nhint: /);
  assert.equal(code, 1);
});

test("a failing skill under --json gives the error as JSON with code and traceback", async t => {
  const { code, out, err } = await luaskills(["call", "failing-run", "--json", "--root", root(t)]);
  const { error } = JSON.parse(err);
  assert.equal(out, "");
  assert.equal(error.code, "LUA_RUNTIME");
  assert.match(error.message, /out of luck/);
  assert.match(error.traceback, /failing\/runtime\/run\.lua:1/);
  assert.equal(code, 1);
});

test("--timeout ends a call that takes too long", async t => {
  const { code, err } = await luaskills(["call", "endless-run", "--timeout", "50", "--root", root(t)]);
  assert.match(err, /endless-run: .*\nhint: raise --timeout/s);
  assert.equal(code, 1);
});

const unknown: [name: string, hint: RegExp][] = [
  ["typed-ecko", /did you mean typed-echo\?/],
  ["echo", /did you mean typed-echo\?/],
  ["completely-different", /`luaskills list` shows/],
];

for (const [name, hint] of unknown) {
  test(`calling ${name}, which does not exist, fails with a hint`, async t => {
    const { code, err } = await luaskills(["call", name, "--root", root(t)]);
    assert.match(err, new RegExp(`there is no entry named ${name}`));
    assert.match(err, hint);
    assert.equal(code, 1);
  });
}

test("calling an entry of a broken skill points at the reason", async t => {
  const folder = temporaryFolder(t);
  writeSkills(folder, { broken: "x x" });
  const { code, err } = await luaskills(["call", "broken-run", "--root", `A=${folder}`]);
  assert.match(err, /skill broken was not loaded: [\s\S]*hint: skill broken was not loaded, see above/);
  assert.equal(code, 1);
});

const wrong: [what: string, args: string[], message: RegExp][] = [
  ["no command", [], /Usage: luaskills/],
  ["an unknown command", ["dance"], /unknown command 'dance'/],
  ["an unknown option", ["list", "--colour"], /unknown option '--colour'/],
  ["no root", ["list"], /no skill root given, and there is no folder \.\/skills here/],
  ["a runtime root without skills", ["list", "--runtime-root", "docs"], /has no folder .*docs.skills/],
  ["a root without name", ["list", "--root", "folder"], /Expected NAME=DIR/],
  [
    "a root that does not exist",
    ["list", "--root", "A=/does/not/exist"],
    /root A: there is no folder \/does\/not\/exist/,
  ],
  ["no entry name", ["call"], /missing required argument 'entry'/],
  ["an argument without value", ["call", "typed-echo", "--arg", "x"], /Expected KEY=VALUE/],
  ["arguments that are no JSON", ["call", "typed-echo", "--args", "{", "--root"], /--args: not valid JSON/],
  [
    "arguments that are a scalar",
    ["call", "typed-echo", "--args", "1", "--root"],
    /must be a JSON object or array/,
  ],
  [
    "two sources of arguments",
    ["call", "typed-echo", "--args", "{}", "--args-file", "x", "--root"],
    /exclude each other/,
  ],
  [
    "a missing arguments file",
    ["call", "typed-echo", "--args-file", "/none", "--root"],
    /cannot read --args-file/,
  ],
  [
    "a budget that is no JSON",
    ["call", "typed-echo", "--client-budget", "{", "--root"],
    /'--client-budget <json>' argument '\{' is invalid\. Not valid JSON/,
  ],
  [
    "--arg beside an array",
    ["call", "typed-echo", "--args", "[]", "--arg", "a=1", "--root"],
    /cannot be combined/,
  ],
  [
    "a count that is no number",
    ["call", "typed-echo", "--arg", "count=x", "--root"],
    /count: expected a whole number/,
  ],
  [
    "a ratio that is no number",
    ["call", "typed-echo", "--arg", "ratio=", "--root"],
    /ratio: expected a number/,
  ],
  [
    "a flag that is no boolean",
    ["call", "typed-echo", "--arg", "deep=1", "--root"],
    /deep: expected true or false/,
  ],
  ["a timeout of zero", ["call", "typed-echo", "--timeout", "0"], /positive number of milliseconds/],
];

for (const [what, args, message] of wrong) {
  test(`${what} is a usage error with exit code 2`, async t => {
    const line = args.at(-1) === "--root" ? [...args, root(t)] : args;
    const { code, out, err } = await luaskills(line);
    assert.equal(out, "");
    assert.match(err, message);
    assert.equal(code, 2);
  });
}

test("--help and --version print to standard output and succeed", async () => {
  const help = await luaskills(["call", "--help"]);
  assert.match(help.out, /--arg <key=value>[\s\S]*--root <NAME=DIR>/);
  assert.equal(help.code, 0);
  const version = await luaskills(["--version"]);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  assert.equal(version.code, 0);
});

test("a reader that stops early is no failure", async t => {
  const child = spawn(process.execPath, [program, "list", "--root", root(t)]);
  child.stdout.destroy();
  let err = "";
  child.stderr.setEncoding("utf8").on("data", text => {
    err += text;
  });
  const code = await new Promise(resolve => child.on("close", resolve));
  assert.equal(err, "");
  assert.equal(code, 0);
});
