import assert from "node:assert/strict";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecRequest, SkillEngineOptions } from "luaskills";
import { indentJson } from "#dist/skills/exec-report.js";
import { createEngine, engineWith, temporaryFolder } from "./skill-tree.js";

/** Starts an exec as a skill does: with the names of the wire. */
const starter = "return function(args) return vulcan.runtime.lua.exec(args) end";

/** Runs a request the three ways there are; all must report the same. */
async function everyWay(t: TestContext, options?: SkillEngineOptions) {
  const { engine } = await engineWith(t, { demo: starter }, options);
  const exec = async ({ timeoutMs, ...request }: ExecRequest): Promise<string> => {
    const report = await engine.execLua({ ...request, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
    const wire = { ...request, ...(timeoutMs === undefined ? {} : { timeout_ms: timeoutMs }) } as never;
    assert.equal((await engine.call("demo-run", wire)).content, report);
    assert.equal(engine.callSync("demo-run", wire).content, report);
    return report;
  };
  return { engine, exec };
}

const success = (values: string, { task = "Execute Lua runtime code", printed = "" } = {}) =>
  `# Runtime Execution Result\n\n## Task\n${task}\n\n## Status\nSUCCESS${printed}\n\n## Returned Values\n${values}`;

const failure = (message: string, { task = "Execute Lua runtime code", printed = "" } = {}) =>
  `# Runtime Execution Error\n\n## Task\n${task}\n\n## Status\nFAILED\n\n## Error\n\`\`\`text\n${message}\n\`\`\`${printed}`;

const value = (number: number, kind: "text" | "json", text: string) =>
  `${number}. \n\`\`\`${kind}\n${text}\n\`\`\``;
const printed = (text: string) => `\n\n## Printed Output\n\`\`\`text\n${text}\n\`\`\``;

const reports: [what: string, request: ExecRequest, report: string][] = [
  ["no value", { code: "local x = 1" }, success("```json\nnull\n```")],
  ["nil", { code: "return nil" }, success(value(1, "json", "null"))],
  ["a string", { code: "return 'hello'" }, success(value(1, "text", "hello"))],
  ["the empty string", { code: "return ''" }, success(value(1, "text", ""))],
  ["a string of lines", { code: "return 'a\\nb\\n'" }, success(value(1, "text", "a\nb\n"))],
  ["a string that looks like a fence", { code: "return '```'" }, success(value(1, "text", "```"))],
  [
    "a string with NUL and letters beyond ASCII",
    { code: "return 'ä\\0€😀'" },
    success(value(1, "text", "ä\0€😀")),
  ],
  ["a string that is not UTF-8", { code: "return 'a\\255ä'" }, success(value(1, "text", "a\uFFFDä"))],
  ["a number", { code: "return 3.0" }, success(value(1, "json", "3"))],
  ["a number with a fraction", { code: "return 0.1" }, success(value(1, "json", "0.1"))],
  ["what is no number", { code: "return 0/0" }, success(value(1, "json", "null"))],
  ["a large integer", { code: "return 9007199254740993LL" }, success(value(1, "json", "9007199254740993"))],
  ["a boolean", { code: "return false" }, success(value(1, "json", "false"))],
  ["an empty table", { code: "return {}" }, success(value(1, "json", "[]"))],
  ["an empty object", { code: "return vulcan.json.object()" }, success(value(1, "json", "{}"))],
  [
    "tables, keys in order",
    { code: "return { b = { 1, 'two', {} }, a = { deep = vulcan.json.object() } }" },
    success(
      value(1, "json", '{\n  "a": {\n    "deep": {}\n  },\n  "b": [\n    1,\n    "two",\n    []\n  ]\n}'),
    ),
  ],
  [
    "several values",
    { code: "return 'one', nil, { 2 }, nil" },
    success(
      [
        value(1, "text", "one"),
        value(2, "json", "null"),
        value(3, "json", "[\n  2\n]"),
        value(4, "json", "null"),
      ].join("\n\n"),
    ),
  ],
  [
    "what JSON cannot say, as Lua writes it",
    { code: "return setmetatable({ print }, { __tostring = function() return 'an object' end })" },
    success(value(1, "text", "an object")),
  ],
  [
    "what neither JSON nor Lua can say, by its type",
    { code: "return setmetatable({ print }, { __tostring = function() error('no') end })" },
    success(value(1, "text", "table")),
  ],
  [
    "a string that is not UTF-8 inside a table",
    { code: "return type({ '\\255' })" },
    success(value(1, "text", "table")),
  ],
  [
    "its task",
    { task: "Look around", code: "return 1" },
    success(value(1, "json", "1"), { task: "Look around" }),
  ],
  ["an empty task", { task: "", code: "return 1" }, success(value(1, "json", "1"))],
  [
    "a task of several lines, as it is",
    { task: " a\nb ", code: "return 1" },
    success(value(1, "json", "1"), { task: " a\nb " }),
  ],
  [
    "an object as args",
    { code: "return args.x.y", args: { x: { y: [1] } } },
    success(value(1, "json", "[\n  1\n]")),
  ],
  [
    "an array as args",
    { code: "return #args, args[2]", args: ["a", "b"] },
    success(`${value(1, "json", "2")}\n\n${value(2, "text", "b")}`),
  ],
  ["a scalar as args", { code: "return next(args) == nil", args: 5 }, success(value(1, "json", "true"))],
  [
    "no args",
    { code: "return type(args), next(args)" },
    success(`${value(1, "text", "table")}\n\n${value(2, "json", "null")}`),
  ],
  ["blanks around its code", { code: "\n\n  return 1\n " }, success(value(1, "json", "1"))],
  [
    "what it prints",
    {
      code: "print('a', 1, nil, true) print() print('\\255', setmetatable({}, { __tostring = function() return 'ä' end })) return 1",
    },
    success(value(1, "json", "1"), { printed: printed("a\t1\tnil\ttrue\n\n\uFFFD\tä") }),
  ],
  [
    "what it prints with line feeds inside",
    { code: "print('a\\nb\\n')" },
    success("```json\nnull\n```", { printed: printed("a\nb\n") }),
  ],
  ["an error", { code: "local x\nerror('no luck')" }, failure("luaexec:2: no luck")],
  ["an error without a position", { code: "error('no luck', 0)" }, failure("no luck")],
  ["an error that is a table", { code: "error({ code = 1 })" }, failure("error raised with a table value")],
  ["an error that is nothing", { code: "error()" }, failure("error raised with nil")],
  [
    "an error after it printed, with its task",
    { task: "t", code: "print('before') error('after', 0)" },
    failure("after", { task: "t", printed: printed("before") }),
  ],
  ["a mistake in the text", { code: "x x" }, failure("luaexec:1: '=' expected near 'x'")],
  [
    "an error of a host function",
    { code: "vulcan.fs.read(1)" },
    failure("fs.read: path must be a string, got integer"),
  ],
  [
    "the deadline",
    { code: "print('on it') while true do pcall(function() while true do end end) end", timeoutMs: 30 },
    failure("luaexec execution timed out after 30 ms", { printed: printed("on it") }),
  ],
];

for (const [what, request, report] of reports) {
  test(`the report of an exec shows ${what}`, async t => {
    const { exec } = await everyWay(t);
    assert.equal(await exec(request), report);
  });
}

const invalid: [what: string, request: unknown, message: string][] = [
  ["nothing at all", {}, "luaexec requires code or file"],
  ["blank code", { code: " \n" }, "luaexec requires code or file"],
  ["a blank file", { file: "" }, "luaexec requires code or file"],
  [
    "code and a file",
    { code: "return 1", file: "x.lua" },
    "luaexec accepts either code or file, but not both",
  ],
  ["code that is no text", { code: 5 }, "luaexec input is invalid: code must be a string, got number"],
  ["a file that is no text", { file: {} }, "luaexec input is invalid: file must be a string, got object"],
  [
    "a task that is no text",
    { code: "x", task: true },
    "luaexec input is invalid: task must be a string, got boolean",
  ],
  ["timeout 0", { code: "x", timeoutMs: 0 }, "luaexec timeout_ms must be greater than 0"],
  ["a negative timeout", { code: "x", timeoutMs: -1 }, "luaexec timeout_ms must be greater than 0"],
  [
    "a timeout that is no number",
    { code: "x", timeoutMs: "5" },
    "luaexec input is invalid: timeout_ms must be a number of milliseconds, got string",
  ],
  [
    "an unknown sandbox",
    { code: "x", sandbox: "loose" },
    'luaexec input is invalid: sandbox must be "trusted" or "strict", got "loose"',
  ],
  [
    "allow without a strict sandbox",
    { code: "x", allow: ["fs"] },
    'luaexec input is invalid: allow goes with sandbox "strict"',
  ],
  [
    "allow that is no list of names",
    { code: "x", sandbox: "strict", allow: [1] },
    'luaexec input is invalid: allow must be a list of members such as "fs.read"',
  ],
];

for (const [what, request, message] of invalid) {
  test(`an exec request with ${what} is refused`, async t => {
    const { engine } = await engineWith(t, { demo: starter });
    await assert.rejects(engine.execLua(request as ExecRequest), { message });
    const { timeoutMs, ...rest } = request as ExecRequest;
    const wire = (timeoutMs === undefined ? rest : { ...rest, timeout_ms: timeoutMs }) as never;
    await assert.rejects(engine.call("demo-run", wire), {
      name: "LuaError",
      message: `demo-run: ${message}`,
    });
    assert.throws(() => engine.callSync("demo-run", wire), { message: `demo-run: ${message}` });
  });
}

test("an exec request that is no object is refused by its kind", async t => {
  const { engine } = await engineWith(t, {
    demo: `return function(args)
      local said = {}
      for i, input in ipairs({ 5, "text", true, print, vulcan.json.null }) do
        said[i] = select(2, pcall(vulcan.runtime.lua.exec, input))
      end
      said[6] = select(2, pcall(vulcan.runtime.lua.exec))
      return table.concat(said, "\\n")
    end`,
  });
  for (const request of [undefined, null, "return 1", ["return 1"]]) {
    await assert.rejects(engine.execLua(request as never), {
      name: "TypeError",
      message: "luaexec input is invalid: it must be an object",
    });
  }
  const kinds = ["integer", "string", "boolean", "function", "nil", "nil"];
  const said = kinds.map(kind => `runtime.lua.exec: input must be a table, got ${kind}`).join("\n");
  assert.equal((await engine.call("demo-run")).content, said);
  assert.equal(engine.callSync("demo-run").content, said);
});

test("what an exec asks for beyond the fields there are is ignored, its own caller_tool_name included", async t => {
  const { engine } = await engineWith(t, { demo: starter });
  const code = "return vulcan.runtime.internal.luaexec_caller_tool_name";
  const request = { code, colour: "red", caller_tool_name: "somebody", callerToolName: "somebody" };
  assert.equal((await engine.call("demo-run", request)).content, success(value(1, "text", "demo-run")));
});

test("an exec runs apart from skills: their log, their exec and their cache are not there, the rest is", async t => {
  const { exec } = await everyWay(t);
  const code = `
    local absent, present = {}, {}
    local runtime, cache = vulcan.runtime, vulcan.cache
    for name, member in pairs({ log = tostring(runtime.log), exec = tostring(runtime.lua.exec), put = tostring(cache.put),
      get = tostring(cache.get), delete = tostring(cache.delete) }) do
      absent[#absent + 1] = name .. "=" .. member
    end
    table.sort(absent)
    for _, name in ipairs({ "call", "fs", "path", "process", "os", "json", "config", "context", "deps", "host", "models" }) do
      if vulcan[name] == nil then present[#present + 1] = name end
    end
    return table.concat(absent, " "), #present`;
  const absent = "delete=nil exec=nil get=nil log=nil put=nil";
  assert.equal(await exec({ code }), success(`${value(1, "text", absent)}\n\n${value(2, "json", "0")}`));
});

test("nothing of an exec is left for the next one", async t => {
  const { exec } = await everyWay(t, { execPool: { minSize: 1, maxSize: 1 } });
  const code = `
    local before = { left, print == nil, (jit.status()), vulcan.context.entry_file }
    left, print = "behind", nil
    jit.off() collectgarbage("stop") debug.sethook(function() end, "l")
    return before`;
  for (let i = 0; i < 2; i++) {
    assert.equal(await exec({ code }), success(value(1, "json", "[\n  null,\n  false,\n  true\n]")));
  }
});

test("a file runs with its folder and its path in the context, and is named in messages", async t => {
  const { exec } = await everyWay(t);
  const folder = realpathSync(temporaryFolder(t));
  const file = join(folder, "script.lua");
  writeFileSync(file, "local c = vulcan.context return c.entry_file, c.entry_dir, c.skill_dir, args.x");
  const here = [
    value(1, "text", file),
    value(2, "text", folder),
    value(3, "json", "null"),
    value(4, "json", "1"),
  ];
  assert.equal(await exec({ file, args: { x: 1 } }), success(here.join("\n\n")));
  assert.equal(
    await exec({ file: relative(process.cwd(), file), args: { x: 1 } }),
    success(here.join("\n\n")),
  );
  writeFileSync(file, "\nerror('in the file')");
  assert.match(await exec({ file }), /```text\n.*script\.lua:2: in the file\n```/);
});

test("a file may begin with a mark of its encoding and with a line for the shell", async t => {
  const { exec } = await everyWay(t);
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "a.lua"), "#!/usr/bin/env lua\nreturn debug.getinfo(1, 'l').currentline");
  writeFileSync(join(folder, "b.lua"), "\uFEFFreturn 'ä'");
  writeFileSync(join(folder, "c.lua"), "#");
  assert.equal(await exec({ file: join(folder, "a.lua") }), success(value(1, "json", "2")));
  assert.equal(await exec({ file: join(folder, "b.lua") }), success(value(1, "text", "ä")));
  assert.equal(await exec({ file: join(folder, "c.lua") }), success("```json\nnull\n```"));
});

test("a file that cannot be read, is no UTF-8 or is bytecode is refused", async t => {
  const { engine } = await engineWith(t, { demo: starter });
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "bytes.lua"), Buffer.from([0x72, 0xff]));
  writeFileSync(join(folder, "code.lua"), "\x1bLJ\x02");
  const cases: [file: string, message: RegExp][] = [
    ["none.lua", /^luaexec: .*none\.lua cannot be read: ENOENT/],
    [".", /^luaexec: .* cannot be read: EISDIR/],
    ["bytes.lua", /^luaexec: .*bytes\.lua is not valid UTF-8$/],
  ];
  for (const [name, message] of cases) {
    await assert.rejects(engine.execLua({ file: join(folder, name) }), { message });
    await assert.rejects(engine.call("demo-run", { file: join(folder, name) }), { name: "LuaError" });
  }
  assert.match(await engine.execLua({ file: join(folder, "code.lua") }), /FAILED/);
});

test("an exec of a leased VM finds relative files in the VM's own directory", async t => {
  const engine = await createEngine(t);
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "inner", "x.lua"), "return vulcan.context.entry_file");
  const lease = await engine.leases.create({ sid: "s", cwd: folder });
  const report = await lease.eval("return vulcan.runtime.lua.exec({ file = 'inner/x.lua' })");
  assert.equal(report, success(value(1, "text", join(folder, "inner", "x.lua"))));
});

test("execTimeoutMs is the limit of an exec that names none", async t => {
  const { exec } = await everyWay(t, { execTimeoutMs: 25 });
  assert.equal(await exec({ code: "while true do end" }), failure("luaexec execution timed out after 25 ms"));
});

test("an exec waits without a thread, and its deadline counts the wait", async t => {
  const { engine } = await everyWay(t);
  engine.registerHostTool("later", { description: "", call: () => sleep(2, { done: true }) });
  engine.registerHostTool("never", { description: "", call: () => new Promise(() => {}) });
  const later = await engine.execLua({ code: "return vulcan.host.call('later', {}).done" });
  assert.equal(later, success(value(1, "json", "true")));
  const never = await engine.execLua({ code: "vulcan.host.call('never', {})", timeoutMs: 30 });
  assert.equal(never, failure("luaexec execution timed out after 30 ms"));
});

for (const sandbox of ["trusted", "strict"] as const) {
  test(`an aborted exec (${sandbox}) rejects, wherever it was`, async t => {
    const { engine } = await engineWith(t, {}, { execPool: { maxSize: 1 } });
    engine.registerHostTool("never", { description: "", call: () => new Promise(() => {}) });
    const allow = sandbox === "strict" ? { allow: ["host"] } : {};
    const expected = { name: "LuaError", code: "LUA_ABORTED", message: /^luaexec: / };
    for (const code of ["while true do pcall(function() end) end", "pcall(vulcan.host.call, 'never', {})"]) {
      const controller = new AbortController();
      const running = engine.execLua({ code, sandbox, ...allow }, { signal: controller.signal });
      setTimeout(() => controller.abort(), 15);
      await assert.rejects(running, expected);
      await assert.rejects(engine.execLua({ code: "return 1", sandbox }, { signal: controller.signal }), {
        name: "LuaError",
        code: "LUA_ABORTED",
      });
    }
    assert.equal(await engine.execLua({ code: "return 1", sandbox }), success(value(1, "json", "1")));
  });
}

test("an abort ends the wait for a VM of the exec pool", async t => {
  const { engine } = await engineWith(t, {}, { execPool: { maxSize: 1 } });
  const blocking = engine.execLua({ code: "while true do end", timeoutMs: 100 });
  const controller = new AbortController();
  const waiting = engine.execLua({ code: "return 1" }, { signal: controller.signal });
  controller.abort();
  await assert.rejects(waiting, { name: "LuaError", code: "LUA_ABORTED", message: /waiting for a VM/ });
  assert.match(await blocking, /timed out after 100 ms/);
});

test("an exec dies with the call that started it", async t => {
  const states: string[] = [];
  const { engine } = await engineWith(t, {
    demo: `return function() return vulcan.runtime.lua.exec({ code = [[
      vulcan.host.call("state", { "started" })
      while true do end
    ]] }) end`,
  });
  engine.registerHostTool("state", {
    description: "",
    call: args => {
      states.push(...(args as string[]));
      return {};
    },
  });
  const running = async () => {
    while (engine.stats().execPool.leased > 0) await sleep(2);
  };
  const controller = new AbortController();
  const aborted = engine.call("demo-run", {}, { signal: controller.signal });
  while (states.length === 0) await sleep(2);
  controller.abort();
  await assert.rejects(aborted, { code: "LUA_ABORTED" });
  await running();
  await assert.rejects(engine.call("demo-run", {}, { timeoutMs: 60 }), { code: "LUA_TIMEOUT" });
  await running();
  assert.throws(() => engine.callSync("demo-run", {}, { timeoutMs: 60 }), { code: "LUA_TIMEOUT" });
  await running();
  assert.equal(engine.stats().execPool.discarded, 3);
});

test("a deadline that ends an exec leaves the call that started it alone", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() return (vulcan.runtime.lua.exec({ code = 'while true do end', timeout_ms = 20 })) end",
  });
  const report = failure("luaexec execution timed out after 20 ms");
  assert.equal((await engine.call("demo-run")).content, report);
  assert.equal(engine.callSync("demo-run", {}, { timeoutMs: 10_000 }).content, report);
});

test("a skill may ask for the strict sandbox", async t => {
  const { exec } = await everyWay(t);
  const code =
    "return type(io), type(vulcan.fs), vulcan.json.encode({}), vulcan.runtime and type(vulcan.runtime.lua)";
  const values = ["nil", "nil", "[]"].map((text, i) => value(i + 1, "text", text)).join("\n\n");
  assert.equal(await exec({ code, sandbox: "strict" }), success(`${values}\n\n${value(4, "json", "null")}`));
  const read = "return vulcan.fs.exists('/nowhere'), vulcan.fs.read";
  const allowed = await exec({ code: read, sandbox: "strict", allow: ["vulcan.fs.exists"] });
  assert.equal(allowed, success(`${value(1, "json", "false")}\n\n${value(2, "json", "null")}`));
});

test("as many execs run as the exec pool has room for, the others wait their turn", async t => {
  const { engine } = await engineWith(t, { demo: starter }, { execPool: { minSize: 1, maxSize: 2 } });
  let most = 0;
  engine.registerHostTool("look", {
    description: "",
    call: async () => {
      most = Math.max(most, engine.stats().execPool.leased);
      await sleep(2);
      return {};
    },
  });
  const code = "vulcan.host.call('look', {})";
  const outcomes = await Promise.all([
    ...Array.from({ length: 6 }, () => engine.execLua({ code })),
    ...Array.from({ length: 6 }, async () => (await engine.call("demo-run", { code })).content),
  ]);
  assert.deepEqual(new Set(outcomes), new Set([success("```json\nnull\n```")]));
  assert.equal(most, 2);
});

test("an exec that gets no VM in time is refused with POOL_TIMEOUT", async t => {
  const { engine } = await engineWith(t, {}, { execPool: { maxSize: 1, acquireTimeoutMs: 20 } });
  const blocking = engine.execLua({ code: "while true do end", timeoutMs: 200 });
  await assert.rejects(engine.execLua({ code: "return 1" }), {
    name: "SkillError",
    code: "POOL_TIMEOUT",
    message: /^luaexec: /,
  });
  assert.match(await blocking, /timed out/);
});

test("what an exec prints is bounded, whatever memory Lua has", async t => {
  const engine = await createEngine(t);
  const report = await engine.execLua({
    code: "local line = ('x'):rep(1e6) for i = 1, 40 do print(line) end return 'end'",
  });
  assert.ok(report.length < 18 << 20);
  assert.match(
    report,
    /x\n\[what follows is beyond 16777216 bytes\]\n```\n\n## Returned Values\n1\. \n```text\nend\n```$/,
  );
});

test("what an exec returns is bounded, however often it returns the same", async t => {
  const engine = await createEngine(t);
  const large = "local s, t = ('x'):rep(1e6), {} for i = 1, args.n do t[i] = s end return unpack(t)";
  const fits = await engine.execLua({ code: large, args: { n: 16 } });
  assert.match(fits, /SUCCESS/);
  assert.ok(fits.length > 16e6);
  const problem = failure("the returned values take more than 16777216 bytes");
  for (const sandbox of ["trusted", "strict"] as const) {
    assert.equal(await engine.execLua({ code: large, args: { n: 17 }, sandbox }), problem);
    assert.equal(await engine.execLua({ code: `return { ('x'):rep(2^24) }`, sandbox }), problem);
  }
});

test("running out of memory is a failure of the exec alone", async t => {
  const engine = await createEngine(t, { memoryLimit: 4 << 20 });
  const report = await engine.execLua({ code: "local t = {} for i = 1, 1e9 do t[i] = { i } end" });
  assert.equal(report, failure("not enough memory"));
  assert.equal(await engine.execLua({ code: "return 1" }), success(value(1, "json", "1")));
});

const jsonValues: unknown[] = [
  null,
  1,
  'a"b\\',
  [],
  {},
  [[]],
  { a: [], b: {}, c: [1, { d: "x,y:{}[]" }] },
  "",
  { "": "" },
];

for (const json of jsonValues) {
  test(`${JSON.stringify(json)} is indented as JSON.stringify does it`, () => {
    assert.equal(indentJson(JSON.stringify(json)), JSON.stringify(json, null, 2));
  });
}

test("indenting keeps digits and the order of keys, and takes long strings of any content", () => {
  assert.equal(
    indentJson('{"9":9007199254740993,"1":1e400}'),
    '{\n  "9": 9007199254740993,\n  "1": 1e400\n}',
  );
  for (const piece of ["x", '\\"', "\\\\", "\\n"]) {
    const text = `["${piece.repeat(1 << 20)}"]`;
    assert.equal(indentJson(text), text.replace("[", "[\n  ").replace(/\]$/, "\n]"));
  }
});
