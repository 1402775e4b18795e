import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { HostCaller, HostTool, Json } from "luaskills";
import { createEngine, engineWith } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

const echo: HostTool = { description: "Gives its arguments back", call: args => ({ args }) };

test("without a tool list is empty, has is false and call says what is missing", async t => {
  const { runBoth } = await luaCode(t);
  assert.deepEqual(await runBoth("return vulcan.host.list()"), { value: [] });
  assert.deepEqual(await runBoth("return { vulcan.host.has('x'), vulcan.host.has_tool('x') }"), {
    value: [false, false],
  });
  assert.deepEqual(await runBoth("return vulcan.host.call('vault.lookup', {})"), {
    value: {
      ok: false,
      error: { code: "host_tool_callback_missing", message: 'the host has no tool named "vault.lookup"' },
    },
  });
});

test("list shows the tools in order of name, until they are taken away", async t => {
  const { engine, runBoth } = await luaCode(t);
  const inputSchema = { type: "object", properties: { key: { type: "string" } } };
  const removeVault = engine.registerHostTool("vault.lookup", { ...echo, inputSchema });
  engine.registerHostTool("echo", echo);
  assert.deepEqual(await runBoth("return vulcan.host.list()"), {
    value: [
      { name: "echo", description: "Gives its arguments back" },
      { name: "vault.lookup", description: "Gives its arguments back", input_schema: inputSchema },
    ],
  });
  const has =
    "return { vulcan.host.has('vault.lookup'), vulcan.host.has_tool('vault.lookup'), vulcan.host.has('Echo') }";
  assert.deepEqual(await runBoth(has), { value: [true, true, false] });
  removeVault();
  removeVault();
  assert.deepEqual(await runBoth(has), { value: [false, false, false] });
  assert.deepEqual(await runBoth("return #vulcan.host.list()"), { value: 1 });
});

const answers: [what: string, answers: unknown, expected: Json][] = [
  ["an object as it is", { ok: false, anything: [1, { a: null }] }, { ok: false, anything: [1, {}] as Json }],
  ["a text wrapped", "text", { ok: true, value: "text" }],
  ["zero wrapped", 0, { ok: true, value: 0 }],
  ["false wrapped", false, { ok: true, value: false }],
  ["an array wrapped", [1, 2], { ok: true, value: [1, 2] }],
  ["null as no value", null, { ok: true }],
  ["nothing as no value", undefined, { ok: true }],
];

for (const [what, value, expected] of answers) {
  test(`a tool's answer comes as ${what}`, async t => {
    const { engine, run, runSync } = await luaCode(t);
    engine.registerHostTool("now", { description: "", call: () => value as Json });
    engine.registerHostTool("later", { description: "", call: async () => value as Json });
    // The empty object comes out of Lua as the empty array.
    const seen = JSON.parse(JSON.stringify(expected).replace("{}", "[]"));
    assert.deepEqual(await run("return vulcan.host.call('now', {})"), { value: seen });
    assert.deepEqual(await run("return vulcan.host.call('later', {})"), { value: seen });
    assert.deepEqual(runSync("return vulcan.host.call('now', {})"), { value: seen });
  });
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;
const failures: [what: string, call: () => unknown, message: string | RegExp][] = [
  [
    "throws",
    () => {
      throw new Error("the vault is closed");
    },
    "the vault is closed",
  ],
  [
    "throws what is no error",
    () => {
      throw "closed";
    },
    "closed",
  ],
  ["answers with a function", () => ({ f: () => 1 }), /^result\.f: cannot convert function$/],
  ["answers with a cycle", () => cycle, /cannot convert a cycle/],
  ["answers with a big integer", () => 1n, /cannot convert bigint/],
];

for (const [what, call, message] of failures) {
  test(`a tool that ${what}, now or later, is a failure and not an error`, async t => {
    const { engine, run, runSync } = await luaCode(t);
    engine.registerHostTool("now", { description: "", call: call as never });
    engine.registerHostTool("later", { description: "", call: async () => call() as never });
    for (const outcome of [
      await run("return vulcan.host.call('now', {})"),
      await run("return vulcan.host.call('later', {})"),
      runSync("return vulcan.host.call('now', {})"),
    ]) {
      assert.ok("value" in outcome);
      const { ok, error } = outcome.value as { ok: boolean; error: { code: string; message: string } };
      assert.equal(ok, false);
      assert.equal(error.code, "host_tool_callback_error");
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
    }
  });
}

const passed: [code: string, args: Json][] = [
  ["{}", {}],
  ["{ a = 1, list = { 'x' }, deep = { b = true } }", { a: 1, list: ["x"], deep: { b: true } }],
  ["{ 1, 2 }", [1, 2]],
  ["vulcan.json.object()", {}],
  ["vulcan.json.array()", []],
  ["{ inner = {} }", { inner: [] }],
  ["{ inner = vulcan.json.object() }", { inner: {} }],
  ["{ inner = vulcan.json.null }", { inner: null }],
];

test("arguments reach the tool by the rules of vulcan.json, the empty table as an object", async t => {
  const { engine, runBoth } = await luaCode(t);
  const seen: Json[] = [];
  engine.registerHostTool("take", { description: "", call: args => seen.push(args) > 0 });
  for (const [code, args] of passed) {
    seen.length = 0;
    assert.deepEqual(await runBoth(`return vulcan.host.call("take", ${code}).ok`), { value: true });
    assert.deepEqual(seen, [args, args]);
  }
});

const wrong: [code: string, error: string][] = [
  ["has()", "host.has: name must be a string, got nil"],
  ["has(1)", "host.has: name must be a string, got integer"],
  ["has(print)", "host.has: name must be a string, got function"],
  ["has('\\255')", "host.has: name must be a valid UTF-8 string"],
  ["has(' ')", "host.has: name must not be empty"],
  ["has_tool({})", "host.has: name must be a string, got table"],
  ["call()", "host.call: args must be a table, got nil"],
  ["call('echo')", "host.call: args must be a table, got nil"],
  ["call('echo', 'x')", "host.call: args must be a table, got string"],
  ["call(nil, {})", "host.call: name must be a string, got nil"],
  ["call(print, {})", "host.call: name must be a string, got function"],
  ["call('', {})", "host.call: name must not be empty"],
  ["call('a\\0', {})", "host.call: name must not contain NUL bytes"],
  ["call('echo', { f = print })", "host.call: args.f: cannot convert function"],
  ["call('echo', { 'a', { b = '\\255' } })", "host.call: args[2].b: string is not valid UTF-8"],
];

test("wrong arguments are errors that name them", async t => {
  const { engine, runBoth } = await luaCode(t);
  engine.registerHostTool("echo", echo);
  for (const [code, error] of wrong) assert.deepEqual(await runBoth(`return vulcan.host.${code}`), { error });
});

test("a tool learns who calls, from the engine and not from Lua code", async t => {
  const { engine, root, run } = await luaCode(t);
  const callers: HostCaller[] = [];
  engine.registerHostTool("who", { description: "", call: (_, caller) => callers.push(caller) });
  const call = "return vulcan.host.call('who', { skill_id = 'somebody else' }).ok";
  const context = {
    requestContext: { requestId: "r-1", clientName: "editor", clientInfo: { name: "other" } },
  };
  await run(call, {}, "demo-run", { context });
  await run(call, {}, "second-other", { context: { requestContext: { clientInfo: { name: "desktop" } } } });
  await run(`return vulcan.call("demo-other", args.inner)`, { inner: { code: call } }, "second-run");
  assert.deepEqual(callers, [
    {
      skill_id: "demo",
      entry_name: "run",
      canonical_tool_name: "demo-run",
      root_name: "ROOT",
      skill_dir: `${root}/demo`,
      client_name: "editor",
      request_id: "r-1",
    },
    {
      skill_id: "second",
      entry_name: "other",
      canonical_tool_name: "second-other",
      root_name: "ROOT",
      skill_dir: `${root}/second`,
      client_name: "desktop",
      request_id: null,
    },
    {
      skill_id: "demo",
      entry_name: "other",
      canonical_tool_name: "demo-other",
      root_name: "ROOT",
      skill_dir: `${root}/demo`,
      client_name: null,
      request_id: null,
    },
  ]);
});

test("code of the host, of an exec and of a lease may call tools too, as nobody", async t => {
  const { engine } = await luaCode(t);
  const callers: HostCaller[] = [];
  engine.registerHostTool("who", { description: "", call: (_, caller) => callers.push(caller) });
  const code = "return vulcan.host.call('who', {}).ok";
  assert.equal(await engine.runLua(code), true);
  assert.match(await engine.execLua({ code }), /```json\ntrue\n```/);
  const lease = await engine.leases.create({ sid: "s" });
  assert.equal(await lease.eval(code), true);
  for (const { skill_id, entry_name, root_name, skill_dir } of callers) {
    assert.deepEqual([skill_id, entry_name, root_name, skill_dir], [null, null, null, null]);
  }
  assert.equal(callers.length, 3);
});

test("a strict exec has tools and models only when it is allowed to", async t => {
  const { engine } = await luaCode(t);
  engine.registerHostTool("echo", echo);
  const code = "return vulcan.host and vulcan.host.has('echo'), vulcan.models and vulcan.models.has('llm')";
  const without = await engine.execLua({ code, sandbox: "strict" });
  assert.match(without, /1\. \n```json\nnull\n```\n\n2\. \n```json\nnull/);
  const allowed = await engine.execLua({ code, sandbox: "strict", allow: ["host.has", "models"] });
  assert.match(allowed, /1\. \n```json\ntrue\n```\n\n2\. \n```json\nfalse/);
  const call = await engine.execLua({
    code: "return vulcan.host.call",
    sandbox: "strict",
    allow: ["host.has"],
  });
  assert.match(call, /```json\nnull/);
});

test("a tool that answers later is a failure in a synchronous call, and its rejection is nobody's problem", async t => {
  const { engine, runSync } = await luaCode(t);
  engine.registerHostTool("later", { description: "", call: async () => 1 });
  engine.registerHostTool("broken", { description: "", call: () => Promise.reject(new Error("late")) });
  for (const name of ["later", "broken"]) {
    assert.deepEqual(runSync(`return vulcan.host.call("${name}", {})`), {
      value: {
        ok: false,
        error: {
          code: "host_tool_callback_error",
          message: `host tool "${name}" answers later, and a synchronous call cannot wait for it`,
        },
      },
    });
  }
  await new Promise(resolve => setImmediate(resolve));
});

test("many calls wait for their tools at once, each for its own answer", async t => {
  const { engine, run } = await luaCode(t, { pool: { maxSize: 64 } });
  engine.registerHostTool("slow", {
    description: "",
    call: async args => {
      await new Promise(resolve => setImmediate(resolve));
      return (args as { n: number }).n;
    },
  });
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, n) => run("return vulcan.host.call('slow', { n = args.n }).value", { n })),
  );
  assert.deepEqual(
    outcomes,
    Array.from({ length: 50 }, (_, value) => ({ value })),
  );
});

test("the deadline of the call ends the wait and aborts the tool's signal", async t => {
  const { engine, run } = await luaCode(t);
  const signals: AbortSignal[] = [];
  engine.registerHostTool("hang", {
    description: "",
    call: (_args, _caller, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    },
  });
  const code = "return vulcan.host.call('hang', {})";
  await assert.rejects(run(code, {}, "demo-run", { timeoutMs: 50 }), { code: "LUA_TIMEOUT" });
  const controller = new AbortController();
  const aborted = run(code, {}, "demo-run", { signal: controller.signal });
  // The first call has cost its VM, so the second one begins with the making of another.
  while (signals.length < 2) await new Promise(resolve => setImmediate(resolve));
  controller.abort();
  await assert.rejects(aborted, { code: "LUA_ABORTED" });
  assert.deepEqual(
    signals.map(signal => signal.aborted),
    [true, true],
  );
});

test("a tool's signal stays quiet while the call runs, and later calls have their own", async t => {
  const { engine, run } = await luaCode(t);
  const signals: AbortSignal[] = [];
  engine.registerHostTool("note", {
    description: "",
    call: async (_args, _caller, { signal }) => signals.push(signal) > 0 && !signal.aborted,
  });
  const twice = "return { vulcan.host.call('note', {}).value, vulcan.host.call('note', {}).value }";
  assert.deepEqual(await run(twice), { value: [true, true] });
  assert.deepEqual(await run(twice), { value: [true, true] });
  assert.ok(signals.every(signal => signal.aborted));
});

test("a tool may call the engine while its caller waits, even with one VM", async t => {
  const { engine, run } = await luaCode(t, { pool: { minSize: 1, maxSize: 1 } });
  engine.registerHostTool("again", {
    description: "",
    call: async () => (await engine.call("second-run", { code: "return 'inner'" })).content,
  });
  assert.deepEqual(await run("return vulcan.host.call('again', {}).value"), { value: '{"value":"inner"}' });
});

test("names and tools of the wrong shape are refused, and a taken name", async t => {
  const engine = await createEngine(t);
  const cases: [name: unknown, tool: unknown, message: RegExp][] = [
    ["", echo, /name must be a non-empty string/],
    [" ", echo, /name must be a non-empty string/],
    ["a\0b", echo, /without NUL bytes/],
    [1, echo, /name must be a non-empty string/],
    ["x", undefined, /x: tool\.call must be a function, got undefined/],
    ["x", { description: "" }, /x: tool\.call must be a function, got undefined/],
    ["x", { call: () => 1 }, /x: tool\.description must be a string, got undefined/],
  ];
  for (const [name, tool, message] of cases) {
    assert.throws(() => engine.registerHostTool(name as never, tool as never), {
      name: "TypeError",
      message,
    });
  }
  const remove = engine.registerHostTool("taken", echo);
  assert.throws(() => engine.registerHostTool("taken", echo), {
    message: /there is a tool named taken already/,
  });
  remove();
  const second = engine.registerHostTool("taken", echo);
  remove();
  assert.throws(() => engine.registerHostTool("taken", echo), TypeError);
  second();
});

test("who calls is a JSON value that a tool may give back", async t => {
  const { engine, run } = await luaCode(t);
  engine.registerHostTool("who", { description: "", call: (_args: Json, caller: Json): Json => caller });
  assert.deepEqual(await run("return vulcan.host.call('who', {}).canonical_tool_name"), {
    value: "demo-run",
  });
});

test("a tool is called as a method of its object", async t => {
  const { engine, run } = await luaCode(t);
  class Counter implements HostTool {
    readonly description = "counts";
    #count = 0;
    call() {
      this.#count += 1;
      return this.#count;
    }
  }
  engine.registerHostTool("counter", new Counter());
  const code = "return vulcan.host.call('counter', {}).value";
  assert.deepEqual(await run(code), { value: 1 });
  assert.deepEqual(await run(code), { value: 2 });
});

test("closing the engine ends what waits for a tool", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() return vulcan.host.call('hang', {}) end",
  });
  const asked = new EventTarget();
  let ended: AbortSignal | undefined;
  engine.registerHostTool("hang", {
    description: "",
    call: (_args, _caller, { signal }) => {
      ended = signal;
      setImmediate(() => asked.dispatchEvent(new Event("asked")));
      return new Promise(() => {});
    },
  });
  const running = engine.call("demo-run");
  await once(asked, "asked");
  const closing = engine.close({ drainMs: 0 });
  await assert.rejects(running, { code: "ENGINE_CLOSED" });
  await closing;
  assert.equal(ended?.aborted, true);
});
