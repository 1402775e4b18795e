// One run of a loop in which tools, hooks, steering, aborts and sub-turns come in random order.

import assert from "node:assert/strict";
import {
  type AgentEvent,
  AgentLoop,
  functionTools,
  MemorySessionStore,
  type SubTurnHandle,
  skillTools,
  subTurnTools,
} from "luaskills/agent";
import {
  type Ledger,
  newLedger,
  protocolProblems,
  RandomModel,
  randomHook,
  randomStore,
  randomTools,
} from "./people.js";
import type { SkillsUnderTest } from "./skills.js";
import { settle, World } from "./world.js";

const disturbances = 32;
/** No run needs as many steps to come to rest. */
const endless = 5_000;
const sessions = ["one", "two"];

/** One run, decided by its seed. @throws what is wrong in the end */
export async function runOnce(seed: number, skills: SkillsUnderTest): Promise<void> {
  const world = new World(seed);
  const { random } = world;
  const ledger = newLedger();
  const store = new MemorySessionStore();
  const sources = [functionTools(randomTools(world, ledger))];
  // Their schemas are compiled once per loop, which is most of the time of a run.
  if (seed % 100 === 0) sources.push(subTurnTools());
  const withVms = seed % 10 === 0;
  if (withVms) sources.push(skillTools(skills.engine));
  skills.world = world;
  const tools = (await Promise.all(sources.map(source => source.list()))).flat();
  const loop = new AgentLoop({
    tools: sources,
    model: new RandomModel(world, ledger, [...tools.map(({ name }) => name), "unknown"]),
    sessions: randomStore(world, store),
    hooks: Array.from({ length: random.below(4) }, (_, at) => randomHook(world, `hook-${at}`)),
    limits: {
      maxIterations: 6,
      maxDepth: 2,
      maxConcurrent: 2,
      slotTimeoutMs: 300,
      mailbox: 1,
      ephemeralHistory: 8,
    },
    parallelReadOnly: random.chance(0.5),
    steeringMode: random.chance(0.5) ? "all" : "one-at-a-time",
    clock: world.clock,
  });
  const events: AgentEvent[] = [];
  loop.on("*", event => events.push(event));

  let unsettled = 0;
  const start = () => {
    unsettled++;
    const controller = new AbortController();
    const input = { sessionKey: random.pick(sessions), text: "do it" };
    const turn = loop.run(input, { signal: controller.signal });
    void turn.finally(() => {
      unsettled--;
    });
    return controller;
  };
  const controllers = [start()];
  for (let step = 0; step < disturbances; step++) {
    await settle();
    disturb(world, loop, ledger, () => controllers.push(start()), controllers);
  }
  world.calm = true;
  for (let step = 0; unsettled > 0 || world.waiting > 0 || loop.turns().length > 0; step++) {
    if (world.waiting === 0 && skills.running > 0) await skills.quiet();
    assert.ok(step < endless, `it does not come to rest: ${unsettled} runs, ${JSON.stringify(loop.turns())}`);
    await settle();
    if (world.waiting > 0) world.wakeOne();
    else world.clock.advance(100);
  }
  await settle();
  const delivered = new Set(
    events.flatMap(event =>
      event.kind === "agent.subturn.result_delivered" || event.kind === "agent.subturn.orphan"
        ? [event.payload.childTurnId]
        : [],
    ),
  );
  const orphans = loop.orphans().map(({ result }) => result.id);
  const closing = loop.close();
  while (world.waiting > 0) {
    world.wakeOne();
    await settle();
  }
  await closing;

  assert.deepEqual(ledger.problems, []);
  for (const key of sessions) {
    const { messages } = await store.read(key);
    const next = { role: "user" as const, content: "and now?" };
    assert.deepEqual(protocolProblems([...messages, next]), [], `history of ${key}`);
  }
  assertPaired(events);
  assert.deepEqual(loop.turns(), []);
  assert.deepEqual(world.clock.pending, [], "timers");
  assert.equal(ledger.held, 0, "resources of tools");
  await skills.quiet();
  assert.equal(skills.leased, 0, "VMs");
  assert.deepEqual(
    [...ledger.mailed].filter(id => !delivered.has(id)),
    [],
    "results for mailboxes",
  );
  assert.deepEqual(
    [...ledger.returned].filter(([, there]) => !there),
    [],
    "results that were awaited",
  );
  const orphaned = events.filter(({ kind }) => kind === "agent.subturn.orphan").length;
  assert.equal(orphans.length, orphaned, "orphans that can be fetched");
}

/** Something from outside, or one of those that wait goes on. */
function disturb(
  world: World,
  loop: AgentLoop,
  ledger: Ledger,
  start: () => void,
  controllers: readonly AbortController[],
): void {
  const { random } = world;
  const session = random.pick(sessions);
  switch (random.below(24)) {
    case 0:
      start();
      return;
    case 1:
      try {
        loop.steer(session, "listen");
      } catch (error) {
        assert.equal((error as { code?: string }).code, "STEERING_FULL");
      }
      return;
    case 2:
      loop.interrupt(session, "hurry");
      return;
    case 3:
      if (random.chance(0.3)) void loop.abort(session);
      return;
    case 4:
      if (random.chance(0.3)) void loop.stop(session);
      return;
    case 5:
      if (random.chance(0.3)) random.pick(controllers).abort();
      return;
    case 6:
      if (random.chance(0.3)) loop.followUp(session, "and then");
      return;
    case 7:
      world.clock.advance(random.pick([1, 10, 60, 400]));
      return;
    case 8: {
      const turns = loop.turns();
      if (turns.length === 0) return;
      const { turnId } = random.pick(turns);
      if (random.chance(0.3)) void loop.abort(turnId);
      else spawn(loop, turnId, ledger, random.chance(0.5));
      return;
    }
    default:
      if (world.waiting > 0) world.wakeOne();
  }
}

function spawn(loop: AgentLoop, parent: string, ledger: Ledger, mailed: boolean): void {
  let handle: SubTurnHandle;
  try {
    handle = loop.spawn(parent, { task: "aside", deliver: mailed ? "mailbox" : "return", timeoutMs: 500 });
  } catch (error) {
    assert.match((error as { code: string }).code, /SUBTURN_DEPTH|TURN_NOT_FOUND/);
    return;
  }
  if (mailed) ledger.mailed.add(handle.id);
  else {
    ledger.returned.set(handle.id, false);
    void handle.result.then(() => ledger.returned.set(handle.id, true));
  }
}

/** Every start has one end, after it. */
function assertPaired(events: readonly AgentEvent[]): void {
  const open = new Map<string, number>();
  const begin = (key: string) => open.set(key, (open.get(key) ?? 0) + 1);
  const end = (key: string) => {
    assert.ok((open.get(key) ?? 0) > 0, `${key} ends without having begun`);
    open.set(key, (open.get(key) ?? 0) - 1);
  };
  for (const event of events) {
    const { turnId, iteration } = event;
    switch (event.kind) {
      case "agent.turn.start":
        assert.ok(!open.has(`turn ${turnId}`), `turn ${turnId} starts twice`);
        begin(`turn ${turnId}`);
        break;
      case "agent.turn.end":
        end(`turn ${turnId}`);
        break;
      case "agent.llm.request":
        begin(`model of ${turnId}`);
        break;
      case "agent.llm.response":
        end(`model of ${turnId}`);
        break;
      case "agent.tool.exec_start":
        begin(`tool ${turnId} ${iteration} ${event.payload.toolCallId}`);
        break;
      case "agent.tool.exec_end":
        end(`tool ${turnId} ${iteration} ${event.payload.toolCallId}`);
        break;
      case "agent.subturn.spawn":
        begin(`sub-turn ${event.payload.childTurnId}`);
        break;
      case "agent.subturn.end":
        end(`sub-turn ${event.payload.childTurnId}`);
        break;
    }
  }
  assert.deepEqual(
    [...open].filter(([, count]) => count !== 0),
    [],
    "starts without an end",
  );
}
