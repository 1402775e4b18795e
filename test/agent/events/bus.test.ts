// The bus: who hears what, and what happens to those who listen slowly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { EventBus } from "#dist/agent/events/bus.js";
import type { AgentEvent } from "#dist/agent/events/event.js";
import { gate, startLab } from "../lab.js";
import { ManualClock } from "../manual-clock.js";

let count = 0;

function event(kind: AgentEvent["kind"] = "agent.turn.start"): AgentEvent {
  const head = {
    id: `evt-${++count}`,
    severity: "info",
    at: 0,
    agentId: "main",
    sessionKey: "s",
    turnId: "t",
  };
  return { ...head, kind, rootSessionKey: "s", depth: 0, channel: "", chatId: "", payload: {} } as AgentEvent;
}

function newBus() {
  const clock = new ManualClock();
  const dropped: [string, number][] = [];
  const bus = new EventBus(clock, { dropped: (name, lost) => dropped.push([name, lost]) });
  return { bus, clock, dropped };
}

test("T40: subscribers hear what they asked for: by name, by prefix, by a condition", async () => {
  const { bus } = newBus();
  const heard: Record<string, string[]> = { name: [], prefix: [], condition: [], all: [] };
  const add = (name: string, options: object) =>
    bus.subscribe(({ kind }) => void heard[name]?.push(kind), { name, ...options });
  add("name", { kinds: "turn.end" });
  add("prefix", { kinds: ["agent.tool.*", "agent.error"] });
  add("condition", { where: (given: AgentEvent) => given.kind.endsWith("start") });
  add("all", {});
  const kinds = ["agent.turn.start", "agent.tool.exec_start", "agent.error", "agent.turn.end"] as const;
  const reports = kinds.map(kind => bus.emit(event(kind)));
  await bus.flush();
  assert.deepEqual(heard, {
    name: ["agent.turn.end"],
    prefix: ["agent.tool.exec_start", "agent.error"],
    condition: ["agent.turn.start", "agent.tool.exec_start"],
    all: [...kinds],
  });
  assert.deepEqual(
    reports.map(({ matched }) => matched),
    [2, 3, 2, 2],
  );
});

async function overflow(backPressure: "drop_newest" | "drop_oldest") {
  const { bus, dropped } = newBus();
  const held = gate();
  const heard: string[] = [];
  const subscription = bus.subscribe(
    async ({ id }) => {
      heard.push(id);
      await held.opened;
    },
    { name: "slow", buffer: 2, backPressure },
  );
  const events = Array.from({ length: 5 }, () => event());
  bus.emit(events[0] as AgentEvent);
  // The first is being handled, so the queue is empty again.
  await Promise.resolve();
  const reports = events.slice(1).map(given => bus.emit(given));
  held.open();
  await bus.flush();
  const heardAt = heard.map(id => events.findIndex(given => given.id === id));
  return { heardAt, dropped, reports, stats: subscription.stats(), bus };
}

test("T40: drop_newest loses what comes while the queue is full, and says how much once there is room", async () => {
  const { heardAt, dropped, reports, stats } = await overflow("drop_newest");
  assert.deepEqual(heardAt, [0, 1, 2]);
  assert.deepEqual(
    reports.map(report => [report.delivered, report.dropped]),
    [
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ],
  );
  assert.deepEqual([stats.received, stats.handled, stats.dropped], [3, 3, 2]);
  assert.deepEqual(dropped, [["slow", 2]]);
});

test("T40: drop_oldest loses what has waited longest", async () => {
  const { heardAt, stats, bus } = await overflow("drop_oldest");
  assert.deepEqual(heardAt, [0, 3, 4]);
  assert.deepEqual([stats.received, stats.handled, stats.dropped], [5, 3, 2]);
  assert.equal(bus.stats().published, 5);
});

test("T40: block makes publish wait for room; emit never waits", async () => {
  const { bus } = newBus();
  const held = gate();
  const heard: string[] = [];
  bus.subscribe(
    async ({ id }) => {
      heard.push(id);
      await held.opened;
    },
    { buffer: 1, backPressure: "block" },
  );
  const [first, second, third, fourth] = [event(), event(), event(), event()];
  await bus.publish(first);
  await bus.publish(second);
  let through = false;
  const waiting = bus.publish(third).then(report => {
    through = true;
    return report;
  });
  assert.equal(bus.emit(fourth).dropped, 1);
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(through, false);
  held.open();
  assert.deepEqual(await waiting, { matched: 1, delivered: 1, dropped: 0, blocked: 1 });
  await bus.flush();
  assert.deepEqual(heard, [first.id, second.id, third.id]);
});

test("T40: closing lets publishers go that wait", async () => {
  const { bus } = newBus();
  const subscription = bus.subscribe(() => new Promise<void>(() => {}), { buffer: 1, backPressure: "block" });
  await bus.publish(event());
  await bus.publish(event());
  const waiting = bus.publish(event());
  subscription.close();
  assert.deepEqual(await waiting, { matched: 1, delivered: 0, dropped: 0, blocked: 1 });
  bus.close();
  assert.throws(() => bus.subscribe(() => {}), { code: "AGENT_CLOSED" });
});

test("T40: higher priority hears first; among equals who came first", async () => {
  const { bus } = newBus();
  const order: string[] = [];
  for (const [name, priority] of [
    ["a", 0],
    ["b", 5],
    ["c", 0],
  ] as const) {
    bus.subscribe(() => void order.push(name), { name, priority });
  }
  bus.emit(event());
  await bus.flush();
  assert.deepEqual(order, ["b", "a", "c"]);
});

test("T40: a handler that throws or rejects is counted, and hears the next event", async () => {
  const { bus } = newBus();
  let calls = 0;
  const subscription = bus.subscribe(() => {
    calls++;
    if (calls === 1) throw new Error("thrown");
    return calls === 2 ? Promise.reject(new Error("rejected")) : undefined;
  });
  for (let i = 0; i < 3; i++) bus.emit(event());
  await bus.flush();
  const { failed, handled } = subscription.stats();
  assert.deepEqual([calls, failed, handled], [3, 2, 1]);
});

for (const [concurrency, most] of [
  ["sequential", 1],
  ["concurrent", 3],
] as const) {
  test(`T40: a ${concurrency} subscriber handles at most ${most} of three events at a time`, async () => {
    const { bus } = newBus();
    let running = 0;
    let peak = 0;
    bus.subscribe(
      async () => {
        running++;
        peak = Math.max(peak, running);
        await new Promise(resolve => setImmediate(resolve));
        running--;
      },
      { concurrency },
    );
    for (let i = 0; i < 3; i++) bus.emit(event());
    await bus.flush();
    assert.equal(peak, most);
  });
}

test("T40: a handler that takes too long is told, counted, and holds nobody up", async () => {
  const { bus, clock } = newBus();
  const heard: string[] = [];
  let aborted = false;
  const subscription = bus.subscribe(
    ({ kind }, signal) => {
      heard.push(kind);
      if (kind === "agent.turn.end") return undefined;
      signal.addEventListener("abort", () => {
        aborted = true;
      });
      return new Promise<void>(() => {});
    },
    { timeoutMs: 100 },
  );
  bus.emit(event("agent.turn.start"));
  bus.emit(event("agent.turn.end"));
  await clock.scheduled(100);
  clock.advance(100);
  await bus.flush();
  assert.deepEqual(heard, ["agent.turn.start", "agent.turn.end"]);
  assert.deepEqual([aborted, subscription.stats().timedOut, clock.pending], [true, 1, []]);
});

test("a subscriber for once hears one event", async () => {
  const { bus } = newBus();
  let heard = 0;
  bus.subscribe(() => void heard++, { once: true });
  for (let i = 0; i < 3; i++) {
    bus.emit(event());
    await bus.flush();
  }
  assert.equal(heard, 1);
  assert.equal(bus.stats().subscribers.length, 0);
});

test("what nobody hears need not be made", () => {
  const { bus } = newBus();
  assert.equal(bus.wants("agent.turn.end"), false);
  const off = bus.on("agent.turn.*", () => {});
  assert.deepEqual([bus.wants("agent.turn.end"), bus.wants("agent.error")], [true, false]);
  off();
  off();
  assert.equal(bus.wants("agent.turn.end"), false);
});

test("wrong options are refused by name", () => {
  const { bus } = newBus();
  assert.throws(() => bus.subscribe(() => {}, { buffer: 0 }), /buffer must be a positive integer, got 0/);
  assert.throws(
    () => bus.subscribe(() => {}, { kinds: "agent.turn.begin" }),
    /no kind is named "agent.turn.begin"/,
  );
  assert.throws(() => bus.on("*", 1 as never), /listener must be a function, got number/);
});

test("a subscriber that hangs does not keep a loop from closing", async t => {
  const clock = new ManualClock();
  const { loop, say } = await startLab(t, ["done"], { clock });
  loop.events.subscribe(() => new Promise<void>(() => {}));
  await say("go");
  const closing = loop.close();
  await clock.scheduled(2_000);
  clock.advance(2_000);
  await closing;
  assert.deepEqual(clock.pending, []);
});
