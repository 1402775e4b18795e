import assert from "node:assert/strict";
import { mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { LogEvent, Progress } from "luaskills";
import { engineWith, temporaryFolder } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

const levels: [level: string, becomes: string][] = [
  ["info", "info"],
  ["debug", "info"],
  ["anything else", "info"],
  ["warn", "warn"],
  ["WARNING", "warn"],
  ["error", "error"],
  ["my-error", "error"],
  ["FATAL", "error"],
  ["warning about an error", "error"],
];

for (const [level, becomes] of levels) {
  test(`vulcan.runtime.log of level ${JSON.stringify(level)} is logged as ${becomes}`, async t => {
    const { engine, runBoth } = await luaCode(t);
    const events: LogEvent[] = [];
    engine.on("log", event => events.push(event));
    const outcome = await runBoth("return vulcan.runtime.log(args.level, 'message')", { level });
    assert.deepEqual(outcome, { value: undefined });
    const event = { level: becomes, message: `[LuaSkill:${level}] message`, skillId: "demo" };
    assert.deepEqual(events, [event, event]);
  });
}

test("vulcan.runtime.log says whose code speaks, in nested calls and while a file is initialised", async t => {
  const events: LogEvent[] = [];
  const { engine } = await engineWith(t, {
    outer: `return function()
      vulcan.call("inner-run", {})
      vulcan.runtime.log("info", "outer")
      return ""
    end`,
    inner: `vulcan.runtime.log("info", "body") return function() vulcan.runtime.log("info", "inner") end`,
  });
  engine.on("log", event => events.push(event));
  await engine.call("outer-run");
  assert.deepEqual(
    events.map(({ message, skillId }) => [message, skillId]),
    [
      ["[LuaSkill:info] body", "inner"],
      ["[LuaSkill:info] inner", "inner"],
      ["[LuaSkill:info] outer", "outer"],
    ],
  );
});

const wrong: [code: string, error: string][] = [
  ["log()", "runtime.log: level must be a string, got nil"],
  ["log(1, 'x')", "runtime.log: level must be a string, got integer"],
  ["log(print, 'x')", "runtime.log: level must be a string, got function"],
  ["log('info', '\\255')", "runtime.log: message must be a valid UTF-8 string"],
  ["log(' ', 'x')", "runtime.log: level must not be empty"],
  ["log('info')", "runtime.log: message must be a string, got nil"],
  ["log('info', {})", "runtime.log: message must be a string, got table"],
];

test("vulcan.runtime.log refuses what is no text, and takes an empty message", async t => {
  const { runBoth } = await luaCode(t);
  for (const [code, error] of wrong)
    assert.deepEqual(await runBoth(`return vulcan.runtime.${code}`), { error });
  assert.deepEqual(await runBoth("vulcan.runtime.log('info', '')"), { value: undefined });
});

test("exec has no vulcan.runtime.log, a lease has", async t => {
  const { engine } = await luaCode(t);
  const messages: string[] = [];
  engine.on("log", ({ message }) => messages.push(message));
  assert.match(await engine.execLua({ code: "return vulcan.runtime.log" }), /```json\nnull\n```/);
  const lease = await engine.leases.create({ sid: "s" });
  await lease.eval("vulcan.runtime.log('info', 'from a lease')");
  assert.deepEqual(messages, ["[LuaSkill:info] from a lease"]);
});

test("vulcan.runtime.progress reaches who called, from nested calls too", async t => {
  const { engine } = await engineWith(t, {
    outer: `return function()
      vulcan.runtime.progress(1)
      vulcan.call("inner-run", {})
      vulcan.runtime.progress(2.5, 3, "")
      return ""
    end`,
    inner: "return function() vulcan.runtime.progress(2, 3, 'inner') end",
  });
  const said = [
    { progress: 1 },
    { progress: 2, total: 3, message: "inner" },
    { progress: 2.5, total: 3, message: "" },
  ];
  const heard: Progress[] = [];
  await engine.call("outer-run", {}, { onProgress: progress => heard.push(progress) });
  assert.deepEqual(heard, said);
  engine.callSync("outer-run", {}, { onProgress: progress => heard.push(progress) });
  assert.deepEqual(heard, [...said, ...said]);
});

test("a listener of progress that throws disturbs nobody, and without one nobody hears it", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() vulcan.runtime.progress(1) return 'done' end",
  });
  const onProgress = () => {
    throw new Error("no");
  };
  assert.equal((await engine.call("demo-run", {}, { onProgress })).content, "done");
  assert.equal((await engine.call("demo-run")).content, "done");
});

test("vulcan.runtime.progress refuses what is no progress, and is not there in exec", async t => {
  const { engine, runBoth } = await luaCode(t);
  const refused: [code: string, error: string][] = [
    ["()", "done must be a number, got nil"],
    ["('1')", "done must be a number, got string"],
    ["(-1)", "done must not be negative, got -1"],
    ["(0/0)", "done must be a number, got nil"],
    ["(1, -0.5)", "total must not be negative, got -0.5"],
    ["(1, {})", "total must be a number, got table"],
    ["(1, nil, 2)", "message must be a string, got integer"],
  ];
  for (const [code, error] of refused) {
    assert.deepEqual(await runBoth(`return vulcan.runtime.progress${code}`), {
      error: `runtime.progress: ${error}`,
    });
  }
  assert.match(await engine.execLua({ code: "return vulcan.runtime.progress" }), /```json\nnull\n```/);
});

test("vulcan.runtime.cwd is the working directory of the process", async t => {
  const { runBoth } = await luaCode(t);
  assert.deepEqual(await runBoth("return vulcan.runtime.cwd()"), { value: process.cwd() });
});

test("vulcan.runtime.cwd is the folder of the file in an exec of one, and the lease's own in a lease", async t => {
  const folder = realpathSync(temporaryFolder(t));
  writeFileSync(join(folder, "code.lua"), "return vulcan.runtime.cwd()");
  const { engine } = await luaCode(t);
  const report = await engine.execLua({ file: join(folder, "code.lua") });
  assert.ok(report.includes(folder), report);
  assert.equal(process.cwd() === folder, false);
  const lease = await engine.leases.create({ sid: "s", cwd: folder });
  assert.equal(await lease.eval("return vulcan.runtime.cwd()"), folder);
});

test("vulcan.runtime.cwd is an error when the directory is gone", {
  skip: process.platform === "win32",
}, async t => {
  const { run } = await luaCode(t);
  const [before, gone] = [process.cwd(), join(temporaryFolder(t), "gone")];
  mkdirSync(gone);
  process.chdir(gone);
  try {
    rmSync(gone, { recursive: true });
    const outcome = await run("return vulcan.runtime.cwd()");
    assert.ok("error" in outcome);
    assert.match(outcome.error, /^runtime\.cwd: ENOENT/);
  } finally {
    process.chdir(before);
  }
});

test("vulcan.runtime.temp_dir and resources_dir are what the host says, or nil", async t => {
  const code = "return { temp = vulcan.runtime.temp_dir, resources = vulcan.runtime.resources_dir }";
  const folder = temporaryFolder(t);
  const cases: [options: object, value: object][] = [
    [{}, []],
    [{ tempDir: join(folder, "t") }, { temp: join(folder, "t") }],
    [{ resourcesDir: join(folder, "r") }, { resources: join(folder, "r") }],
    [{ runtimeRoot: folder }, { temp: join(folder, "temp"), resources: join(folder, "resources") }],
    [
      { runtimeRoot: folder, tempDir: join(folder, "t") },
      { temp: join(folder, "t"), resources: join(folder, "resources") },
    ],
  ];
  for (const [options, value] of cases) {
    const { runBoth } = await luaCode(t, options);
    assert.deepEqual(await runBoth(code), { value });
  }
});

test("vulcan.runtime.overflow_type names the two modes", async t => {
  const { runBoth } = await luaCode(t);
  assert.deepEqual(
    await runBoth(
      "local modes = vulcan.runtime.overflow_type return { modes.truncate, modes.page, modes.other == nil }",
    ),
    {
      value: ["truncate", "page", true],
    },
  );
});

const markers = `
  local internal = vulcan.runtime.internal
  return { internal.tool_name, internal.skill_name, internal.entry_name, internal.root_name,
    internal.luaexec_active, internal.luaexec_caller_tool_name == nil }`;

test("vulcan.runtime.internal shows whose code runs", async t => {
  const { run, runBoth } = await luaCode(t);
  assert.deepEqual(await runBoth(markers), { value: ["demo-run", "demo", "run", "ROOT", false, true] });
  assert.deepEqual(await runBoth(markers, {}, "second-other"), {
    value: ["second-other", "second", "other", "ROOT", false, true],
  });
  const nested = `
    local before = vulcan.runtime.internal.tool_name
    local inner = vulcan.json.decode(vulcan.call("second-run", { code = "return vulcan.runtime.internal.tool_name" }))
    return { before, inner.value, vulcan.runtime.internal.tool_name }`;
  assert.deepEqual(await run(nested), { value: ["demo-run", "second-run", "demo-run"] });
});

test("vulcan.runtime.internal is empty in code of the host and names the exec that runs", async t => {
  const { engine } = await luaCode(t);
  const read = `
    local internal = vulcan.runtime.internal
    return internal.tool_name == nil and internal.skill_name == nil and internal.entry_name == nil
      and internal.root_name == nil and internal.luaexec_caller_tool_name == nil and internal.luaexec_active`;
  assert.equal(await engine.runLua(read), false);
  assert.match(await engine.execLua({ code: read }), /```json\ntrue\n```/);
  const caller = "return vulcan.runtime.internal.luaexec_caller_tool_name";
  assert.match(await engine.execLua({ code: caller, callerToolName: "demo-run" }), /```text\ndemo-run\n```/);
});

test("no member of vulcan.runtime can be replaced", async t => {
  const { runBoth } = await luaCode(t);
  for (const code of ["log = nil", "cwd = print", "new = 1", "temp_dir = 'x'", "internal.tool_name = 'x'"]) {
    const outcome = await runBoth(`vulcan.runtime.${code}`);
    assert.match(JSON.stringify(outcome), /is read-only/);
  }
});
