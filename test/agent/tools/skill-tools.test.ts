// Entries of skills as tools and as hooks: real LuaJIT behind a scripted model.

import assert from "node:assert/strict";
import { test } from "node:test";
import { skillHook, skillTools, subTurnTools } from "luaskills/agent";
import { engineWith, manifest, writeSkill } from "../../skills/skill-tree.js";
import { gate, outline, startLab } from "../lab.js";
import { calls, textsOf } from "../model-server.js";

test("the model calls an entry and reads what it returns, with the request as its context", async t => {
  const { engine } = await engineWith(t, {
    notes: `return function(args)
      local request = vulcan.context.request
      local agent = vulcan.context.tool_config.agent
      return args.topic .. " in " .. request.session_id .. " on " .. request.transport_name .. " at " .. agent.iteration
    end`,
  });
  const { loop, server } = await startLab(t, [calls(["notes-run", { topic: "cats" }]), "done"], {
    tools: [skillTools(engine)],
  });
  await loop.run({ sessionKey: "s", text: "go", channel: "web" });
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["cats in s on web at 1"]);
});

test("an entry has something for the user, too", async t => {
  const { engine } = await engineWith(t, {
    show: `return function()
      return "shown", nil, nil, { kind = "tool_result", payload = { for_user = "look", handled = true } }
    end`,
  });
  const { say, texts, server } = await startLab(t, [calls(["show-run"])], { tools: [skillTools(engine)] });
  assert.equal((await say("go")).text, "");
  assert.deepEqual(
    texts.map(({ content }) => content),
    ["look"],
  );
  assert.equal(server.requests.length, 1);
});

test("errors of Lua, their codes among them, are told to the model and to listeners", async t => {
  const { engine } = await engineWith(t, {
    bad: 'return function() error("no such file") end',
    endless: "return function() while true do end end",
    silent: "return function() end",
  });
  const { say, server, record } = await startLab(
    t,
    [calls(["bad-run"], ["endless-run"], ["silent-run"]), "done"],
    { tools: [skillTools(engine, { timeoutMs: 50 })] },
  );
  await say("go");
  const [bad, endless, silent] = textsOf(await server.request(2), "tool");
  assert.match(bad ?? "", /tool "bad-run" failed: bad-run: .*no such file/);
  assert.match(endless ?? "", /tool "endless-run" failed/);
  assert.match(silent ?? "", /tool "silent-run" failed/);
  assert.deepEqual(
    record.payloads("agent.tool.exec_end").map(({ errorCode }) => errorCode),
    ["LUA_RUNTIME", "LUA_TIMEOUT", "SKILL_RESULT"],
  );
});

test("a hard abort ends running Lua code and its VM goes back or away", async t => {
  const { engine } = await engineWith(t, {
    endless: "return function() vulcan.host.call('started', {}) while true do end end",
  });
  const started = gate();
  engine.registerHostTool("started", {
    description: "",
    call: () => {
      started.open();
      return null;
    },
  });
  const { say, loop, history } = await startLab(t, [calls(["endless-run"])], { tools: [skillTools(engine)] });
  const turn = say("go");
  await started.opened;
  await loop.abort("s");
  assert.equal((await turn).status, "aborted");
  assert.deepEqual(await history(), []);
  while (engine.stats().calls.running > 0) await new Promise(resolve => setImmediate(resolve));
  assert.equal(engine.stats().pool.leased, 0);
});

test("no VM is leased while a sub-turn waits for its model", async t => {
  const { engine } = await engineWith(t, { look: 'return function() return "seen" end' });
  const leased: number[] = [];
  const { say } = await startLab(
    t,
    request => {
      leased.push(engine.stats().pool.leased);
      const last = request.body.messages.at(-1);
      if (last?.role === "tool") return "done";
      return textsOf(request, "user")[0] === "go"
        ? calls(["subagent", { task: "look" }])
        : calls(["look-run"]);
    },
    { tools: [skillTools(engine), subTurnTools()] },
  );
  assert.equal((await say("go")).text, "done");
  assert.deepEqual(leased, [0, 0, 0, 0]);
});

test("skills that are reloaded are there in the next turn", async t => {
  const { engine, root } = await engineWith(t, { one: 'return function() return "1" end' });
  const { say, server } = await startLab(t, ["a", "b"], { tools: [skillTools(engine)] });
  await say("go");
  writeSkill(root, "two", 'return function() return "2" end');
  await engine.reload();
  await say("go");
  assert.deepEqual(
    (await server.request(2)).body.tools?.map(tool => tool.function.name),
    ["one-run", "two-run"],
  );
});

test("entries can be left out, hidden, and cut", async t => {
  const { engine } = await engineWith(t, {
    big: 'return function() return ("line\\n"):rep(100) .. ("x"):rep(100) end',
    out: 'return function() return "" end',
    rare: 'return function() return "" end',
  });
  const { say, server } = await startLab(t, [calls(["big-run"]), "done"], {
    tools: [
      skillTools(engine, {
        include: ({ skillId }) => skillId !== "out",
        hidden: ({ skillId }) => skillId === "rare",
        maxBytes: 23,
      }),
    ],
  });
  await say("go");
  assert.deepEqual(
    (await server.request(1)).body.tools?.map(tool => tool.function.name),
    ["big-run"],
  );
  assert.deepEqual(textsOf(await server.request(2), "tool"), [
    `${"line\n".repeat(4)}\n[truncated: 580 of 600 bytes are missing]`,
  ]);
});

test("entries that say in their manifest that they change nothing are read-only tools", async t => {
  const entries = ["looks", "writes"];
  const { engine } = await engineWith(t, {
    notes: {
      "skill.yaml": manifest(entries).replace(
        "lua_module: looks\n",
        "lua_module: looks\n    annotations: { read_only: true }\n",
      ),
      "runtime/looks.lua": "return function() return '' end",
      "runtime/writes.lua": "return function() return '' end",
    },
  });
  const listed = async (options?: Parameters<typeof skillTools>[1]) =>
    (await skillTools(engine, options).list()).map(({ readOnly }) => readOnly === true);
  assert.deepEqual(await listed(), [true, false]);
  assert.deepEqual(await listed({ readOnly: () => true }), [true, true]);
});

test("a cut never tears a character", async t => {
  const { engine } = await engineWith(t, { wide: 'return function() return ("ü"):rep(100) end' });
  const { say, server } = await startLab(t, [calls(["wide-run"]), "done"], {
    tools: [skillTools(engine, { maxBytes: 21 })],
  });
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), [
    `${"ü".repeat(10)}\n[truncated: 180 of 200 bytes are missing]`,
  ]);
});

const guard = `return function(args)
  local tool = args.request.tool
  if args.stage == "approve_tool" then
    return vulcan.json.encode({ approved = tool ~= "look-forbidden", reason = "ask somebody else" })
  end
  if tool == "look-first" then return vulcan.json.encode({ action = "modify", arguments = { n = 2 } }) end
  if tool == "look-broken" then return "nonsense" end
  return ""
end`;

test("an entry of a skill can be a hook: it changes, approves and denies; one that answers nonsense is skipped", async t => {
  const { engine } = await engineWith(t, {
    guard,
    look: {
      "skill.yaml": manifest(["first", "forbidden", "broken"]),
      "runtime/first.lua": "return function(args) return tostring(args.n) end",
      "runtime/forbidden.lua": "return function() return 'never' end",
      "runtime/broken.lua": "return function() return 'fine' end",
    },
  });
  const hook = skillHook(engine, "guard-run", { stages: ["before_tool", "approve_tool"] });
  const { say, server, record } = await startLab(
    t,
    [calls(["look-first", { n: 1 }], ["look-forbidden"], ["look-broken"]), "done"],
    { tools: [skillTools(engine, { include: ({ skillId }) => skillId === "look" })], hooks: [hook] },
  );
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), [
    "2",
    "Tool execution denied by approval hook: ask somebody else",
    "fine",
  ]);
  assert.deepEqual(
    record.payloads("agent.hook.degraded").map(({ hook: name, stage }) => [name, stage]),
    [["guard-run", "before_tool"]],
  );
});

test("a hook that is an entry which is not loaded lets tools run, and approves none", async t => {
  const { engine } = await engineWith(t, { look: 'return function() return "seen" end' });
  const missing = (stages: Parameters<typeof skillHook>[2]["stages"], name: string) =>
    skillHook(engine, "gone-run", { stages, name });
  const open = await startLab(t, [calls(["look-run"]), "done"], {
    tools: [skillTools(engine)],
    hooks: [missing(["before_tool"], "intercepts")],
  });
  await open.say("go");
  assert.deepEqual(textsOf(await open.server.request(2), "tool"), ["seen"]);
  const closed = await startLab(t, [calls(["look-run"]), "done"], {
    tools: [skillTools(engine)],
    hooks: [missing(["approve_tool"], "approves")],
  });
  await closed.say("go");
  assert.deepEqual(
    outline(await closed.history())[2],
    'tool: Tool execution denied by approval hook: tool approval hook "approves" failed',
  );
  assert.throws(() => skillHook(engine, "x", { stages: [] }), /stages must name some of/);
});
