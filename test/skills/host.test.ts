import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LogEvent } from "luaskills";
import { engineWith, temporaryFolder } from "./skill-tree.js";

/** Runs `code` with `args`; what it returns comes back as JSON, an error as its message. */
const evaluator = {
  demo: `
    return function(args)
      local chunk = assert(loadstring("local args = ... " .. args.code))
      local results = { pcall(chunk, args) }
      if not results[1] then return "error: " .. tostring(results[2]) end
      return vulcan.json.encode(results[2])
    end`,
};

const badPaths: [value: string, problem: string][] = [
  ["nil", "path must be a string, got nil"],
  ["12", "path must be a string, got integer"],
  ["1.5", "path must be a string, got number"],
  ["true", "path must be a string, got boolean"],
  ["{}", "path must be a string, got table"],
  ["' '", "path must not be empty"],
  ["'a\\0b'", "path must not contain NUL bytes"],
  ["tostring({})", "path looks like a coerced Lua object string"],
];

for (const fn of ["list", "read", "exists", "is_dir"]) {
  test(`vulcan.fs.${fn} refuses what is no path`, async t => {
    const { engine } = await engineWith(t, evaluator);
    for (const [value, problem] of badPaths) {
      const code = `return vulcan.fs.${fn}(${value})`;
      const expected = `error: fs.${fn}: ${problem}`;
      assert.equal((await engine.call("demo-run", { code })).content.split("\n")[0], expected);
      assert.equal(engine.callSync("demo-run", { code }).content.split("\n")[0], expected);
    }
  });
}

test("vulcan.fs tells files, folders and nothing apart", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, ".hidden"), "x");
  writeFileSync(join(folder, "ä.txt"), "Grüße\r\n");
  mkdirSync(join(folder, "inner"));
  const { engine } = await engineWith(t, evaluator);
  const run = async (code: string) => (await engine.call("demo-run", { code, folder })).content;
  const names = JSON.parse(await run("return vulcan.fs.list(args.folder)"));
  assert.deepEqual(names.sort(), [".hidden", "inner", "ä.txt"]);
  assert.equal(await run("return vulcan.fs.read(args.folder .. '/ä.txt')"), '"Grüße\\r\\n"');
  assert.equal(await run("return vulcan.fs.exists(args.folder .. '/inner')"), "true");
  assert.equal(await run("return vulcan.fs.exists(args.folder .. '/none')"), "false");
  assert.equal(await run("return vulcan.fs.is_dir(args.folder .. '/inner')"), "true");
  assert.equal(await run("return vulcan.fs.is_dir(args.folder .. '/ä.txt')"), "false");
  assert.equal(await run("return vulcan.fs.is_dir(args.folder .. '/none')"), "false");
  assert.match(await run("return vulcan.fs.list(args.folder .. '/none')"), /^error: fs\.list: ENOENT/);
  assert.match(await run("return vulcan.fs.read(args.folder .. '/none')"), /^error: fs\.read: ENOENT/);
  assert.match(await run("return vulcan.fs.read(args.folder)"), /^error: fs\.read: EISDIR/);
});

test("vulcan.fs.read returns large files whole, waiting or not, and refuses what is not UTF-8", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "large"), "ä".repeat(200_000));
  writeFileSync(join(folder, "binary"), Buffer.alloc(200_000, 0xff));
  const { engine } = await engineWith(t, evaluator);
  const read = "return #vulcan.fs.read(args.folder .. '/large')";
  assert.equal((await engine.call("demo-run", { code: read, folder })).content, "400000");
  assert.equal(engine.callSync("demo-run", { code: read, folder }).content, "400000");
  const code = "return vulcan.fs.read(args.folder .. '/binary')";
  assert.match(
    (await engine.call("demo-run", { code, folder })).content,
    /^error: fs\.read: .*binary is not valid UTF-8/,
  );
  assert.match(
    engine.callSync("demo-run", { code, folder }).content,
    /^error: fs\.read: .*is not valid UTF-8/,
  );
});

test("vulcan.path.join joins, starts anew at an absolute segment and normalises nothing", async t => {
  const { engine } = await engineWith(t, evaluator);
  const cases: [args: string, result: string][] = [
    ["'a', 'b', 'c.md'", "a/b/c.md"],
    ["'a/', 'b'", "a/b"],
    ["'a', '/b', 'c'", "/b/c"],
    ["'a', '..', './b'", "a/.././b"],
    ["'ä', '€'", "ä/€"],
  ];
  for (const [args, result] of cases) {
    const { content } = await engine.call("demo-run", { code: `return vulcan.path.join(${args})` });
    assert.equal(content, JSON.stringify(result.replaceAll("/", process.platform === "win32" ? "\\" : "/")));
  }
});

test("vulcan.path.join refuses what is no path", async t => {
  const { engine } = await engineWith(t, evaluator);
  const cases: [args: string, problem: string][] = [
    ["", "path.join: expected at least one path segment"],
    ["'a', nil", "path.join: path segment 2 must be a string, got nil"],
    ["1", "path.join: path segment 1 must be a string, got integer"],
    ["' '", "path.join: path segment 1 must not be empty"],
    ["'a\\0'", "path.join: path segment 1 must not contain NUL bytes"],
    ["'a', '\\255'", "path.join: path segment 2 must be a valid UTF-8 string"],
    ["'\\237\\160\\128'", "path.join: path segment 1 must be a valid UTF-8 string"],
    ["'\\194'", "path.join: path segment 1 must be a valid UTF-8 string"],
    ["tostring(print)", "path.join: path segment 1 looks like a coerced Lua object string"],
  ];
  for (const [args, problem] of cases) {
    const { content } = await engine.call("demo-run", { code: `return vulcan.path.join(${args})` });
    assert.equal(content.split("\n")[0], `error: ${problem}`);
  }
});

test("vulcan.json encodes with sorted keys and keeps null where asked", async t => {
  const { engine } = await engineWith(t, evaluator);
  const run = async (code: string) => (await engine.call("demo-run", { code })).content;
  assert.equal(
    await run("return vulcan.json.encode({ b = 1, a = { true, 'x' } })"),
    '"{\\"a\\":[true,\\"x\\"],\\"b\\":1}"',
  );
  assert.equal(await run("return vulcan.json.decode('{\"a\":[1,null]}').a[1]"), "1");
  assert.equal(await run("return vulcan.json.object()"), "{}");
  assert.equal(await run("return { a = vulcan.json.null }"), '{"a":null}');
  assert.match(await run("return vulcan.json.decode('{')"), /^error: .*json\.decode: /);
  assert.match(await run("return vulcan.json.encode(print)"), /^error: .*json\.encode: /);
});

test("print and vulcan.runtime.log reach listeners and the logger with the skill that spoke", async t => {
  const messages: [string, string][] = [];
  const { engine } = await engineWith(
    t,
    {
      demo: `return function()
        print("a", 1, nil, true, setmetatable({}, { __tostring = function() return "object" end }))
        print("\\255")
        print()
        vulcan.runtime.log("warning", "careful")
        vulcan.runtime.log("Fatal", "")
        vulcan.runtime.log("debug", "x")
        return "ok"
      end`,
    },
    { logger: (level, message) => messages.push([level, message]) },
  );
  messages.length = 0;
  const events: LogEvent[] = [];
  const stop = engine.on("log", event => events.push(event));
  engine.on("log", () => {
    throw new Error("a listener that fails disturbs nobody");
  });
  await engine.call("demo-run");
  const expected = [
    ["info", "[LuaSkill:info] a\t1\tnil\ttrue\tobject"],
    ["info", "[LuaSkill:info] \ufffd"],
    ["info", "[LuaSkill:info] "],
    ["warn", "[LuaSkill:warning] careful"],
    ["error", "[LuaSkill:Fatal] "],
    ["info", "[LuaSkill:debug] x"],
  ];
  assert.deepEqual(
    events,
    expected.map(([level, message]) => ({ level, message, skillId: "demo" })),
  );
  assert.deepEqual(messages, expected);
  stop();
  engine.callSync("demo-run");
  assert.equal(events.length, 6);
  assert.equal(messages.length, 12);
});

test("vulcan.runtime.log refuses what is no text", async t => {
  const { engine } = await engineWith(t, evaluator);
  const run = async (code: string) => (await engine.call("demo-run", { code })).content.split("\n")[0];
  assert.equal(await run("vulcan.runtime.log(' ', 'x')"), "error: runtime.log: level must not be empty");
  assert.equal(
    await run("vulcan.runtime.log('info')"),
    "error: runtime.log: message must be a string, got nil",
  );
  assert.equal(
    await run("vulcan.runtime.log(1, 'x')"),
    "error: runtime.log: level must be a string, got integer",
  );
});

test("vulcan.runtime.overflow_type names the modes", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() return 'x', vulcan.runtime.overflow_type.page end",
    other: "return function() return 'x', vulcan.runtime.overflow_type.truncate end",
  });
  assert.equal((await engine.call("demo-run")).overflowMode, "page");
  assert.equal((await engine.call("other-run")).overflowMode, "truncate");
});

test("the engine logs what it loads, skips and cannot load", async t => {
  const messages: string[] = [];
  await engineWith(
    t,
    {
      good: "return function() return '' end",
      bad: "x x",
      off: { "skill.yaml": "name: o\nversion: 1.0.0\nenable: false\n" },
    },
    { logger: (level, message) => messages.push(`${level} ${message}`) },
  );
  assert.equal(messages.length, 3);
  assert.match(messages[0] ?? "", /^error \[LuaSkill\] Failed to load bad: entry run: /);
  assert.equal(messages[1], "info [LuaSkill] Skipped off: disabled in skill.yaml");
  assert.equal(messages[2], "info [LuaSkill] 1 skills loaded");
});
