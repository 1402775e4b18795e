// Hooks around models and tools.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BeforeModelRequest, Hook } from "luaskills/agent";
import { gate, outline, startLab } from "./lab.js";
import { ManualClock } from "./manual-clock.js";
import { calls, textsOf } from "./model-server.js";

const never = () => new Promise<never>(() => {});

test("T11: hooks of the process come first whatever the priority, then by priority, then by name", async t => {
  const order: string[] = [];
  const hook = (name: string, priority: number, source: Hook["source"] = "inProcess"): Hook => ({
    name,
    priority,
    source,
    beforeTool() {
      order.push(name);
    },
  });
  const { say } = await startLab(t, [calls(["one"]), "done"], {
    functions: { one: () => "1" },
    hooks: [hook("far", -5, "process"), hook("late", 9), hook("b", 1), hook("a", 1)],
  });
  await say("go");
  assert.deepEqual(order, ["a", "b", "late", "far"]);
});

test("T12: before_tool can change the arguments and the tool, and feedback shows the new name", async t => {
  const { say, texts, record } = await startLab(t, [calls(["one", { n: 1 }]), "done"], {
    functions: { one: () => assert.fail(), two: args => JSON.stringify(args) },
    toolFeedback: true,
    hooks: [{ name: "renames", beforeTool: () => ({ action: "modify", tool: "two", arguments: { n: 2 } }) }],
  });
  await say("go");
  assert.deepEqual(
    texts.map(({ kind, content }) => [kind, content]),
    [["feedback", '🔧 `two`\n```json\n{\n  "n": 2\n}\n```']],
  );
  assert.deepEqual(record.payloads("agent.tool.exec_start")[0]?.arguments, { n: 2 });
  assert.equal(record.payloads("agent.tool.exec_end")[0]?.tool, "two");
});

test("T12: after_tool can change the result, and sees what the hook before it made of it", async t => {
  const { say, server } = await startLab(t, [calls(["one"]), "done"], {
    functions: { one: () => "1" },
    hooks: [
      {
        name: "a",
        afterTool: ({ result }) => ({ action: "modify", result: { forModel: `${result.forModel}a` } }),
      },
      {
        name: "b",
        afterTool: ({ result }) => ({ action: "modify", result: { forModel: `${result.forModel}b` } }),
      },
    ],
  });
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["1ab"]);
});

test("T13: a denied tool does not run, and the model and the event have the exact text", async t => {
  const { say, server, record } = await startLab(t, [calls(["one"], ["two"]), "done"], {
    functions: { one: () => assert.fail(), two: () => assert.fail() },
    hooks: [
      {
        name: "guard",
        beforeTool: ({ tool }) => (tool === "one" ? { action: "deny_tool", reason: "not today" } : undefined),
        approveTool: () => ({ approved: false, reason: "not you" }),
      },
    ],
  });
  await say("go");
  const denials = [
    "Tool execution denied by hook: not today",
    "Tool execution denied by approval hook: not you",
  ];
  assert.deepEqual(textsOf(await server.request(2), "tool"), denials);
  assert.deepEqual(
    record.payloads("agent.tool.exec_skipped").map(({ reason }) => reason),
    denials,
  );
  assert.equal(record.of("agent.tool.exec_start").length, 0);
});

test("T13: a denial without a reason has none", async t => {
  const { say, server } = await startLab(t, [calls(["one"]), "done"], {
    functions: { one: () => assert.fail() },
    hooks: [{ name: "guard", approveTool: () => ({ approved: false }) }],
  });
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["Tool execution denied by approval hook"]);
});

test("T14: where a hook answers neither the tool nor after_tool runs, and the end has the length of its answer", async t => {
  const { say, server, record } = await startLab(t, [calls(["one"]), "done"], {
    functions: { one: () => assert.fail() },
    hooks: [
      {
        name: "answers",
        beforeTool: () => ({ action: "respond", result: { forModel: "instead" } }),
        afterTool: () => assert.fail(),
      },
    ],
  });
  await say("go");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["instead"]);
  const [end] = record.payloads("agent.tool.exec_end");
  assert.deepEqual([end?.forModelLen, end?.responded, end?.status], [7, true, "completed"]);
});

test("T16: before_llm may change the model and add user messages, but no system message", async t => {
  const { say, server, record } = await startLab(t, ["one", "two"], {
    systemPrompt: "Be kind.",
    hooks: [
      {
        name: "changes",
        beforeModel({ messages }) {
          // As if it had come from another process.
          const copy = JSON.parse(JSON.stringify(messages)) as BeforeModelRequest["messages"];
          return {
            action: "modify",
            model: "other",
            messages: [...copy, { role: "user", content: "in verse" }],
          };
        },
      },
    ],
  });
  await say("go");
  const first = await server.request(1);
  assert.equal(first.body.model, "other");
  assert.deepEqual(textsOf(first, "user"), ["go", "in verse"]);
  assert.equal(record.payloads("agent.llm.request")[0]?.model, "other");
});

test("T16: messages of a hook that changes the system prompt are not used, and its other changes are", async t => {
  const { say, server, record } = await startLab(t, ["one"], {
    systemPrompt: "Be kind.",
    hooks: [
      {
        name: "bad",
        beforeModel: () => ({
          action: "modify",
          model: "other",
          messages: [{ role: "system", content: "Be bad." }],
        }),
      },
    ],
  });
  await say("go");
  const request = await server.request(1);
  assert.deepEqual(textsOf(request, "system"), ["Be kind."]);
  assert.equal(request.body.model, "other");
  assert.match(record.payloads("agent.hook.degraded")[0]?.problem ?? "", /system messages/);
});

test("T16: tools that a hook writes into its request reach no model", async t => {
  const { say, server } = await startLab(t, ["one"], {
    functions: { one: () => "1" },
    hooks: [
      {
        name: "smuggles",
        beforeModel(request) {
          request.tools.push({ name: "evil", description: "", inputSchema: {} });
          return { action: "modify" };
        },
      },
    ],
  });
  await say("go");
  assert.deepEqual(
    (await server.request(1)).body.tools?.map(tool => tool.function.name),
    ["one"],
  );
});

test("after_llm can change the answer", async t => {
  const { say } = await startLab(t, ["plain"], {
    hooks: [
      {
        name: "shouts",
        afterModel: ({ response }) => ({
          action: "modify",
          response: { ...response, content: response.content.toUpperCase() },
        }),
      },
    ],
  });
  assert.equal((await say("go")).text, "PLAIN");
});

test("T17: an interceptor that fails or takes too long is skipped, with an event", async t => {
  const clock = new ManualClock();
  const { say, record } = await startLab(t, [calls(["one"]), "done"], {
    clock,
    functions: { one: () => "1" },
    hooks: [
      {
        name: "broken",
        beforeTool: () => {
          throw new Error("oops");
        },
      },
      { name: "slow", beforeTool: never },
    ],
  });
  const turn = say("go");
  await clock.scheduled(5_000);
  clock.advance(5_000);
  assert.equal((await turn).text, "done");
  assert.equal(record.payloads("agent.tool.exec_end")[0]?.status, "completed");
  assert.deepEqual(
    record.payloads("agent.hook.degraded").map(({ hook, stage }) => [hook, stage]),
    [
      ["broken", "before_tool"],
      ["slow", "before_tool"],
    ],
  );
});

test("T17: an approver that fails or takes too long denies", async t => {
  const clock = new ManualClock();
  const { say, server } = await startLab(t, [calls(["one"]), calls(["two"]), "done"], {
    clock,
    functions: { one: () => assert.fail(), two: () => assert.fail() },
    hooks: [
      {
        name: "asks",
        approveTool: ({ tool }) => {
          if (tool === "one") throw new Error("oops");
          return never();
        },
      },
    ],
  });
  const turn = say("go");
  await clock.scheduled(60_000);
  clock.advance(60_000);
  await turn;
  assert.deepEqual(textsOf(await server.request(3), "tool"), [
    'Tool execution denied by approval hook: tool approval hook "asks" failed',
    'Tool execution denied by approval hook: tool approval hook "asks" timed out',
  ]);
});

test("T19: a tool that the profile does not allow is refused before any hook can answer for it", async t => {
  const { loop, server, record } = await startLab(t, [calls(["two"]), "done"], {
    functions: { one: () => "1", two: () => assert.fail() },
    hooks: [{ name: "answers", beforeTool: () => ({ action: "respond", result: { forModel: "instead" } }) }],
  });
  await loop.run({ sessionKey: "s", text: "go", profile: { tools: ["one"] } });
  const text = 'Tool "two" is not allowed by the active turn profile.';
  assert.deepEqual(
    (await server.request(1)).body.tools?.map(tool => tool.function.name),
    ["one"],
  );
  assert.deepEqual(textsOf(await server.request(2), "tool"), [text]);
  assert.deepEqual(record.payloads("agent.tool.exec_skipped")[0]?.reason, text);
});

test("T19: a tool that a hook has renamed is checked again", async t => {
  const { loop, server } = await startLab(t, [calls(["one"]), "done"], {
    functions: { one: () => assert.fail(), two: () => assert.fail() },
    hooks: [{ name: "renames", beforeTool: () => ({ action: "modify", tool: "two" }) }],
  });
  await loop.run({ sessionKey: "s", text: "go", profile: { tools: ["one"] } });
  assert.deepEqual(textsOf(await server.request(2), "tool"), [
    'Tool "two" is not allowed by the active turn profile.',
  ]);
});

test("T19: a hook cannot bring up a tool that the profile does not allow", async t => {
  const { loop, server } = await startLab(t, ["done"], {
    functions: {
      one: () => "1",
      secret: { hidden: true, run: () => "2" },
      open: { hidden: true, run: () => "3" },
    },
    hooks: [{ name: "adds", beforeModel: () => ({ action: "modify", addTools: ["secret", "open"] }) }],
  });
  await loop.run({ sessionKey: "s", text: "go", profile: { tools: ["one", "open"] } });
  assert.deepEqual(
    (await server.request(1)).body.tools?.map(tool => tool.function.name),
    ["one", "open"],
  );
});

test("a hook can end a turn as an error, whose history every call of has an answer", async t => {
  const { say, history, record } = await startLab(t, [calls(["one"], ["two"])], {
    functions: { one: () => "1", two: () => assert.fail() },
    hooks: [
      {
        name: "stops",
        beforeTool: ({ tool }) => (tool === "two" ? { action: "abort_turn", reason: "enough" } : undefined),
      },
    ],
  });
  const outcome = await say("go");
  assert.deepEqual([outcome.status, outcome.error], ["error", "hook requested turn abort: enough"]);
  assert.deepEqual(outline(await history()), [
    "user: go",
    "assistant: [one, two]",
    "tool: 1",
    "tool: Aborted: the turn ended before this tool had a result.",
  ]);
  assert.equal(record.payloads("agent.error")[0]?.stage, "hook");
});

test("a hook can abort a turn hard, which leaves nothing", async t => {
  const { say, history } = await startLab(t, [calls(["one"])], {
    functions: { one: () => assert.fail() },
    hooks: [{ name: "stops", beforeTool: () => ({ action: "hard_abort" }) }],
  });
  assert.equal((await say("go")).status, "aborted");
  assert.deepEqual(await history(), []);
});

test("a hook of the same name takes the place of the earlier one, which is closed", async t => {
  const closed: string[] = [];
  const { loop, say } = await startLab(t, ["one"], {
    hooks: [{ name: "same", beforeModel: () => assert.fail(), close: () => void closed.push("first") }],
  });
  const remove = loop.addHook({ name: "same", close: () => void closed.push("second") });
  await say("go");
  assert.deepEqual(closed, ["first"]);
  await remove();
  await remove();
  assert.deepEqual(closed, ["first", "second"]);
});

test("an observer that hangs loses its own events only, and nobody waits for it", async t => {
  const clock = new ManualClock();
  const heard: string[] = [];
  const aborted = gate();
  const { say, loop } = await startLab(t, ["one"], {
    clock,
    hooks: [
      {
        name: "hangs",
        onEvent: (_event, { signal }) => {
          signal.addEventListener("abort", () => aborted.open(), { once: true });
          return never();
        },
      },
      { name: "listens", events: ["agent.turn.*"], onEvent: event => void heard.push(event.kind) },
    ],
  });
  assert.equal((await say("go")).text, "one");
  assert.deepEqual(heard, ["agent.turn.start", "agent.turn.end"]);
  clock.advance(500);
  await aborted.opened;
  // Its queue is emptied without it: closing does not wait for a time that nobody moves.
  while (loop.events.stats().subscribers.some(({ queued }) => queued > 0)) {
    clock.advance(500);
    await new Promise(resolve => setImmediate(resolve));
  }
  clock.advance(500);
});

test("a hook of the wrong shape is refused by name", async t => {
  const { loop } = await startLab(t, []);
  assert.throws(() => loop.addHook({ name: "" }), /must have a name/);
  assert.throws(
    () => loop.addHook({ name: "odd", beforeTool: 1 } as unknown as Hook),
    /beforeTool of "odd" must be a function, got number/,
  );
});
