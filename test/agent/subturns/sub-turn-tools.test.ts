// The tools with which models start sub-turns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { subTurnTools } from "luaskills/agent";
import { gate, type LabOptions, outline, startLab } from "../lab.js";
import { calls, type RecordedRequest, type ScriptedAnswer, textsOf } from "../model-server.js";

type Answer = (request: RecordedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

/** A loop with the four tools. `root` answers the turn whose message is `go`; anything else is `helper`'s. */
function family(
  t: Parameters<typeof startLab>[0],
  root: ScriptedAnswer[],
  helper: Answer,
  options: LabOptions = {},
) {
  let step = 0;
  const answer: Answer = request => {
    if (!textsOf(request, "user")[0]?.startsWith("go")) return helper(request);
    return root[step++] ?? "done";
  };
  return startLab(t, answer, { tools: [subTurnTools()], ...options });
}

const toolText = async (lab: Awaited<ReturnType<typeof startLab>>) =>
  outline(await lab.history())
    .filter(line => line.startsWith("tool: "))
    .map(line => line.slice("tool: ".length));

test("T39: spawn wants a task that is a text with something in it", async t => {
  const lab = await family(t, [calls(["spawn", { task: " " }], ["spawn", {}], ["spawn", { task: 7 }])], () =>
    assert.fail(),
  );
  await lab.say("go");
  const [blank, missing, number] = await toolText(lab);
  assert.equal(blank, "task is required and must be a non-empty string");
  assert.match(missing ?? "", /args\.task is missing/);
  assert.match(number ?? "", /args\.task must be string/);
  assert.equal(lab.record.of("agent.subturn.spawn").length, 0);
});

test("T39: spawn returns at once; the task is critical, and its result starts a turn of its own", async t => {
  const held = gate();
  const lab = await family(
    t,
    [calls(["spawn", { task: " look it up ", label: "search" }]), "working on it"],
    async () => {
      await held.opened;
      return "found";
    },
  );
  assert.equal((await lab.say("go")).text, "working on it");
  assert.deepEqual(await toolText(lab), ["Spawned subagent 'search' for task: look it up"]);
  const [end] = lab.record.payloads("agent.tool.exec_end");
  assert.equal(end?.async, true);
  const spawned = await lab.record.next("agent.subturn.spawn");
  assert.deepEqual([spawned.payload.label, spawned.payload.critical], ["search", true]);
  held.open();
  await lab.record.next("agent.turn.end", 3);
  assert.deepEqual(outline(await lab.history()).slice(-2), [
    "user: [System: async:spawn] found",
    "assistant: done",
  ]);
});

test("T39: spawn hands the task to the agent it names, and an unknown one is refused", async t => {
  const lab = await family(
    t,
    [
      calls(["spawn", { task: "paint", agent_id: "Painter" }], ["spawn", { task: "x", agent_id: "nobody" }]),
      "ok",
    ],
    request => {
      assert.deepEqual(textsOf(request, "system"), ["You paint."]);
      return "painted";
    },
    { agents: { painter: { systemPrompt: "You paint." } } },
  );
  await lab.say("go");
  assert.deepEqual(await toolText(lab), [
    "Spawned subagent for task: paint",
    'tool "spawn" failed: invalid sub-turn config: target agent "nobody" not found in registry',
  ]);
  const spawned = await lab.record.next("agent.subturn.spawn");
  assert.equal(spawned.payload.agentId, "painter");
  await lab.record.next("agent.turn.end", 3);
});

test("T39: a background task that fails says so", async t => {
  const lab = await family(
    t,
    [calls(["spawn", { task: "try" }]), "ok"],
    () => ({ status: 400, message: "no" }),
    {
      model: { maxRetries: 0 },
    },
  );
  await lab.say("go");
  await lab.record.next("agent.turn.end", 3);
  assert.match(
    outline(await lab.history()).at(-2) ?? "",
    /^user: \[System: async:spawn\] Spawn failed: SubTurn failed: /,
  );
});

test("T39: subagent waits; the model reads the whole result and the user the beginning", async t => {
  const long = "x".repeat(600);
  const lab = await family(
    t,
    [calls(["subagent", { task: "write", label: "writer" }], ["subagent", { task: "write" }])],
    () => long,
  );
  await lab.say("go");
  assert.deepEqual(await toolText(lab), [
    `Subagent task completed:\nLabel: writer\nResult: ${long}`,
    `Subagent task completed:\nLabel: (unnamed)\nResult: ${long}`,
  ]);
  assert.deepEqual(
    lab.texts.map(({ content }) => content),
    Array(2).fill(`${"x".repeat(500)}...`),
  );
});

test("T39: delegate answers in the name of the other agent, and refuses itself, strangers and those it may not ask", async t => {
  const delegate = (agent_id: string): [string, object] => ["delegate", { agent_id, task: "help" }];
  const lab = await family(
    t,
    [calls(delegate("Helper"), delegate(" MAIN "), delegate("nobody"), delegate("secret")), "ok"],
    () => "helped",
    { agents: { helper: {}, secret: {} }, delegates: ["helper"] },
  );
  await lab.say("go");
  assert.deepEqual(await toolText(lab), [
    '[Response from agent "Helper"]\nhelped',
    'delegate: "MAIN" is the agent that asks; it cannot delegate to itself',
    'tool "delegate" failed: invalid sub-turn config: target agent "nobody" not found in registry',
    'tool "delegate" failed: invalid sub-turn config: agent "main" may not hand tasks to "secret"',
  ]);
});

test("spawn_status lists the tasks of its conversation only, and cuts their results", async t => {
  const held = gate();
  const lab = await startLab(
    t,
    async request => {
      const said = textsOf(request, "user");
      if (said[0] === "first") return "y".repeat(400);
      if (said[0] === "second") {
        await held.opened;
        return "short";
      }
      if (request.body.messages.at(-1)?.role === "tool") return "ok";
      if (said.at(-1) === "start")
        return calls(["spawn", { task: "first", label: "one" }], ["spawn", { task: "second" }]);
      if (said.at(-1) === "one") return calls(["spawn_status", { task_id: "subturn-1" }]);
      return said.at(-1) === "list" ? calls(["spawn_status"]) : "ok";
    },
    { tools: [subTurnTools()] },
  );
  const ask = async (text: string, session = "s") => {
    await lab.say(text, session);
    return outline(await lab.history(session)).findLast(line => line.startsWith("tool: "));
  };
  await lab.say("start");
  await lab.record.next("agent.subturn.end");
  const first = `subturn-1 [completed] one: ${"y".repeat(300)}...`;
  assert.equal(await ask("list"), `tool: ${first}\nsubturn-2 [running] second`);
  assert.equal(await ask("one"), `tool: ${first}`);
  assert.equal(await ask("list", "other"), "tool: No background tasks.");
  assert.equal(await ask("one", "other"), 'tool: No background task has the id "subturn-1".');
  held.open();
  await lab.record.next("agent.subturn.end", 2);
  assert.equal(await ask("list"), `tool: ${first}\nsubturn-2 [completed] second: short`);
});

test("a user who aborts hears nothing of the background tasks that were aborted too", async t => {
  const lab = await family(t, [calls(["spawn", { task: "long" }]), "stall"], () => "stall");
  const turn = lab.say("go");
  await lab.server.request(3);
  await lab.loop.abort("s");
  assert.equal((await turn).status, "aborted");
  await lab.record.next("agent.subturn.end");
  assert.equal(lab.record.of("agent.follow_up.queued").length, 0);
});

test("what a session has in the background ends with an abort of the session, also between its turns", async t => {
  const lab = await family(t, [calls(["spawn", { task: "long" }]), "ok"], () => "stall");
  await lab.say("go");
  assert.equal(await lab.loop.abort("s"), true);
  assert.equal(lab.record.payloads("agent.subturn.end")[0]?.status, "aborted");
  assert.deepEqual(lab.loop.turns(), []);
});
