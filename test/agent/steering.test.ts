// Users who speak while a turn runs: steering, interrupts, aborts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentError } from "luaskills/agent";
import { SteeringQueue } from "#dist/agent/turn/steering-queue.js";
import { gate, type LabOptions, outline, startLab } from "./lab.js";
import { calls, textsOf } from "./model-server.js";

test("T2: steering during the first of two tools skips the second, with the exact text and event", async t => {
  const running = gate();
  const done = gate();
  const { loop, say, record, server, history } = await startLab(t, [calls(["one"], ["two"]), "as you wish"], {
    functions: {
      one: async () => {
        running.open();
        await done.opened;
        return "first";
      },
      two: () => assert.fail("it must not run"),
    },
  });
  const turn = say("go");
  await running.opened;
  loop.steer("s", "stop that");
  done.open();
  assert.equal((await turn).text, "as you wish");
  assert.equal(server.requests.length, 2);
  assert.deepEqual(outline(await history()), [
    "user: go",
    "assistant: [one, two]",
    "tool: first",
    "tool: Skipped due to queued user message.",
    "user: stop that",
    "assistant: as you wish",
  ]);
  const [skipped] = record.payloads("agent.tool.exec_skipped");
  assert.deepEqual([skipped?.tool, skipped?.reason], ["two", "queued user steering message"]);
  assert.deepEqual(record.payloads("agent.steering.injected"), [{ count: 1, totalContentLen: 9 }]);
  assert.deepEqual(record.payloads("agent.interrupt.received"), [
    { kind: "steering", role: "user", contentLen: 9, queueDepth: 1 },
  ]);
});

test("T3: steering from before the turn is in its first call", async t => {
  const { loop, say, server } = await startLab(t, ["done"]);
  loop.steer("s", "be brief");
  await say("go");
  assert.deepEqual(textsOf(await server.request(1), "user"), ["go", "be brief"]);
});

test("T3: steering for no session is in the first call of the next turn", async t => {
  const { loop, say, server } = await startLab(t, ["done"]);
  loop.steer("", "be brief");
  await say("go", "any");
  assert.deepEqual(textsOf(await server.request(1), "user"), ["go", "be brief"]);
});

test("T3: an answer that steering has overtaken is dropped, and there is exactly one reply", async t => {
  const held = gate();
  const { loop, say, server, history } = await startLab(t, async ({ number }) => {
    if (number === 1) await held.opened;
    return number === 1 ? "stale" : "fresh";
  });
  const turn = say("go");
  await server.request(1);
  loop.steer("s", "no, the other one");
  held.open();
  assert.equal((await turn).text, "fresh");
  assert.deepEqual(outline(await history()), ["user: go", "user: no, the other one", "assistant: fresh"]);
});

test("T4: steering after a hook has answered skips the rest, for the same reason", async t => {
  const { loop, say, record } = await startLab(t, [calls(["one"], ["two"]), "fine"], {
    functions: { one: () => assert.fail(), two: () => assert.fail() },
    hooks: [
      {
        name: "answers",
        beforeTool: () => {
          loop.steer("s", "wait");
          return { action: "respond", result: { forModel: "instead" } };
        },
      },
    ],
  });
  await say("go");
  assert.deepEqual(
    record.payloads("agent.tool.exec_skipped").map(({ reason }) => reason),
    ["queued user steering message"],
  );
});

test("T5: a graceful interrupt is answered by one last call, without tools and with the hint", async t => {
  const { loop, say, server, record } = await startLab(t, [calls(["one"], ["two"]), "in short"], {
    functions: {
      one: () => {
        assert.equal(loop.interrupt("s", "lunch"), true);
        return "first";
      },
      two: () => assert.fail("it must not run"),
    },
  });
  const outcome = await say("go");
  assert.deepEqual([outcome.status, outcome.text], ["completed", "in short"]);
  assert.equal(server.requests.length, 2);
  const last = await server.request(2);
  assert.equal(last.body.tools, undefined);
  assert.deepEqual(textsOf(last, "tool"), ["first", "Skipped due to graceful interrupt."]);
  assert.equal(
    textsOf(last, "user").at(-1),
    "Interrupt requested. Stop scheduling tools and provide a short final summary.\n\nInterrupt hint: lunch",
  );
  assert.equal(record.payloads("agent.tool.exec_skipped")[0]?.reason, "graceful interrupt requested");
  assert.deepEqual(record.payloads("agent.interrupt.received"), [{ kind: "graceful", hintLen: 5 }]);
});

test("T5: the hint of an interrupt is no part of the history", async t => {
  const { loop, say, history } = await startLab(t, [calls(["one"]), "in short"], {
    functions: {
      one: () => {
        loop.interrupt("s");
        return "first";
      },
    },
  });
  await say("go");
  assert.deepEqual(outline(await history()), [
    "user: go",
    "assistant: [one]",
    "tool: first",
    "assistant: in short",
  ]);
});

test("T5: an interrupt at the limit of iterations still has its last call", async t => {
  const { loop, say } = await startLab(t, [calls(["one"]), "in short"], {
    limits: { maxIterations: 1 },
    functions: {
      one: () => {
        loop.interrupt("s");
        return "first";
      },
    },
  });
  assert.equal((await say("go")).text, "in short");
});

test("T6: a hard abort during a tool leaves the history as it was", async t => {
  const running = gate();
  const { loop, say, record, history } = await startLab(t, ["hello", calls(["forever"])], {
    functions: {
      forever: () => {
        running.open();
        return new Promise<string>(() => {});
      },
    },
  });
  await say("hi");
  const before = await history();
  const turn = say("go");
  await running.opened;
  assert.equal(await loop.abort("s"), true);
  const outcome = await turn;
  assert.deepEqual([outcome.status, outcome.text], ["aborted", ""]);
  assert.deepEqual(await history(), before);
  assert.equal(record.payloads("agent.turn.end")[1]?.status, "aborted");
  assert.deepEqual(loop.turns(), []);
  assert.equal(await loop.abort("s"), false);
});

test("T6: a hard abort ends the request to the model at once", async t => {
  const { loop, say, server } = await startLab(t, ["stall"]);
  const turn = say("go");
  const request = await server.request(1);
  const abandoned = new Promise(resolve =>
    request.abandoned.addEventListener("abort", resolve, { once: true }),
  );
  await loop.abort("s");
  await abandoned;
  assert.equal((await turn).status, "aborted");
});

test("T6: the signal of a run is a hard abort of its turn, or takes it back while it waits", async t => {
  const { loop, server } = await startLab(t, ["stall"]);
  const first = new AbortController();
  const second = new AbortController();
  const running = loop.run({ sessionKey: "s", text: "one" }, { signal: first.signal });
  const waiting = loop.run({ sessionKey: "s", text: "two" }, { signal: second.signal });
  await server.request(1);
  second.abort();
  assert.equal((await waiting).status, "aborted");
  first.abort();
  assert.equal((await running).status, "aborted");
  assert.equal(
    (await loop.run({ sessionKey: "s", text: "x" }, { signal: AbortSignal.abort() })).status,
    "aborted",
  );
  assert.equal(server.requests.length, 1);
});

test("T7: stop clears the queue, ends the turn and says which", async t => {
  const { loop, say, server, record } = await startLab(t, ["stall"]);
  const turn = say("count to a million");
  await server.request(1);
  loop.steer("s", "and back");
  assert.deepEqual(await loop.stop("s"), {
    stopped: true,
    message: 'Task stopped. "count to a million" was canceled.',
  });
  assert.equal((await turn).status, "aborted");
  assert.equal(server.requests.length, 1);
  assert.equal(record.of("agent.steering.injected").length, 0);
  assert.deepEqual(await loop.stop("s"), { stopped: false, message: "No active task to stop." });
});

test("T7: stop cuts a long task short in its message", async t => {
  const { loop, say, server } = await startLab(t, ["stall"]);
  const turn = say("x".repeat(100));
  await server.request(1);
  assert.equal((await loop.stop("s")).message, `Task stopped. "${"x".repeat(80)}" was canceled.`);
  await turn;
});

test("T7: stop on a turn that has not begun takes that one back, and later ones still run", async t => {
  const held = gate();
  const { loop, say, server } = await startLab(
    t,
    async ({ number }) => {
      if (number === 1) await held.opened;
      return "done";
    },
    { limits: { maxParallelTurns: 1 } },
  );
  const other = say("busy", "other");
  await server.request(1);
  const first = say("first");
  const second = say("second");
  assert.deepEqual(await loop.stop("s"), {
    stopped: true,
    message: "Task stopped. Current task was canceled.",
  });
  assert.equal((await first).status, "aborted");
  held.open();
  assert.deepEqual([(await other).text, (await second).text], ["done", "done"]);
  assert.equal(server.requests.length, 2);
});

test("T8: the queue gives first in, first out; one by one or all; and the mode can change at any time", () => {
  const queue = new SteeringQueue(10);
  const push = (...texts: string[]) => {
    for (const content of texts) queue.push("s", { role: "user", content });
  };
  const poll = () => queue.poll("s").map(({ content }) => content);
  push("a", "b", "c");
  assert.deepEqual(poll(), ["a"]);
  queue.mode = "all";
  assert.deepEqual(poll(), ["b", "c"]);
  assert.deepEqual(poll(), []);
  queue.mode = "whatever";
  assert.equal(queue.mode, "one-at-a-time");
  push("d", "e");
  assert.deepEqual([poll(), poll(), poll()], [["d"], ["e"], []]);
});

test("T8: the eleventh message is refused, and those of other sessions are not", async t => {
  const { loop } = await startLab(t, []);
  for (let i = 0; i < 10; i++) loop.steer("s", `${i}`);
  assert.throws(
    () => loop.steer("s", "too much"),
    (error: AgentError) => error instanceof AgentError && error.code === "STEERING_FULL",
  );
  loop.steer("other", "fine");
});

test("T8: pushing and polling in any order loses nothing", () => {
  const queue = new SteeringQueue(10);
  const taken: string[] = [];
  let pushed = 0;
  for (let round = 0; round < 1_000; round++) {
    while (queue.count("s") < (round % 10) + 1) queue.push("s", { role: "user", content: `${pushed++}` });
    queue.mode = round % 3 === 0 ? "all" : "one-at-a-time";
    taken.push(...queue.poll("s").map(({ content }) => content));
  }
  queue.mode = "all";
  taken.push(...queue.poll("s").map(({ content }) => content));
  assert.deepEqual(
    taken,
    Array.from({ length: pushed }, (_, at) => `${at}`),
  );
});

test("T9: continue with nothing to say runs no turn", async t => {
  const { loop, record } = await startLab(t, []);
  assert.equal(await loop.continue("s"), undefined);
  assert.deepEqual(record.kinds(), []);
});

test("T9: continue answers what waits, keeps media in the history, and uses the session's own agent", async t => {
  const { loop, server, history } = await startLab(t, ["hello", "nice picture"], {
    agents: { painter: { systemPrompt: "You paint." } },
  });
  await loop.run({ sessionKey: "s", text: "hi", agent: "painter" });
  loop.steer("s", "look", ["data:image/png;base64,iVBORw0KGgo="]);
  const outcome = await loop.continue("s");
  assert.equal(outcome?.text, "nice picture");
  assert.deepEqual(textsOf(await server.request(2), "system"), ["You paint."]);
  const said = (await history()).find(message => message.role === "user" && message.content === "look");
  assert.deepEqual(said, { role: "user", content: "look", media: ["data:image/png;base64,iVBORw0KGgo="] });
});

test("T9: of two continues at once one runs, and the other says who holds the session", async t => {
  const { loop, server } = await startLab(t, ["fine"]);
  loop.steer("s", "well?");
  const first = loop.continue("s");
  await assert.rejects(loop.continue("s"), { code: "SESSION_BUSY" });
  assert.equal((await first)?.text, "fine");
  assert.equal(server.requests.length, 1);
});

test("what was said too late for a turn is answered in the next, without another call of run", async t => {
  const { loop, say, textsSent } = await startLab(t, ["first", "second"]);
  loop.on("agent.turn.end", ({ turnId }) => {
    if (turnId.endsWith("-1")) loop.steer("s", "one more thing");
  });
  assert.equal((await say("go")).text, "first");
  assert.deepEqual(
    (await textsSent(1)).map(({ kind, content }) => [kind, content]),
    [["reply", "second"]],
  );
});

test("a follow-up waits for the end of the turn and interrupts nothing", async t => {
  const { loop, say, record, history } = await startLab(
    t,
    [calls(["one"], ["two"]), "done", "and that too"],
    {
      functions: {
        one: () => {
          loop.followUp("s", "then this");
          return "1";
        },
        two: () => "2",
      },
    },
  );
  await say("go");
  await record.next("agent.turn.end", 2);
  assert.equal(record.of("agent.tool.exec_skipped").length, 0);
  assert.deepEqual(outline(await history()).slice(-3), [
    "assistant: done",
    "user: then this",
    "assistant: and that too",
  ]);
});

for (const [what, options] of [
  [
    "a source of tools that is being listed",
    { tools: [{ version: 1, list: () => new Promise<never>(() => {}), call: async () => "" }] },
  ],
  [
    "an output that takes no text",
    {
      functions: { say: () => ({ forModel: "", forUser: "hello" }) },
      output: { text: () => new Promise<void>(() => {}) },
    },
  ],
  [
    "an output that takes no media",
    {
      functions: { say: () => ({ forModel: "", media: ["media://1"], handled: true }) },
      output: { sendMedia: () => new Promise<void>(() => {}) },
    },
  ],
] as [string, LabOptions][]) {
  test(`a hard abort does not wait for ${what}`, async t => {
    const { loop, say, record } = await startLab(t, () => calls(["say"]), options);
    const turn = say("go");
    await record.next(options.functions === undefined ? "agent.turn.start" : "agent.tool.exec_start");
    await new Promise(resolve => setImmediate(resolve));
    assert.equal(await loop.abort("s"), true);
    assert.equal((await turn).status, "aborted");
    assert.equal(
      record.payloads("agent.tool.exec_end").every(({ status }) => status === "aborted"),
      true,
    );
  });
}
