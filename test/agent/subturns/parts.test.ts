// The parts that sub-turns are made of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "#dist/agent/subturns/mailbox.js";
import { Orphans } from "#dist/agent/subturns/orphans.js";
import { Slots } from "#dist/agent/subturns/slots.js";
import { TokenBudget } from "#dist/agent/subturns/token-budget.js";
import { Transcript } from "#dist/agent/turn/transcript.js";
import { ManualClock } from "../manual-clock.js";

const user = (content: string) => ({ role: "user" as const, content });

test("T38: of 70 messages a sub-turn keeps the newest 50", async () => {
  const transcript = Transcript.ephemeral(50);
  for (let i = 1; i <= 70; i++) await transcript.append(user(`${i}`));
  assert.deepEqual(
    transcript.messages.map(({ content }) => content),
    Array.from({ length: 50 }, (_, at) => `${at + 21}`),
  );
});

test("T38: what a sub-turn began with stays, and answers stay with their calls", async () => {
  const transcript = Transcript.ephemeral(3, [user("before")]);
  await transcript.append(user("task"));
  transcript.pin();
  for (const id of ["a", "b", "c"]) {
    const toolCalls = [1, 2].map(n => ({ id: `${id}${n}`, name: "t", arguments: {} }));
    await transcript.append({ role: "assistant", content: id, toolCalls });
    for (const call of toolCalls) {
      await transcript.append({ role: "tool", toolCallId: call.id, toolName: "t", content: call.id });
    }
  }
  assert.deepEqual(
    transcript.messages.map(({ content }) => content),
    ["before", "task", "c", "c1", "c2"],
  );
});

test("a mailbox keeps the order, and those that wait for room are in it", async () => {
  const box = new Mailbox<string>(1);
  assert.equal(box.offer("a"), "delivered");
  const second = box.offer("b");
  assert.equal(box.size, 2);
  assert.equal(box.next, "a");
  box.take();
  assert.equal(await second, "delivered");
  assert.equal(box.next, "b");
  box.take();
  assert.deepEqual([box.next, box.size], [undefined, 0]);
});

test("a mailbox that closes gives back what nobody has read, and turns away what comes", async () => {
  const box = new Mailbox<string>(1);
  box.offer("a");
  const second = box.offer("b");
  assert.deepEqual(box.close(), ["a"]);
  assert.equal(await second, "parent_finished_waiting");
  assert.equal(box.offer("c"), "parent_finished");
  assert.deepEqual(box.close(), []);
});

test("a place goes to whoever waits longest, and giving it back twice is once", async () => {
  const slots = new Slots(new ManualClock(), 1);
  const { signal } = new AbortController();
  const order: string[] = [];
  const release = await slots.acquire(1_000, signal);
  const waiting = ["a", "b"].map(async name => {
    const own = await slots.acquire(1_000, signal);
    order.push(name);
    own();
  });
  release();
  release();
  await Promise.all(waiting);
  assert.deepEqual(order, ["a", "b"]);
  assert.deepEqual([slots.taken, slots.waiting], [0, 0]);
});

test("waiting for a place ends with the signal and with the time, and leaves no timer", async () => {
  const clock = new ManualClock();
  const slots = new Slots(clock, 1);
  const controller = new AbortController();
  await slots.acquire(1_000, controller.signal);
  const given = assert.rejects(slots.acquire(1_000, controller.signal), /enough/);
  controller.abort(new Error("enough"));
  await given;
  const late = assert.rejects(slots.acquire(30_000, new AbortController().signal), {
    code: "SUBTURN_SLOT",
    message: "timeout waiting for concurrency slot: all 1 slots occupied for 30s",
  });
  await clock.scheduled(30_000);
  clock.advance(30_000);
  await late;
  assert.deepEqual(clock.pending, []);
  assert.deepEqual([slots.taken, slots.waiting], [1, 0]);
});

test("tokens of a sub-turn count for everybody above it", () => {
  const whole = new TokenBudget(100);
  const part = new TokenBudget(80, whole);
  part.spend({ inputTokens: 50, outputTokens: 20 });
  assert.deepEqual([part.isExhausted, whole.isExhausted], [false, false]);
  whole.spend({ inputTokens: 30, outputTokens: 0 });
  assert.deepEqual([part.isExhausted, whole.isExhausted], [true, true]);
});

test("of too many orphans the oldest go, and are counted", () => {
  const orphans = new Orphans(2);
  for (const id of ["a", "b", "c"]) {
    orphans.add({
      parentTurnId: "p",
      sessionKey: "s",
      reason: "parent_finished",
      at: 0,
      result: { id, status: "completed", text: id, iterations: 1 },
    });
  }
  assert.deepEqual(
    orphans.list().map(({ result }) => result.id),
    ["b", "c"],
  );
  assert.equal(orphans.lost, 1);
});
