import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultContextPolicy } from "#dist/agent/context/compaction.js";
import type { CompactionReason, CompactionRequest } from "#dist/agent/context/context-policy.js";
import type { Message } from "#dist/agent/messages.js";
import { modelFromOptions } from "#dist/agent/model/model-from-options.js";
import { type Script, startModelServer, textsOf } from "../model-server.js";

/** So many turns, each of a question, a tool call with its result, and an answer. */
function turns(count: number, words = 10): Message[] {
  return Array.from({ length: count }, (_, at): Message[] => [
    { role: "user", content: `question ${at}` },
    { role: "assistant", content: "", toolCalls: [{ id: `c${at}`, name: "look", arguments: { at } }] },
    { role: "tool", toolCallId: `c${at}`, toolName: "look", content: "word ".repeat(words) },
    { role: "assistant", content: `answer ${at}` },
  ]).flat();
}

type Test = Parameters<typeof startModelServer>[0];

async function request(
  t: Test,
  script: Script,
  reason: CompactionReason,
  more: Partial<CompactionRequest>,
): Promise<{ request: CompactionRequest; server: Awaited<ReturnType<typeof startModelServer>> }> {
  const server = await startModelServer(t, script);
  return {
    server,
    request: {
      reason,
      systemPrompt: "Be brief.",
      summary: "",
      history: [],
      turn: [{ role: "user", content: "now" }],
      tools: [],
      budget: 100_000,
      model: modelFromOptions({ ...server.endpoint, maxRetries: 0 }),
      signal: new AbortController().signal,
      ...more,
    },
  };
}

const policy = defaultContextPolicy();

test("the estimate counts every part, in any script, and media", () => {
  const parts = { systemPrompt: "", summary: "", history: [], turn: [], tools: [] };
  const message = (content: string, media?: string[]): Message => ({
    role: "user",
    content,
    ...(media && { media }),
  });
  const base = policy.estimate({ ...parts, turn: [message("a".repeat(300))] });
  assert.ok(base >= 100 && base < 150, String(base));
  assert.ok(policy.estimate({ ...parts, turn: [message("语".repeat(300))] }) >= 300);
  assert.ok(policy.estimate({ ...parts, history: [message("a".repeat(300))] }) === base);
  assert.ok(policy.estimate({ ...parts, turn: [message("", ["media://1"])] }) > 1_000);
  for (const part of [
    { systemPrompt: "x".repeat(300) },
    { summary: "x".repeat(300) },
    { tools: [{ name: "x", description: "x".repeat(300), inputSchema: {} }] },
  ]) {
    assert.ok(policy.estimate({ ...parts, ...part }) >= 100);
  }
});

test("after a turn nothing happens until there are more than 20 messages or the context is three quarters full", async t => {
  const few = await request(t, [], "summarize", { history: turns(5) });
  assert.equal(await policy.compact(few.request), undefined);
  const many = await request(t, ["They looked."], "summarize", { history: turns(6) });
  assert.deepEqual(await policy.compact(many.request), { summary: "They looked.", dropped: 20 });
  const full = await request(t, ["They looked."], "summarize", { history: turns(4, 100), budget: 900 });
  assert.deepEqual(await policy.compact(full.request), { summary: "They looked.", dropped: 12 });
});

test("a summary is made of the earlier one and of what goes, and of nothing else", async t => {
  const { request: asked, server } = await request(t, ["All of it."], "summarize", {
    history: turns(6),
    summary: "Before, they met.",
  });
  await policy.compact(asked);
  const [prompt] = textsOf(server.requests[0] as never, "user");
  assert.match(prompt ?? "", /Earlier summary:\nBefore, they met\./);
  assert.match(prompt ?? "", /user: question 4\nassistant: \[calls look \{"at":4\}\]\nlook: word /);
  assert.doesNotMatch(prompt ?? "", /question 5/);
});

test("a forced compaction drops the older half, up to a whole turn", async t => {
  for (const reason of ["proactive_budget", "llm_retry"] as const) {
    const { request: asked } = await request(t, ["Half of it."], reason, { history: turns(5) });
    assert.deepEqual(await policy.compact(asked), { summary: "Half of it.", dropped: 12 });
  }
});

test("a forced compaction drops more than half when the rest would not fit", async t => {
  const history = turns(8, 300);
  const { request: asked } = await request(t, () => "Nearly all.", "proactive_budget", {
    history,
    budget: 2_500,
  });
  const compaction = await policy.compact(asked);
  const { dropped } = compaction ?? { dropped: 0 };
  assert.ok(dropped > history.length / 2 && dropped < history.length, String(dropped));
  const rest = { ...asked, summary: "Nearly all.", history: history.slice(dropped) };
  assert.ok(policy.estimate(rest) <= asked.budget);
});

test("without a known budget half goes when it must, and the number of messages alone decides otherwise", async t => {
  const { request: forced } = await request(t, () => "Half.", "llm_retry", {
    history: turns(5, 500),
    budget: 0,
  });
  assert.deepEqual(await policy.compact(forced), { summary: "Half.", dropped: 12 });
  const { request: free } = await request(t, [], "summarize", { history: turns(5, 500), budget: 0 });
  assert.equal(await policy.compact(free), undefined);
});

test("what remains always begins with a message of the user", async t => {
  for (let count = 1; count <= 9; count++) {
    for (const budget of [400, 1_000, 100_000]) {
      const history = turns(count, 50);
      const { request: asked } = await request(t, () => "s", "llm_retry", { history, budget });
      const { dropped } = (await policy.compact(asked)) ?? { dropped: 0 };
      assert.ok(dropped > 0 && dropped <= history.length);
      assert.ok(dropped === history.length || history[dropped]?.role === "user");
    }
  }
});

test("the running turn is never dropped: without history there is nothing to do, however long the turn is", async t => {
  const turn = turns(3, 10_000);
  for (const reason of ["proactive_budget", "llm_retry", "summarize"] as const) {
    const { request: asked } = await request(t, [], reason, { turn, budget: 1_000 });
    assert.equal(await policy.compact(asked), undefined);
  }
});

test("history that is longer than a request may be is summarized part by part", async t => {
  const { request: asked, server } = await request(t, ({ number }) => `summary ${number}`, "llm_retry", {
    history: turns(6, 400),
    budget: 3_000,
  });
  const compaction = await policy.compact(asked);
  assert.ok(server.requests.length > 1);
  assert.equal(compaction?.summary, `summary ${server.requests.length}`);
  for (const one of server.requests) {
    const [text = ""] = textsOf(one, "user");
    assert.ok(text.length / 3 < asked.budget, String(text.length));
  }
  assert.match(textsOf(server.requests[1] as never, "user")[0] ?? "", /^Earlier summary:\nsummary 1\n/);
});

test("when the model cannot summarize, what must go leaves a note and what need not stays", async t => {
  for (const answer of [{ status: 500 }, "  "]) {
    const forced = await request(t, () => answer, "llm_retry", { history: turns(5), summary: "Old." });
    assert.deepEqual(await policy.compact(forced.request), {
      summary: "Old.\n[12 earlier messages were dropped because the conversation had become too long.]",
      dropped: 12,
    });
    const free = await request(t, () => answer, "summarize", { history: turns(6) });
    assert.equal(await policy.compact(free.request), undefined);
  }
});

test("an abort ends the summary and is no reason for a note", async t => {
  const stop = new AbortController();
  const { request: asked, server } = await request(t, ["stall"], "llm_retry", {
    history: turns(5),
    signal: stop.signal,
  });
  const compacting = policy.compact(asked);
  await server.request(1);
  stop.abort(new Error("stopped"));
  await assert.rejects(compacting, /stopped/);
});

test("without summaries the model is not asked", async t => {
  const counting = defaultContextPolicy({ summaries: false, keepMessages: 8 });
  const { request: asked } = await request(t, [], "summarize", { history: turns(6) });
  const compaction = await counting.compact(asked);
  assert.equal(compaction?.dropped, 16);
  assert.match(compaction?.summary ?? "", /^\[16 earlier messages were dropped/);
});
