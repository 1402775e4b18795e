// What every session store promises, as tests that run for each of them.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Message } from "#dist/agent/messages.js";
import type { SessionStore, TurnLog, TurnSummary } from "#dist/agent/session-store.js";

export const completed: TurnSummary = { status: "completed", iterations: 1, endedAt: 20 };
export const abortedTurn: TurnSummary = { status: "aborted", iterations: 1, endedAt: 20, error: "stopped" };

export function user(content: string): Message {
  return { role: "user", content };
}

export function assistant(content: string): Message {
  return { role: "assistant", content };
}

let turns = 0;

export function begin(store: SessionStore, session: string): Promise<TurnLog> {
  return store.begin(session, { turnId: `turn-${++turns}`, agentId: "main", startedAt: 10 });
}

/** One turn with these messages. */
export async function say(store: SessionStore, session: string, ...messages: Message[]): Promise<void> {
  const log = await begin(store, session);
  for (const message of messages) await log.append(message);
  await log.commit(completed);
}

/** @param open an empty store, which ends with the test */
export function describeSessionStore(name: string, open: (t: TestContext) => Promise<SessionStore>): void {
  const check = (what: string, run: (store: SessionStore) => Promise<void>) =>
    test(`${name}: ${what}`, async t => run(await open(t)));

  check("a session that does not exist is empty", async store => {
    assert.deepEqual(await store.read("nobody"), { summary: "", messages: [] });
    assert.deepEqual(await store.list(), []);
  });

  check("what a turn has written appears with its commit, in order and as it was", async store => {
    const messages: Message[] = [
      { role: "user", content: "Grüße \u{1f44b} \0 \ud800", media: ["media://1"] },
      {
        role: "assistant",
        content: "",
        reasoning: "hm",
        toolCalls: [{ id: "a", name: "f", arguments: { n: 1.5, deep: [null, { x: "y" }] } }],
      },
      { role: "tool", toolCallId: "a", toolName: "f", content: "no", isError: true },
      assistant("done"),
    ];
    const log = await begin(store, "one");
    assert.deepEqual(log.history, { summary: "", messages: [] });
    for (const message of messages) await log.append(message);
    assert.deepEqual((await store.read("one")).messages, []);
    await log.commit(completed);
    assert.deepEqual((await store.read("one")).messages, messages);
    assert.deepEqual((await begin(store, "one").then(log => log.history)).messages, messages);
  });

  check("of a turn that is discarded nothing is left", async store => {
    await say(store, "one", user("a"), assistant("b"));
    const log = await begin(store, "one");
    await log.append(user("c"));
    await log.compact({ summary: "gone", dropped: 2 });
    await log.discard(abortedTurn);
    assert.deepEqual(await store.read("one"), { summary: "", messages: [user("a"), assistant("b")] });
    const first = await begin(store, "two");
    await first.append(user("never"));
    await first.discard(abortedTurn);
    assert.deepEqual(await store.list(), ["one"]);
  });

  check("a turn that has ended takes nothing more", async store => {
    for (const end of ["commit", "discard"] as const) {
      const log = await begin(store, "one");
      await log[end](completed);
      await assert.rejects(async () => log.append(user("late")), { code: "SESSION_STORE" });
      await assert.rejects(async () => log.compact({ summary: "", dropped: 0 }), { code: "SESSION_STORE" });
      await assert.rejects(async () => log.commit(completed), { code: "SESSION_STORE" });
    }
  });

  check("a compaction within a turn counts with its commit and drops only older messages", async store => {
    await say(store, "one", user("a"), assistant("b"));
    await say(store, "one", user("c"), assistant("d"));
    const log = await begin(store, "one");
    await log.append(user("e"));
    await log.compact({ summary: "first", dropped: 1 });
    await log.compact({ summary: "a and b were said", dropped: 2 });
    await log.append(assistant("f"));
    assert.equal((await store.read("one")).summary, "");
    await log.commit(completed);
    assert.deepEqual(await store.read("one"), {
      summary: "a and b were said",
      messages: [user("c"), assistant("d"), user("e"), assistant("f")],
    });
  });

  check("a compaction outside a turn is there at once", async store => {
    await say(store, "one", user("a"), assistant("b"), user("c"), assistant("d"));
    await store.compact("one", { summary: "ab", dropped: 2 });
    assert.deepEqual(await store.read("one"), { summary: "ab", messages: [user("c"), assistant("d")] });
    await store.compact("one", { summary: "abc", dropped: 1 });
    assert.deepEqual(await store.read("one"), { summary: "abc", messages: [assistant("d")] });
  });

  check("sessions are apart, are listed by key and can be forgotten", async store => {
    await say(store, "b", user("of b"), assistant("yes"));
    await say(store, "a", user("of a"), assistant("yes"));
    assert.deepEqual(await store.list(), ["a", "b"]);
    assert.deepEqual((await store.read("a")).messages[0], user("of a"));
    await store.clear("a");
    assert.deepEqual(await store.list(), ["b"]);
    assert.deepEqual(await store.read("a"), { summary: "", messages: [] });
    await store.clear("never there");
  });
}
