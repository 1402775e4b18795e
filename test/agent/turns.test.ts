// A turn from its message to its reply.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemorySessionStore, type SessionStore } from "luaskills/agent";
import { gate, outline, startLab } from "./lab.js";
import { ManualClock } from "./manual-clock.js";
import { calls, contextLengthExceeded, textsOf } from "./model-server.js";

test("T1: the events of a turn with one tool come in order and say whose they are", async t => {
  const { loop, record } = await startLab(t, [calls(["clock"]), "It is noon."], {
    functions: { clock: () => "12:00" },
  });
  const outcome = await loop.run({
    sessionKey: "s",
    text: "What time is it?",
    channel: "web",
    chatId: "c1",
    senderId: "ann",
  });
  assert.deepEqual(record.kinds(), [
    "turn.start",
    "llm.request",
    "llm.response",
    "tool.exec_start",
    "tool.exec_end",
    "llm.request",
    "llm.response",
    "turn.end",
  ]);
  for (const event of record.events) {
    const { turnId, sessionKey, channel, chatId, senderId, depth } = event;
    assert.deepEqual(
      { turnId, sessionKey, channel, chatId, senderId, depth },
      { turnId: outcome.turnId, sessionKey: "s", channel: "web", chatId: "c1", senderId: "ann", depth: 0 },
    );
  }
  assert.equal(record.payloads("agent.turn.end")[0]?.iterations, 2);
  assert.equal(outcome.iterations, 2);
});

test("T10: turns of one session run one after the other", async t => {
  const first = gate();
  const { say, record, server } = await startLab(t, async ({ number }) => {
    if (number === 1) await first.opened;
    return `answer ${number}`;
  });
  const one = say("one");
  const two = say("two");
  await server.request(1);
  assert.deepEqual(record.kinds(), ["turn.start", "llm.request"]);
  first.open();
  assert.deepEqual([(await one).text, (await two).text], ["answer 1", "answer 2"]);
  const turns = record.kinds().filter(kind => kind.startsWith("turn."));
  assert.deepEqual(turns, ["turn.start", "turn.end", "turn.start", "turn.end"]);
});

test("T10: turns of different sessions run beside each other, up to the limit", async t => {
  const held = gate();
  const { say, loop, server } = await startLab(
    t,
    async ({ number }) => {
      if (number <= 2) await held.opened;
      return "done";
    },
    { limits: { maxParallelTurns: 2 } },
  );
  const turns = ["a", "b", "c"].map(session => say("go", session));
  await server.request(2);
  assert.deepEqual(
    loop
      .turns()
      .map(({ sessionKey }) => sessionKey)
      .sort(),
    ["a", "b"],
  );
  held.open();
  assert.deepEqual(
    (await Promise.all(turns)).map(({ text }) => text),
    ["done", "done", "done"],
  );
});

test("T24: an empty answer becomes the text for that", async t => {
  const { say } = await startLab(t, [{ text: "" }], { texts: { emptyReply: "Nothing came back." } });
  assert.equal((await say("hello")).text, "Nothing came back.");
});

test("T24: at the limit of iterations the user reads so, and the history is user, assistant, tool, assistant", async t => {
  const { say, history } = await startLab(t, [calls(["plain"])], {
    functions: { plain: () => "ok" },
    limits: { maxIterations: 1 },
    texts: { toolLimit: "Too many steps." },
  });
  const outcome = await say("go");
  assert.deepEqual([outcome.status, outcome.text], ["completed", "Too many steps."]);
  assert.deepEqual(outline(await history()), [
    "user: go",
    "assistant: [plain]",
    "tool: ok",
    "assistant: Too many steps.",
  ]);
});

test("T25: with two retries a model that is down is asked three times, with growing pauses", async t => {
  const clock = new ManualClock();
  const { say, record, server } = await startLab(t, () => ({ status: 503 }), {
    clock,
    model: { maxRetries: 2 },
  });
  const turn = say("hello");
  for (const pause of [2_000, 4_000]) {
    await clock.scheduled(pause);
    clock.advance(pause);
  }
  const outcome = await turn;
  assert.equal(outcome.status, "error");
  assert.equal(server.requests.length, 3);
  assert.deepEqual(
    record.payloads("agent.llm.retry").map(({ attempt, reason, backoffMs }) => [attempt, reason, backoffMs]),
    [
      [1, "server_error", 2_000],
      [2, "server_error", 4_000],
    ],
  );
  assert.equal(record.payloads("agent.error")[0]?.stage, "llm");
});

test("T25: a model that was down for a moment is no error", async t => {
  const { say, record } = await startLab(t, [{ status: 502 }, "back again"], { model: { retryDelayMs: 1 } });
  assert.equal((await say("hello")).text, "back again");
  assert.equal(record.of("agent.llm.retry").length, 1);
});

test("T25: a request that is too long is repeated with less history", async t => {
  const long = "word ".repeat(300);
  const { loop, say, record, server } = await startLab(
    t,
    ({ number }) => (number === 4 ? contextLengthExceeded : "short answer"),
    { model: { contextWindow: 100_000 } },
  );
  for (const part of ["one", "two", "three"]) await say(`${part} ${long}`);
  const outcome = await loop.run({ sessionKey: "s", text: "four" });
  assert.equal(outcome.text, "short answer");
  assert.equal(record.payloads("agent.context.compress")[0]?.reason, "llm_retry");
  assert.equal(record.payloads("agent.llm.retry")[0]?.reason, "context_limit");
  const last = server.requests.at(-1);
  assert.ok(last !== undefined && textsOf(last, "user").includes("four"));
});

test("T25: a turn that cannot be saved is an error, and leaves nothing", async t => {
  const inner = new MemorySessionStore();
  const sessions: SessionStore = {
    read: key => inner.read(key),
    compact: (key, compaction) => inner.compact(key, compaction),
    clear: key => inner.clear(key),
    list: () => inner.list(),
    async begin(key, turn) {
      const log = await inner.begin(key, turn);
      return {
        history: log.history,
        append: message => log.append(message),
        compact: compaction => log.compact(compaction),
        commit: async () => {
          throw new Error("the disk is full");
        },
        discard: summary => log.discard(summary),
      };
    },
  };
  const { say, record } = await startLab(t, ["hello"], { sessions });
  const outcome = await say("hi");
  assert.deepEqual([outcome.status, outcome.error], ["error", "the disk is full"]);
  assert.equal(record.payloads("agent.turn.end")[0]?.status, "error");
  assert.deepEqual(record.payloads("agent.error"), [{ stage: "session_save", message: "the disk is full" }]);
  assert.deepEqual((await inner.read("s")).messages, []);
});

test("the conversation goes on where the last turn has ended", async t => {
  const { say, server } = await startLab(t, ["Hello Ann.", "You are Ann."], { systemPrompt: "Be kind." });
  await say("I am Ann.");
  await say("Who am I?");
  const second = await server.request(2);
  assert.deepEqual(
    second.body.messages.map(({ role, content }) => [role, content]),
    [
      ["system", "Be kind."],
      ["user", "I am Ann."],
      ["assistant", "Hello Ann."],
      ["user", "Who am I?"],
    ],
  );
});

test("a turn without history reads none and leaves none", async t => {
  const { loop, say, server, history } = await startLab(t, ["one", "two"]);
  await say("first");
  await loop.run({ sessionKey: "s", text: "second", profile: { history: "none" } });
  assert.deepEqual(textsOf(await server.request(2), "user"), ["second"]);
  assert.deepEqual(outline(await history()), ["user: first", "assistant: one"]);
});

test("pieces of an answer reach the output while it is streamed", async t => {
  const pieces: string[] = [];
  const { say, record } = await startLab(t, [{ text: ["Hel", "lo"] }], {
    output: { delta: (_origin, { content }) => void pieces.push(content ?? "") },
  });
  assert.equal((await say("hi")).text, "Hello");
  assert.equal(pieces.join(""), "Hello");
  assert.ok(record.of("agent.llm.delta").length > 0);
});

test("an input of the wrong shape is refused by name", async t => {
  const { loop } = await startLab(t, []);
  await assert.rejects(loop.run({ sessionKey: "", text: "x" }), /sessionKey must not be empty/);
  await assert.rejects(loop.run({ sessionKey: "s", text: 1 as never }), /text must be a string/);
  await assert.rejects(
    loop.run({ sessionKey: "s", text: "x", agent: "nobody" }),
    /there is no agent "nobody"/,
  );
  assert.throws(() => loop.on("agent.nothing", () => {}), /no kind is named "agent.nothing"/);
});

test("close ends what runs, refuses what waits and what comes later", async t => {
  const { loop, say, server, record } = await startLab(t, ["stall"]);
  const running = say("one");
  const waiting = say("two");
  const refused = assert.rejects(waiting, { code: "AGENT_CLOSED" });
  await server.request(1);
  await loop.close();
  assert.equal((await running).status, "aborted");
  await refused;
  await assert.rejects(say("three"), { code: "AGENT_CLOSED" });
  assert.equal(record.payloads("agent.turn.end")[0]?.status, "aborted");
});
