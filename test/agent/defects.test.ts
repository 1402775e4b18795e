// Defects of the system whose behaviour this one re-creates (W1–W40), each shown absent. Where a promise is the opposite of a
// defect, its test is beside the promise: W1–W5 in subturns/, W17, W20 here, W26 here, W36 in hooks, W40 in events/.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type AgentEvent,
  defaultContextPolicy,
  type Hook,
  MemorySessionStore,
  type Message,
  type SessionStore,
  type SubTurnRequest,
  subTurnTools,
  type ToolContext,
} from "luaskills/agent";
import { gate, outline, startLab } from "./lab.js";
import { ManualClock } from "./manual-clock.js";
import { calls, contextLengthExceeded, textsOf } from "./model-server.js";

const back = (task: string, more: Partial<SubTurnRequest> = {}): SubTurnRequest => ({
  task,
  deliver: "return",
  ...more,
});

/** True for every question after the first batch of tools. */
const hasWorked = (request: { body: { messages: { role: string }[] } }) =>
  request.body.messages.some(({ role }) => role === "tool");

/** True for the question that comes after a batch of tools. */
const afterTools = (request: { body: { messages: { role: string }[] } }) =>
  request.body.messages.at(-1)?.role === "tool";

test("W1, W2, W4: a result that is offered while its parent ends is an orphan with its own id and text", async t => {
  const { loop, record } = await startLab(
    t,
    request => {
      const [task] = textsOf(request, "user");
      if (task === "root") return hasWorked(request) ? "root done" : calls(["start"]);
      return `${task} done`;
    },
    {
      functions: {
        start: (_args, context) => {
          for (const task of ["a", "b"]) context.spawn({ task, deliver: "mailbox", critical: true });
          return "started";
        },
      },
    },
  );
  await loop.run({ sessionKey: "s", text: "root" });
  await record.next("agent.subturn.end", 2);
  await new Promise(resolve => setImmediate(resolve));
  const delivered = record.payloads("agent.subturn.result_delivered").map(({ result }) => result.text);
  const orphaned = loop.orphans().map(({ result }) => result.text);
  assert.deepEqual([...delivered, ...orphaned].sort(), ["a done", "b done"]);
});

test("W5: every result that waits is in the next model call, not one per look", async t => {
  const { say, history } = await startLab(
    t,
    request => {
      const [task] = textsOf(request, "user");
      if (task === "root")
        return afterTools(request) ? "wrong" : request.number === 1 ? calls(["start"]) : "root done";
      return `${task} done`;
    },
    {
      functions: {
        start: async (_args, context) => {
          await Promise.all(["a", "b", "c"].map(task => context.spawn({ task, deliver: "mailbox" }).result));
          return "started";
        },
      },
    },
  );
  await say("root");
  const lines = outline(await history());
  assert.equal(lines.filter(line => line.includes("[SubTurn Result]")).length, 3);
  assert.equal(lines.filter(line => line.startsWith("assistant: ")).length, 2);
});

test("W6: a result that arrives between two tools of a batch comes after the batch", async t => {
  const { say, history } = await startLab(
    t,
    request => {
      const [task] = textsOf(request, "user");
      if (task === "child") return "child done";
      return request.body.messages.some(({ role }) => role === "tool")
        ? "done"
        : calls(["first"], ["second"]);
    },
    {
      functions: {
        first: async (_args, context) => {
          await context.spawn({ task: "child", deliver: "mailbox" }).result;
          return "1";
        },
        second: () => "2",
      },
    },
  );
  await say("root");
  assert.deepEqual(outline(await history()).slice(1, 5), [
    "assistant: [first, second]",
    "tool: 1",
    "tool: 2",
    "user: [SubTurn Result] child done",
  ]);
});

test("W7: spawning returns before the sub-turn has asked its model", async t => {
  const held = gate();
  const { say } = await startLab(
    t,
    async request => {
      if (textsOf(request, "user")[0] !== "child") return afterTools(request) ? "done" : calls(["start"]);
      await held.opened;
      return "child done";
    },
    {
      functions: {
        start: (_args, context) => {
          const handle = context.spawn(back("child"));
          held.open();
          return handle.id;
        },
      },
    },
  );
  assert.equal((await say("root")).text, "done");
});

test("W9: the turn of a user has a mailbox and places like any other", async t => {
  const held = gate();
  const { say, loop, record } = await startLab(
    t,
    async request => {
      if (textsOf(request, "user")[0] !== "child") return afterTools(request) ? "done" : calls(["start"]);
      await held.opened;
      return "child done";
    },
    {
      limits: { maxConcurrent: 2 },
      functions: {
        start: async (_args, context) => {
          const handles = [1, 2, 3].map(() => context.spawn(back("child")));
          await record.next("agent.subturn.spawn", 2);
          assert.deepEqual(loop.turns()[0]?.slots, { taken: 2, waiting: 1 });
          held.open();
          await Promise.all(handles.map(handle => handle.result));
          assert.deepEqual(loop.turns()[0]?.slots, { taken: 0, waiting: 0 });
          return "all";
        },
      },
    },
  );
  await say("root");
  assert.equal(record.of("agent.subturn.orphan").length, 0);
});

test("W10: a result of a nested spawn arrives once, by one way", async t => {
  const { say, loop, record } = await startLab(
    t,
    request => {
      const [task = ""] = textsOf(request, "user");
      if (task === "outer") return afterTools(request) ? "outer done" : calls(["spawn", { task: "inner" }]);
      if (task === "root") return afterTools(request) ? "root done" : calls(["subagent", { task: "outer" }]);
      return task === "inner" ? "inner done" : "noted";
    },
    { tools: [subTurnTools()] },
  );
  await say("root");
  await record.next("agent.turn.end", 4);
  assert.equal(record.of("agent.follow_up.queued").length, 1);
  assert.equal(record.of("agent.subturn.result_delivered").length, 0);
  assert.deepEqual(loop.orphans(), []);
});

test("W13: how a sub-turn has ended is told apart: aborted, by its parent, too late, out of tokens, failed", async t => {
  const clock = new ManualClock();
  const statuses: string[] = [];
  const { say } = await startLab(
    t,
    request => {
      const [task] = textsOf(request, "user");
      if (task === "root") return afterTools(request) ? "done" : calls(["start"]);
      if (task === "broken") return { status: 400 };
      if (task === "spends") return { ...calls(["nothing"]), text: "so far" };
      return "stall";
    },
    {
      clock,
      model: { maxRetries: 0 },
      functions: {
        nothing: () => "",
        start: async (_args, context) => {
          const cancelled = context.spawn(back("stalls"));
          const late = context.spawn(back("stalls", { timeoutMs: 123 }));
          await clock.scheduled(123);
          cancelled.cancel();
          clock.advance(123);
          const spends = await context.spawn(back("spends", { tokenBudget: 1 })).result;
          assert.equal(spends.text, "so far\n\n[Token budget exhausted]");
          const broken = context.spawn(back("broken"));
          for (const handle of [cancelled, late, broken]) statuses.push((await handle.result).status);
          statuses.push(spends.status);
          return "ok";
        },
      },
    },
  );
  await say("root");
  assert.deepEqual(statuses, ["aborted", "timeout", "error", "budget"]);
});

test("W15: a result that waits for room in a mailbox holds no place", async t => {
  const { say, history } = await startLab(
    t,
    request => {
      const [task] = textsOf(request, "user");
      if (task !== "root") return `${task} done`;
      return hasWorked(request) ? "done" : calls(["start"]);
    },
    {
      limits: { maxConcurrent: 1, mailbox: 1 },
      functions: {
        start: async (_args, context) => {
          for (const task of ["a", "b", "c"]) await context.spawn({ task, deliver: "mailbox" }).result;
          // All three wait for the reader, two of them in line, and still there is a place.
          return (await context.spawn(back("d")).result).text;
        },
      },
    },
  );
  await say("root");
  assert.ok(outline(await history()).includes("tool: d done"));
});

test("W16: a request that cannot be met is refused although all places are taken", async t => {
  const { say } = await startLab(
    t,
    request => {
      if (textsOf(request, "user")[0] !== "root") return "stall";
      return afterTools(request) ? "done" : calls(["start"]);
    },
    {
      limits: { maxConcurrent: 1 },
      functions: {
        start: (_args, context) => {
          const first = context.spawn(back("child"));
          assert.throws(() => context.spawn(back("")), { code: "SUBTURN_CONFIG" });
          first.cancel();
          return "ok";
        },
      },
    },
  );
  await say("root");
});

test("W17: everything that a request for a sub-turn names is honoured", async t => {
  const { say, server } = await startLab(
    t,
    request => {
      if (textsOf(request, "user").includes("child")) return "child done";
      return afterTools(request) ? "done" : calls(["start"]);
    },
    {
      systemPrompt: "You are the parent.",
      settings: { temperature: 0.9 },
      functions: {
        other: () => "",
        start: async (_args, context) => {
          const request = back("child", {
            model: "small",
            systemPrompt: "You are the child.",
            tools: ["other"],
            maxTokens: 77,
            temperature: 0.1,
            initialMessages: [
              { role: "user", content: "earlier" },
              { role: "assistant", content: "yes?" },
            ],
          });
          return (await context.spawn(request).result).text;
        },
      },
    },
  );
  await say("root");
  const { body } = await server.request(2);
  assert.deepEqual([body.model, body.max_tokens, body.temperature], ["small", 77, 0.1]);
  assert.deepEqual(
    body.tools?.map(tool => tool.function.name),
    ["other"],
  );
  assert.deepEqual(
    body.messages.map(({ content }) => content),
    ["You are the child.", "earlier", "yes?", "child"],
  );
});

test("W18: a sub-turn has one id, in its events, its turn and its handle; its parent lists it while it runs", async t => {
  let id = "";
  const { say, record, loop } = await startLab(
    t,
    request => {
      if (textsOf(request, "user")[0] === "child") return "child done";
      return afterTools(request) ? "done" : calls(["start"]);
    },
    {
      functions: {
        start: async (_args, context) => {
          const handle = context.spawn(back("child"));
          id = handle.id;
          await handle.result;
          assert.deepEqual(loop.turns()[0]?.childTurnIds, []);
          return "ok";
        },
      },
    },
  );
  const { turnId } = await say("root");
  const own = record.events.filter(event => event.turnId === id);
  assert.ok(own.some(({ kind }) => kind === "agent.llm.request"));
  for (const event of own) {
    assert.deepEqual([event.sessionKey, event.parentTurnId, event.rootSessionKey], [id, turnId, "s"]);
  }
  assert.equal(record.payloads("agent.subturn.end")[0]?.childTurnId, id);
});

test("W19: a sub-turn runs as the agent of its parent, and an abort restores the parent's own session", async t => {
  const { loop, record, server, history } = await startLab(
    t,
    request => {
      const task = textsOf(request, "user").at(-1);
      if (task === "hello") return "hi";
      return task === "root" ? calls(["subagent", { task: "child" }]) : "stall";
    },
    { tools: [subTurnTools()], agents: { painter: { systemPrompt: "You paint." } } },
  );
  const input = { sessionKey: "s", agent: "painter" };
  await loop.run({ ...input, text: "hello" });
  const before = await history();
  const turn = loop.run({ ...input, text: "root" });
  const child = await server.request(3);
  assert.deepEqual(textsOf(child, "system"), ["You paint."]);
  assert.equal(record.payloads("agent.subturn.spawn")[0]?.agentId, "painter");
  await loop.abort("s");
  await turn;
  assert.deepEqual(await history(), before);
});

test("W20: where sub-turns may go no deeper, the tools that start them are not offered", async t => {
  const { say, server } = await startLab(
    t,
    request => {
      if (textsOf(request, "user")[0] === "child") return "child done";
      return afterTools(request) ? "done" : calls(["subagent", { task: "child" }]);
    },
    { tools: [subTurnTools()], limits: { maxDepth: 1 } },
  );
  await say("root");
  const names = async (n: number) => (await server.request(n)).body.tools?.map(tool => tool.function.name);
  assert.deepEqual(await names(1), ["delegate", "spawn", "spawn_status", "subagent"]);
  assert.deepEqual(await names(2), ["spawn_status"]);
});

test("W21: steering that overtakes an answer is in the history once", async t => {
  const held = gate();
  const { loop, say, server, record } = await startLab(t, async ({ number }) => {
    if (number === 1) await held.opened;
    return `answer ${number}`;
  });
  const turn = say("go");
  await server.request(1);
  loop.steer("s", "wait");
  held.open();
  await turn;
  assert.deepEqual(textsOf(await server.request(2), "user"), ["go", "wait"]);
  assert.equal(record.payloads("agent.steering.injected")[0]?.count, 1);
});

test("W22: a hard abort while a retry waits leaves no reply in the history", async t => {
  const clock = new ManualClock();
  const { loop, say, history } = await startLab(t, () => ({ status: 503 }), { clock });
  const turn = say("go");
  await clock.scheduled(2_000);
  await loop.abort("s");
  const outcome = await turn;
  assert.deepEqual([outcome.status, outcome.text], ["aborted", ""]);
  assert.deepEqual(await history(), []);
  assert.deepEqual(clock.pending, []);
});

test("W23: an abort after compaction restores the whole history", async t => {
  const { loop, say, server, history, record } = await startLab(
    t,
    ({ body }) => {
      if (body.messages.at(-1)?.content !== "last") return "answer";
      return record.of("agent.context.compress").length === 0 ? contextLengthExceeded : "stall";
    },
    { model: { contextWindow: 100_000 }, context: defaultContextPolicy({ summaries: false }) },
  );
  for (const text of ["one", "two", "three"]) await say(text);
  const before = await history();
  const turn = say("last");
  const again = await server.request(5);
  assert.ok(again.body.messages.length < 7);
  await loop.abort("s");
  await turn;
  assert.deepEqual(await history(), before);
});

test("W25: a tool that a hard abort interrupts has an end, with that status", async t => {
  const running = gate();
  const { loop, say, record } = await startLab(t, [calls(["forever"])], {
    functions: {
      forever: () => {
        running.open();
        return new Promise<string>(() => {});
      },
    },
  });
  const turn = say("go");
  await running.opened;
  await loop.abort("s");
  await turn;
  assert.deepEqual(
    record.payloads("agent.tool.exec_end").map(({ status }) => status),
    ["aborted"],
  );
});

for (const [how, hook] of [
  ["denied", { beforeTool: () => ({ action: "deny_tool" }) }],
  ["not approved", { approveTool: () => ({ approved: false }) }],
] as [string, Partial<Hook>][]) {
  test(`W26: steering is heard after a call that was ${how}`, async t => {
    const { loop, say, record } = await startLab(t, [calls(["one"], ["two"]), "fine"], {
      functions: { one: () => assert.fail(), two: () => assert.fail() },
      hooks: [{ name: "guard", ...hook }],
    });
    loop.on("agent.tool.exec_skipped", ({ payload }) => {
      if ((payload as { tool: string }).tool === "one") loop.steer("s", "wait");
    });
    await say("go");
    assert.equal(record.payloads("agent.tool.exec_skipped")[1]?.reason, "queued user steering message");
  });
}

test("W27: a hook's answer goes the way of a tool's: renamed, filtered, with origin, media refused or delivered", async t => {
  const { loop, texts, server, record } = await startLab(t, [calls(["one"]), "done"], {
    secrets: ["hunter2hunter2"],
    functions: { one: () => assert.fail(), two: () => assert.fail() },
    hooks: [
      { name: "a", beforeTool: () => ({ action: "modify", tool: "two" }) },
      {
        name: "b",
        beforeTool: () => ({
          action: "respond",
          result: { forModel: "it is hunter2hunter2", forUser: "look" },
        }),
      },
    ],
  });
  await loop.run({ sessionKey: "s", text: "go", channel: "web", chatId: "c" });
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["it is [FILTERED]"]);
  assert.deepEqual([texts[0]?.channel, texts[0]?.chatId, texts[0]?.sessionKey], ["web", "c", "s"]);
  assert.equal(record.payloads("agent.tool.exec_end")[0]?.tool, "two");
});

for (const trusted of [false, true]) {
  test(`W28: a hook that is ${trusted ? "" : "not "}trusted answers ${trusted ? "without" : "with"} approval`, async t => {
    const { say, server } = await startLab(t, [calls(["one"]), "done"], {
      functions: { one: () => assert.fail() },
      hooks: [
        {
          name: "answers",
          trusted,
          beforeTool: () => ({ action: "respond", result: { forModel: "instead" } }),
        },
        { name: "guard", approveTool: () => ({ approved: false }) },
      ],
    });
    await say("go");
    const expected = trusted ? "instead" : "Tool execution denied by approval hook";
    assert.deepEqual(textsOf(await server.request(2), "tool"), [expected]);
  });
}

test("W29: calls that were denied, skipped and made are in the history alike, and none of a turn without history is", async t => {
  const hooks: Hook[] = [
    { name: "guard", beforeTool: ({ tool }) => (tool === "denied" ? { action: "deny_tool" } : undefined) },
  ];
  const script = [calls(["denied"], ["made"], ["skipped"]), "done"];
  const first = await startLab(t, script, {
    hooks,
    functions: {
      denied: () => "",
      made: () => {
        first.loop.steer("s", "wait");
        return "made";
      },
      skipped: () => "",
    },
  });
  await first.say("go");
  assert.equal(outline(await first.history()).filter(line => line.startsWith("tool: ")).length, 3);
  const second = await startLab(t, script, {
    hooks,
    functions: { denied: () => "", made: () => "", skipped: () => "" },
  });
  await second.loop.run({ sessionKey: "s", text: "go", profile: { history: "none" } });
  assert.deepEqual(await second.history(), []);
});

test("W30: steering, interrupts and aborts reach the session that they name, and no other", async t => {
  const held = gate();
  const { loop, say, server } = await startLab(t, async request => {
    if (afterTools(request)) return "done";
    await held.opened;
    return textsOf(request, "user").length > 1 ? "steered" : "plain";
  });
  const [a, b, c] = [say("go", "a"), say("go", "b"), say("go", "c")];
  await server.request(3);
  loop.steer("a", "wait");
  await loop.abort("b");
  held.open();
  assert.deepEqual(
    (await Promise.all([a, b, c])).map(({ text, status }) => text || status),
    ["steered", "aborted", "plain"],
  );
});

test("W32: what an asynchronous tool reports goes to the session that it was called in", async t => {
  const finish = gate();
  const { say, record, history } = await startLab(
    t,
    request => (afterTools(request) || textsOf(request, "user").length > 1 ? "ok" : calls(["late"])),
    {
      functions: {
        late: {
          async: true,
          run: (_args, { complete }) => {
            void finish.opened.then(() => complete?.("news"));
            return { forModel: "started", async: true };
          },
        },
      },
    },
  );
  await say("go", "one");
  finish.open();
  await record.next("agent.turn.end", 2);
  assert.ok(outline(await history("one")).includes("user: [System: async:late] news"));
  assert.deepEqual(await history("main"), []);
});

test("W33: read-only tools run beside each other, and their results are in the order of the calls", async t => {
  const second = gate();
  const order: string[] = [];
  const { say, server } = await startLab(t, [calls(["a"], ["b"], ["writes"], ["a"]), "done"], {
    parallelReadOnly: true,
    functions: {
      a: {
        readOnly: true,
        run: async () => {
          if (order.length < 2) await second.opened;
          order.push("a");
          return "a";
        },
      },
      b: {
        readOnly: true,
        run: () => {
          order.push("b");
          second.open();
          return "b";
        },
      },
      writes: () => {
        order.push("writes");
        return "writes";
      },
    },
  });
  await say("go");
  assert.deepEqual(order.slice(0, 3), ["b", "a", "writes"]);
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["a", "b", "writes", "a"]);
});

test("W34: a tool that takes longer than it may is ended, its signal aborts, and the turn goes on", async t => {
  const clock = new ManualClock();
  let reason: unknown;
  const { say, server, record } = await startLab(t, [calls(["slow"]), "done"], {
    clock,
    functions: {
      slow: {
        timeoutMs: 70,
        run: (_args, { signal }) => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
          });
          return new Promise<string>(() => {});
        },
      },
    },
  });
  const turn = say("go");
  await clock.scheduled(70);
  clock.advance(70);
  assert.equal((await turn).text, "done");
  assert.deepEqual(textsOf(await server.request(2), "tool"), [
    'tool "slow" took longer than 70 ms and was ended',
  ]);
  assert.equal(record.payloads("agent.tool.exec_end")[0]?.status, "timeout");
  assert.match(String(reason), /longer than 70 ms/);
});

test("W35: a hook that takes too long hears so by its signal", async t => {
  const clock = new ManualClock();
  const aborted = gate();
  const { say } = await startLab(t, [calls(["one"]), "done"], {
    clock,
    functions: { one: () => "1" },
    hooks: [
      {
        name: "slow",
        timeouts: { interceptorMs: 33 },
        beforeTool: (_request, { signal }) => {
          signal.addEventListener("abort", () => aborted.open(), { once: true });
          return new Promise<undefined>(() => {});
        },
      },
    ],
  });
  const turn = say("go");
  await clock.scheduled(33);
  clock.advance(33);
  await aborted.opened;
  assert.equal((await turn).text, "done");
});

test("W37: what a tool, a hook or a listener does to nested arguments nobody else sees", async t => {
  const seen: unknown[] = [];
  const spoil = (args: { deep?: { n?: number } }) => {
    seen.push(args.deep?.n);
    if (args.deep !== undefined) args.deep.n = 99;
  };
  const { loop, say, history } = await startLab(t, [calls(["one", { deep: { n: 1 } }]), "done"], {
    functions: {
      one: args => {
        spoil(args as { deep?: { n?: number } });
        return "1";
      },
    },
    hooks: ["a", "b"].map(name => ({
      name,
      beforeTool: request => spoil(request.arguments as { deep?: { n?: number } }),
    })),
  });
  loop.on("agent.tool.exec_start", ({ payload }) =>
    spoil((payload as { arguments?: object }).arguments ?? {}),
  );
  await say("go");
  assert.deepEqual(seen, [1, 1, 1, 1]);
  const call = (await history()).find(({ role }) => role === "assistant");
  assert.deepEqual(call?.role === "assistant" && call.toolCalls?.[0]?.arguments, { deep: { n: 1 } });
});

test("W38: events have camelCase names, milliseconds, and ids that lead from one to the other", async t => {
  const { say, record } = await startLab(t, [calls(["one"]), "done"], { functions: { one: () => "1" } });
  const { turnId } = await say("go");
  const ids = record.events.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const keys = (value: unknown): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...keys(inner)])
      : [];
  for (const key of record.events.flatMap(keys)) assert.match(key, /^[a-z][a-zA-Z0-9]*$/);
  const [start] = record.of("agent.tool.exec_start");
  const [end] = record.of("agent.tool.exec_end");
  assert.deepEqual([start?.turnId, start?.payload.toolCallId], [turnId, end?.payload.toolCallId]);
});

test("W39: tokens are counted at every model call, and a sub-turn without any left makes no further one", async t => {
  let childCalls = 0;
  const { say } = await startLab(
    t,
    request => {
      if (textsOf(request, "user")[0] === "root") return afterTools(request) ? "done" : calls(["start"]);
      childCalls++;
      return { ...calls(["nothing"]), usage: { prompt: 40, completion: 10 } };
    },
    {
      functions: {
        nothing: () => "",
        start: async (_args: unknown, context: ToolContext) =>
          (await context.spawn(back("child", { tokenBudget: 120 })).result).status,
      },
    },
  );
  await say("root");
  assert.equal(childCalls, 3);
});

test("W40: whoever listens has heard everything when the turn is over", async t => {
  const { loop, say } = await startLab(t, ["done"]);
  const heard: AgentEvent["kind"][] = [];
  loop.events.subscribe(({ kind }) => void heard.push(kind), { buffer: 64 });
  await say("go");
  await loop.events.flush();
  assert.equal(heard.at(-1), "agent.turn.end");
});

test("a result, and what a user says, that a store cannot take in is not lost", async t => {
  const inner = new MemorySessionStore();
  let full = false;
  const sessions: SessionStore = {
    read: key => inner.read(key),
    compact: (key, compaction) => inner.compact(key, compaction),
    clear: key => inner.clear(key),
    list: () => inner.list(),
    async begin(key, turn) {
      const log = await inner.begin(key, turn);
      const append = log.append.bind(log);
      return Object.assign(log, {
        append(message: Message) {
          if (full) throw new Error("the disk is full");
          return append(message);
        },
      });
    },
  };
  const { loop, say, server } = await startLab(
    t,
    request => {
      if (textsOf(request, "user")[0] === "child") return "child done";
      return hasWorked(request) ? "done" : calls(["start"]);
    },
    {
      sessions,
      functions: {
        start: async (_args, context) => {
          await context.spawn({ task: "child", deliver: "mailbox" }).result;
          loop.steer("s", "listen");
          return "started";
        },
      },
    },
  );
  // Before either can be written.
  const off = loop.on("agent.tool.exec_end", () => {
    full = true;
  });
  const outcome = await say("root");
  assert.deepEqual([outcome.status, outcome.error], ["error", "the disk is full"]);
  assert.deepEqual(
    loop.orphans().map(({ result }) => result.text),
    ["child done"],
  );
  full = false;
  off();
  await say("again");
  assert.ok(textsOf(await server.request(3), "user").includes("listen"));
});
