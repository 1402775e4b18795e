import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { CallOptions } from "luaskills";
import { engineWith, writeSkill } from "../skills/skill-tree.js";
import { luaCode } from "./lua-code.js";

type Context = NonNullable<CallOptions["context"]>;

/** An empty table, as JSON shows it. */
const empty: never[] = [];

const full: Context = {
  requestContext: {
    requestId: "r-1",
    clientName: "client",
    transportName: "mcp",
    sessionId: "s-1",
    clientInfo: { kind: "ide", name: "editor", version: "1.2" },
    clientCapabilities: { sampling: { tools: true }, host_result: { enabled: true, max_payload_bytes: 9 } },
  },
  clientBudget: { tool_result: { bytes: 65_536, lines: 2_000 }, file_read: { bytes: 1, lines: 2 } },
  toolConfig: { list: [1, "two", { three: 3 }] },
};

const fields: [field: string, what: string, context: Context | undefined, value: unknown][] = [
  ["request", "without a context", undefined, empty],
  ["request", "of a context without a request", {}, empty],
  [
    "request",
    "of a full request",
    full,
    {
      request_id: "r-1",
      client_name: "client",
      transport_name: "mcp",
      session_id: "s-1",
      client_info: { kind: "ide", name: "editor", version: "1.2" },
      client_capabilities: full.requestContext?.clientCapabilities,
    },
  ],
  [
    "request",
    "of a request that says little",
    { requestContext: { sessionId: "s" } },
    { session_id: "s", client_capabilities: empty },
  ],
  ["client_info", "without a context", undefined, undefined],
  ["client_info", "of a request that names none", { requestContext: { sessionId: "s" } }, undefined],
  ["client_info", "of a full request", full, { kind: "ide", name: "editor", version: "1.2" }],
  [
    "client_info",
    "of a request that names a part",
    { requestContext: { clientInfo: { name: "x" } } },
    { name: "x" },
  ],
  ["client_capabilities", "without a context", undefined, empty],
  ["client_capabilities", "of a request that names none", { requestContext: {} }, empty],
  ["client_capabilities", "of a full request", full, full.requestContext?.clientCapabilities],
  ["client_capabilities", "that are no object", { requestContext: { clientCapabilities: "all" } }, "all"],
  ["client_budget", "without a context", undefined, empty],
  ["client_budget", "of null", { clientBudget: null }, empty],
  ["client_budget", "of a full context", full, full.clientBudget],
  ["client_budget", "with null members, which are absent", { clientBudget: { a: null, b: 1 } }, { b: 1 }],
  ["client_budget", "of any other shape", { clientBudget: ["x", 2] }, ["x", 2]],
  ["tool_config", "without a context", undefined, empty],
  ["tool_config", "of null", { toolConfig: null }, empty],
  ["tool_config", "of a full context", full, full.toolConfig],
  ["host_result", "without a context", undefined, { enabled: false, allowed_kinds: empty }],
  ["host_result", "of a full request", full, { enabled: true, allowed_kinds: empty, max_payload_bytes: 9 }],
  ["nothing_known", "of a full context", full, undefined],
];

for (const [field, what, context, value] of fields) {
  test(`vulcan.context.${field} ${what}`, async t => {
    const { runBoth } = await luaCode(t);
    const options = context === undefined ? undefined : { context };
    assert.deepEqual(await runBoth(`return vulcan.context.${field}`, {}, "demo-run", options), { value });
  });
}

test("a context that JSON cannot say is an error of whoever reads the field", async t => {
  const { run } = await luaCode(t);
  const context = { clientBudget: { report: () => {} }, toolConfig: { fine: true } } as unknown as Context;
  const outcome = await run("return vulcan.context.client_budget", {}, "demo-run", { context });
  assert.match("error" in outcome ? outcome.error : "", /result\.report: cannot convert function/);
  const fine = await run("return vulcan.context.tool_config", {}, "demo-run", { context });
  assert.deepEqual(fine, { value: { fine: true } });
});

test("the paths of a skill are strings while its entry runs, whether there is anything at them or not", async t => {
  const { runBoth, root } = await luaCode(t);
  const code = `
    local context, deps = vulcan.context, vulcan.deps
    return { context.skill_dir, context.entry_dir, context.entry_file, deps.tools_path, deps.lua_path, deps.ffi_path }`;
  for (const [name, skill, entry] of [
    ["demo-run", "demo", "run"],
    ["demo-other", "demo", "other"],
    ["second-run", "second", "run"],
  ] as const) {
    const dependencies = join(root, "..", "dependencies");
    assert.deepEqual(await runBoth(code, {}, name), {
      value: [
        join(root, skill),
        join(root, skill, "runtime"),
        join(root, skill, "runtime", `${entry}.lua`),
        ...["tools", "lua", "ffi"].map(kind => join(dependencies, kind, skill)),
      ],
    });
  }
});

test("vulcan.runtime.internal names the tool, its skill, its entry and its root", async t => {
  const { runBoth } = await luaCode(t);
  const code = `
    local i = vulcan.runtime.internal
    return { i.tool_name, i.skill_name, i.entry_name, i.root_name, i.luaexec_active, tostring(i.luaexec_caller_tool_name) }`;
  assert.deepEqual(await runBoth(code, {}, "second-other"), {
    value: ["second-other", "second", "other", "ROOT", false, "nil"],
  });
});

/** Everything that only a call of an entry has. */
const ofNobody = `
  local seen = {}
  for name, view in pairs({ context = vulcan.context, deps = vulcan.deps, internal = vulcan.runtime.internal }) do
    for key, value in pairs(view) do
      if type(value) ~= "table" then seen[name .. "." .. key] = value end
    end
  end
  return seen`;

test("outside of entries nothing says where the code is from", async t => {
  const { engine } = await engineWith(t, { demo: "return function() end" });
  const nobody = { "internal.luaexec_active": false };
  assert.deepEqual(await engine.runLua(ofNobody), nobody);
  assert.deepEqual(engine.runLuaSync(ofNobody), nobody);
  const lease = await engine.leases.create({ sid: "s" });
  assert.deepEqual(await lease.eval(ofNobody), nobody);
});

test("the body of an entry file belongs to no request and no entry, whether it runs for a call or at load", async t => {
  const { engine } = await engineWith(t, {
    demo: `local function look() ${ofNobody} end
      local body = look()
      local request, budget = vulcan.context.request, vulcan.context.client_budget
      return function()
        return vulcan.json.encode({ body, request, budget, vulcan.context.client_budget })
      end`,
  });
  for (const { content } of [
    await engine.call("demo-run", {}, { context: full }),
    engine.callSync("demo-run", {}, { context: full }),
  ]) {
    assert.deepEqual(JSON.parse(content), [{ "internal.luaexec_active": false }, [], [], full.clientBudget]);
  }
});

test("code of the host sees the context that the host gives", async t => {
  const { engine } = await engineWith(t, { demo: "return function() end" });
  const code =
    "return { vulcan.context.request.session_id, vulcan.context.client_budget, vulcan.context.tool_config }";
  const value = ["s-1", full.clientBudget, full.toolConfig];
  assert.deepEqual(await engine.runLua(code, {}, { context: full }), value);
  assert.deepEqual(engine.runLuaSync(code, {}, { context: full }), value);
  const lease = await engine.leases.create({ sid: "s" });
  assert.deepEqual(await lease.eval(code, {}, { context: full }), value);
  assert.deepEqual(await lease.eval("return vulcan.context.request"), empty);
});

test("an exec sees a request of its own, the file it runs, and who asked", async t => {
  const { engine, root } = await engineWith(t, {
    demo: `return function(args) return vulcan.runtime.lua.exec(args) end`,
  });
  const look = `
    local c, i = vulcan.context, vulcan.runtime.internal
    return vulcan.json.encode({ request = c.request, info = c.client_info, budget = c.client_budget,
      dir = c.entry_dir, file = c.entry_file, skill = c.skill_dir, deps = vulcan.deps.tools_path,
      active = i.luaexec_active, caller = i.luaexec_caller_tool_name, tool = i.tool_name })`;
  const info = { kind: "runtime", name: "luaexec_call", version: "internal-runtime" };
  const common = {
    request: {
      transport_name: "luaexec_call",
      session_id: "luaexec-call-internal",
      client_info: info,
      client_capabilities: empty,
    },
    info,
    budget: empty,
    active: true,
  };
  const seen = (report: string) => JSON.parse(/```text\n(.*)\n```/.exec(report)?.[1] ?? "");
  assert.deepEqual(seen(await engine.execLua({ code: look })), common);
  assert.deepEqual(seen(await engine.execLua({ code: look, callerToolName: "x" })), {
    ...common,
    caller: "x",
  });
  const folder = writeSkill(root, "scripts", { "look.lua": look });
  const file = join(folder, "look.lua");
  assert.deepEqual(seen(await engine.execLua({ file })), { ...common, dir: folder, file });
  for (const { content } of [
    await engine.call("demo-run", { code: look }, { context: full }),
    engine.callSync("demo-run", { code: look, caller_tool_name: "somebody else" }, { context: full }),
  ]) {
    assert.deepEqual(seen(content), { ...common, caller: "demo-run" });
  }
});

test("what a view hands out is the reader's own: changing it changes nothing", async t => {
  const { runBoth } = await luaCode(t);
  const code = `
    local context = vulcan.context
    context.request.session_id = "stolen"
    context.client_budget.tool_result.bytes = 0
    context.host_result.enabled = "yes"
    rawset(context.tool_config, "list", nil)
    setmetatable(context.request, { __index = function() return "x" end })
    return { context.request.session_id, context.client_budget.tool_result.bytes, context.host_result.enabled,
      #context.tool_config.list, tostring(context.request.nothing) }`;
  const outcome = await runBoth(code, {}, "demo-run", { context: full });
  assert.deepEqual(outcome, { value: ["s-1", 65_536, true, 3, "nil"] });
});

for (const [view, member] of [
  ["context", "skill_dir"],
  ["context", "request"],
  ["context", "new"],
  ["deps", "tools_path"],
  ["runtime.internal", "tool_name"],
  ["runtime.internal", "luaexec_active"],
] as const) {
  test(`vulcan.${view}.${member} cannot be written`, async t => {
    const { runBoth } = await luaCode(t);
    assert.deepEqual(
      await runBoth(`local before = vulcan.${view}.${member}
      local ok, message = pcall(function() vulcan.${view}.${member} = "mine" end)
      assert(not ok and vulcan.json.encode(before) == vulcan.json.encode(vulcan.${view}.${member}))
      error(message, 0)`),
      {
        error: `code:2: vulcan.${view}.${member}: vulcan.${view} is read-only`,
      },
    );
  });
}

test("pairs goes through the fields that have a value", async t => {
  const { runBoth } = await luaCode(t);
  const names = (view: string) => `
    local names = {}
    for name, value in pairs(vulcan.${view}) do
      assert(vulcan.json.encode(value) == vulcan.json.encode(vulcan.${view}[name]))
      names[#names + 1] = name
    end
    table.sort(names)
    return table.concat(names, " ")`;
  const value = async (view: string, context?: Context) =>
    runBoth(names(view), {}, "demo-run", context === undefined ? undefined : { context });
  const own = "entry_dir entry_file host_result request skill_dir tool_config";
  assert.deepEqual(await value("context"), { value: `client_budget client_capabilities ${own}` });
  assert.deepEqual(await value("context", full), {
    value: `client_budget client_capabilities client_info ${own}`,
  });
  assert.deepEqual(await value("deps"), { value: "ffi_path lua_path tools_path" });
  assert.deepEqual(await value("runtime.internal"), {
    value: "entry_name luaexec_active root_name skill_name tool_name",
  });
});

test("views are read from a lane and from coroutines as well", async t => {
  const { run } = await luaCode(t, { inlineBudgetUs: 50 });
  const code = `
    local stop = os.clock() + 0.01
    while os.clock() < stop do end
    local seen = {}
    local read = coroutine.wrap(function()
      while true do
        coroutine.yield(vulcan.context.request.session_id)
      end
    end)
    read()
    seen[1] = read()
    table.sort({ 3, 1, 2 }, function(a, b) seen[2] = vulcan.runtime.internal.tool_name return a < b end)
    return seen`;
  assert.deepEqual(await run(code, {}, "demo-run", { context: full }), { value: ["s-1", "demo-run"] });
});

const texts: [code: string, text: string][] = [
  ["vulcan.deps", '{"ffi_path":"F","lua_path":"L","tools_path":"T"}'],
  ["{ deps = vulcan.deps, x = 1 }", '{"deps":{"ffi_path":"F","lua_path":"L","tools_path":"T"},"x":1}'],
  ["vulcan.runtime.overflow_type", '{"page":"page","truncate":"truncate"}'],
  ["{ vulcan.deps.lua_path, { 1 } }", '["L",[1]]'],
  ["{}", "[]"],
  ["vulcan.json.object({ e = vulcan.json.object() })", '{"e":{}}'],
  ["vulcan.json.array()", "[]"],
];

for (const [code, text] of texts) {
  test(`vulcan.json.encode(${code}) is ${text}`, async t => {
    const { runBoth, root } = await luaCode(t);
    const dependencies = join(root, "..", "dependencies");
    const paths = { F: "ffi", L: "lua", T: "tools" } as const;
    const expected = text.replace(/"([FLT])"/g, (_, kind: keyof typeof paths) =>
      JSON.stringify(join(dependencies, paths[kind], "demo")),
    );
    assert.deepEqual(await runBoth(`return vulcan.json.encode(${code})`), { value: expected });
  });
}

test("vulcan.json.encode shows the whole context, and still refuses functions and nothing", async t => {
  const { runBoth } = await luaCode(t);
  const code = "return vulcan.json.decode(vulcan.json.encode({ context = vulcan.context }))";
  const outcome = await runBoth(code, {}, "demo-run", { context: full });
  assert.ok("value" in outcome);
  const { context } = outcome.value as { context: { [field: string]: unknown } };
  assert.deepEqual(context.client_budget, full.clientBudget);
  assert.deepEqual(context.client_info, full.requestContext?.clientInfo);
  for (const value of ["vulcan.fs", "{ vulcan.fs.read }", "print", ""]) {
    const refused = await runBoth(`return vulcan.json.encode(${value})`);
    assert.match("error" in refused ? refused.error : "", /^(code:1: )?(json\.encode: |bad argument)/);
  }
});
