// Sub-turns: their place, their life, and where their results go.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentError, SubTurnHandle, SubTurnRequest, ToolContext } from "luaskills/agent";
import { gate, type Lab, type LabOptions, outline, startLab } from "../lab.js";
import { ManualClock } from "../manual-clock.js";
import { calls, type RecordedRequest, type ScriptedAnswer, textsOf } from "../model-server.js";

const mail = (task: string, more: Partial<SubTurnRequest> = {}): SubTurnRequest => ({
  task,
  deliver: "mailbox",
  ...more,
});
const back = (task: string, more: Partial<SubTurnRequest> = {}): SubTurnRequest => ({
  task,
  deliver: "return",
  ...more,
});

/** What the turn that asks was told first. */
const taskOf = (request: RecordedRequest) => textsOf(request, "user")[0] ?? "";

type Answers = Record<string, (request: RecordedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>>;

/** A loop whose model answers by the task of the turn; the root's task is `root`, whose tool `work` does `run`. */
async function family(
  t: Parameters<typeof startLab>[0],
  run: (context: ToolContext, lab: () => Lab) => string | Promise<string>,
  answers: Answers = {},
  options: LabOptions = {},
): Promise<Lab> {
  let lab: Lab | undefined;
  lab = await startLab(
    t,
    request => {
      const task = taskOf(request);
      const own = answers[task];
      if (own !== undefined) return own(request);
      const worked = request.body.messages.some(({ role }) => role === "tool");
      return task === "root" && !worked ? calls(["work"]) : `${task} done`;
    },
    {
      ...options,
      functions: { work: (_args, context) => run(context, () => lab as Lab), ...options.functions },
    },
  );
  return lab;
}

test("T29: at the deepest level nothing can be spawned", async t => {
  const depths: number[] = [];
  const dig = async (context: ToolContext): Promise<string> => {
    depths.push(context.depth);
    const { text } = await context.spawn(back("dig")).result;
    return text;
  };
  const { say, server } = await startLab(
    t,
    request => (request.body.messages.at(-1)?.role === "tool" ? "up" : calls(["dig"])),
    { functions: { dig: (_args, context) => dig(context) } },
  );
  assert.equal((await say("dig")).text, "up");
  assert.deepEqual(depths, [0, 1, 2, 3]);
  const refusals = server.requests
    .flatMap(request => textsOf(request, "tool"))
    .filter(text => text.includes("depth"));
  assert.match(refusals[0] ?? "", /sub-turn depth limit exceeded/);
});

test("T29: requests that make no sense are refused before anything is waited for", async t => {
  const problems: string[] = [];
  const { say, record } = await family(t, context => {
    const refused = (request: unknown) => {
      assert.throws(
        () => context.spawn(request as SubTurnRequest),
        (error: AgentError) => {
          problems.push(error.message.replace("invalid sub-turn config: ", ""));
          return error.code === "SUBTURN_CONFIG";
        },
      );
    };
    refused(back(" "));
    refused(back("x", { model: "" }));
    refused({ task: "x" });
    refused(back("x", { agent: "nobody" }));
    refused(back("x", { tools: ["nothing"] }));
    refused(back("x", { timeoutMs: 0 }));
    refused(back("x", { critical: 1 as never }));
    refused({ ...back("x"), maxContextRunes: 1 });
    return "ok";
  });
  await say("root");
  assert.deepEqual(problems, [
    "task must be a non-empty string",
    "model must not be empty unless agent is given",
    'deliver must be "return" or "mailbox"',
    'target agent "nobody" not found in registry',
    'there is no tool "nothing"',
    "timeoutMs must be a positive number",
    "critical must be true or false",
    "there is no maxContextRunes; there are task, label, model, systemPrompt, tools, agent, timeoutMs, critical, tokenBudget, maxTokens, temperature, initialMessages, deliver",
  ]);
  assert.equal(record.of("agent.subturn.spawn").length, 0);
});

test("T29: a sub-turn is listed with its parent while it runs, starts and ends with events, and leaves nothing", async t => {
  const held = gate();
  const { say, record, loop, server } = await family(
    t,
    async context => {
      const handle = context.spawn(back("child", { label: "helper" }));
      await record.next("agent.subturn.spawn");
      const parent = loop.turns().find(({ depth }) => depth === 0);
      assert.deepEqual(parent?.childTurnIds, [handle.id]);
      const child = loop.turns().find(({ turnId }) => turnId === handle.id);
      assert.deepEqual([child?.parentTurnId, child?.depth, child?.rootSessionKey], [context.turnId, 1, "s"]);
      held.open();
      return (await handle.result).text;
    },
    {
      child: async () => {
        await held.opened;
        return "helped";
      },
    },
  );
  const { turnId } = await say("root");
  assert.deepEqual(record.payloads("agent.subturn.spawn"), [
    {
      agentId: "main",
      childTurnId: "subturn-1",
      parentTurnId: turnId,
      label: "helper",
      deliver: "return",
      critical: false,
    },
  ]);
  const [end] = record.payloads("agent.subturn.end");
  assert.deepEqual([end?.childTurnId, end?.status, end?.textLen], ["subturn-1", "completed", 6]);
  assert.deepEqual(loop.turns(), []);
  assert.deepEqual(textsOf(server.requests.at(-1) as RecordedRequest, "tool"), ["helped"]);
});

test("T30: an awaited result is in no mailbox, and the history of the parent knows nothing of the sub-turn", async t => {
  const { say, record, history } = await family(
    t,
    async context => (await context.spawn(back("child")).result).text,
  );
  await say("root");
  assert.equal(record.of("agent.subturn.result_delivered").length, 0);
  assert.equal(record.of("agent.subturn.orphan").length, 0);
  assert.deepEqual(outline(await history()), [
    "user: root",
    "assistant: [work]",
    "tool: child done",
    "assistant: root done",
  ]);
});

test("T30: a result for the mailbox is in the next model call, once, after the tools of its batch", async t => {
  const { say, record, history } = await family(t, async context => {
    await context.spawn(mail("child")).result;
    return "started";
  });
  await say("root");
  assert.deepEqual(outline(await history()), [
    "user: root",
    "assistant: [work]",
    "tool: started",
    "user: [SubTurn Result] child done",
    "assistant: root done",
  ]);
  const [delivered] = record.payloads("agent.subturn.result_delivered");
  assert.deepEqual([delivered?.childTurnId, delivered?.contentLen], ["subturn-1", 10]);
});

test("T31: a result whose parent is over is an orphan, which can be fetched, and no history knows of it", async t => {
  const held = gate();
  let handle: SubTurnHandle | undefined;
  const { say, record, loop, history } = await family(
    t,
    context => {
      handle = context.spawn(mail("child", { critical: true }));
      return "started";
    },
    {
      child: async () => {
        await held.opened;
        return "too late";
      },
    },
  );
  const { turnId } = await say("root");
  const before = await history();
  held.open();
  const orphan = await record.next("agent.subturn.orphan");
  assert.deepEqual(
    [
      orphan.payload.parentTurnId,
      orphan.payload.childTurnId,
      orphan.payload.reason,
      orphan.payload.result.text,
    ],
    [turnId, "subturn-1", "parent_finished", "too late"],
  );
  assert.deepEqual(
    loop.orphans("s").map(({ result }) => result.text),
    ["too late"],
  );
  assert.equal(loop.takeOrphan("subturn-1")?.result.status, "completed");
  assert.deepEqual(loop.orphans(), []);
  assert.deepEqual(await history(), before);
  assert.equal((await handle?.result)?.text, "too late");
});

test("T31: of twenty results that race the end of their parent each is delivered or an orphan, and none is both", async t => {
  const { say, record, loop } = await family(
    t,
    context => {
      for (let i = 0; i < 20; i++) context.spawn(mail(`child ${i}`, { critical: true }));
      return "started";
    },
    {},
    { limits: { maxConcurrent: 20 } },
  );
  await say("root");
  await record.next("agent.subturn.end", 20);
  await loop.close();
  const ids = [...record.of("agent.subturn.result_delivered"), ...record.of("agent.subturn.orphan")].map(
    ({ payload }) => payload.childTurnId,
  );
  assert.equal(ids.length, 20);
  assert.equal(new Set(ids).size, 20);
});

test("T32: results for a full mailbox wait in line for the reader, and none is lost", async t => {
  const { say, history } = await family(
    t,
    async context => {
      await Promise.all(Array.from({ length: 6 }, (_, i) => context.spawn(mail(`child ${i}`)).result));
      return "started";
    },
    {},
    { limits: { mailbox: 2, maxConcurrent: 6 } },
  );
  await say("root");
  const results = outline(await history()).filter(line => line.startsWith("user: [SubTurn Result]"));
  assert.deepEqual(
    results.sort(),
    Array.from({ length: 6 }, (_, i) => `user: [SubTurn Result] child ${i} done`),
  );
});

test("T33: a sub-turn that fails ends as an error, which is delivered like any other result", async t => {
  const { say, record, history } = await family(
    t,
    async context => {
      await context.spawn(mail("child")).result;
      return "started";
    },
    { child: () => ({ status: 400, message: "no such model" }) },
    { model: { maxRetries: 0 } },
  );
  await say("root");
  assert.equal(record.payloads("agent.subturn.end")[0]?.status, "error");
  const line = outline(await history())[3] ?? "";
  assert.match(line, /^user: \[SubTurn Result\] SubTurn failed: .*no such model/);
});

test("T34: where all places are taken a sub-turn waits, and fails when that takes too long", async t => {
  const clock = new ManualClock();
  const held = gate();
  const { say, record } = await family(
    t,
    async context => {
      const first = context.spawn(back("child"));
      await record.next("agent.subturn.spawn");
      const second = context.spawn(back("other"));
      clock.advance(30_000);
      const { status, text } = await second.result;
      held.open();
      await first.result;
      return `${status}: ${text}`;
    },
    {
      child: async () => {
        await held.opened;
        return "helped";
      },
    },
    { clock, limits: { maxConcurrent: 1 } },
  );
  await say("root");
  assert.equal(record.of("agent.subturn.spawn").length, 1);
});

test("T34: whoever asks for a place may give up waiting, at once", async t => {
  const clock = new ManualClock();
  const held = gate();
  const { say, history, record } = await family(
    t,
    async context => {
      const first = context.spawn(back("child"));
      await record.next("agent.subturn.spawn");
      held.open();
      return (await first.result).text;
    },
    {
      root: request =>
        request.body.messages.some(({ role }) => role === "tool") ? "root done" : calls(["hurry"]),
      child: async () => {
        await held.opened;
        return "helped";
      },
    },
    {
      clock,
      limits: { maxConcurrent: 1 },
      functions: {
        hurry: {
          timeoutMs: 10,
          run: async (_args, context) => {
            void context.spawn(back("child", { critical: true }));
            await record.next("agent.subturn.spawn");
            const second = context.spawn(back("other"));
            clock.advance(10);
            const { status } = await second.result;
            held.open();
            return status;
          },
        },
      },
    },
  );
  await say("root");
  assert.match(outline(await history())[2] ?? "", /tool: tool "hurry" took longer than 10 ms and was ended/);
  assert.equal(record.of("agent.subturn.spawn").length, 1);
});

test("T34: every way to end gives the place back", async t => {
  const clock = new ManualClock();
  const { say, record } = await family(
    t,
    async context => {
      const ends: string[] = [];
      ends.push((await context.spawn(back("fine")).result).status);
      ends.push((await context.spawn(back("broken")).result).status);
      const slow = context.spawn(back("slow", { timeoutMs: 77 }));
      await clock.scheduled(77);
      clock.advance(77);
      ends.push((await slow.result).status);
      const cancelled = context.spawn(back("slow"));
      cancelled.cancel();
      ends.push((await cancelled.result).status);
      ends.push((await context.spawn(back("fine", { tokenBudget: 1, tools: ["work"] })).result).status);
      ends.push((await context.spawn(back("fine")).result).status);
      return ends.join(" ");
    },
    { broken: () => ({ status: 400 }), slow: () => "stall" },
    { clock, limits: { maxConcurrent: 1 }, model: { maxRetries: 0 } },
  );
  await say("root");
  const ends = record.payloads("agent.subturn.end").map(({ status }) => status);
  assert.deepEqual(ends, ["completed", "error", "timeout", "completed", "completed"]);
});

test("T35: the graceful end of a parent is seen by its children and theirs, which leave before their next step", async t => {
  const steps = gate();
  const { say, record, loop } = await family(
    t,
    context => {
      context.spawn(mail("child"));
      return "started";
    },
    {
      root: async request => {
        if (!request.body.messages.some(({ role }) => role === "tool")) return calls(["work"]);
        await record.next("agent.tool.exec_start", 3);
        return "root done";
      },
      child: () => calls(["nest"]),
      grandchild: () => calls(["wait"]),
    },
    {
      functions: {
        nest: async (_args, context) => (await context.spawn(back("grandchild")).result).status,
        wait: async () => {
          await steps.opened;
          return "waited";
        },
      },
    },
  );
  await say("root");
  steps.open();
  await record.next("agent.subturn.end", 2);
  assert.deepEqual(
    record.payloads("agent.subturn.end").map(({ childTurnId, status }) => [childTurnId, status]),
    [
      ["subturn-2", "ended_by_parent"],
      ["subturn-1", "ended_by_parent"],
    ],
  );
  assert.deepEqual(loop.turns(), []);
});

test("T36: a hard abort reaches children and grandchildren at once, and comes before the history is rolled back", async t => {
  const { say, record, loop, server, history } = await family(
    t,
    async context => (await context.spawn(back("child", { critical: true })).result).status,
    { child: () => calls(["nest"]), grandchild: () => "stall" },
    {
      functions: { nest: async (_args, context) => (await context.spawn(back("grandchild")).result).status },
    },
  );
  const turn = say("root");
  await server.request(3);
  assert.equal(await loop.abort("s"), true);
  assert.equal((await turn).status, "aborted");
  await record.next("agent.subturn.end", 2);
  assert.deepEqual(
    record.payloads("agent.subturn.end").map(({ status }) => status),
    ["aborted", "aborted"],
  );
  assert.deepEqual(await history(), []);
  assert.deepEqual(loop.turns(), []);
  assert.equal(await loop.abort("nobody"), false);
});

test("T37: a critical child outlives the graceful end of its parent and completes", async t => {
  const held = gate();
  const { say, record } = await family(
    t,
    context => {
      context.spawn(mail("child", { critical: true }));
      return "started";
    },
    {
      child: async request => {
        if (request.body.messages.some(({ role }) => role === "tool")) return "survived";
        await held.opened;
        return calls(["step"]);
      },
    },
    { functions: { step: () => "stepped" } },
  );
  await say("root");
  held.open();
  const end = await record.next("agent.subturn.end");
  assert.deepEqual([end.payload.status, end.payload.iterations], ["completed", 2]);
});

test("T37: to spawn while the turn is being aborted neither fails nor hangs", async t => {
  let handle: SubTurnHandle | undefined;
  const { say, loop } = await family(t, context => {
    void loop.abort("s");
    handle = context.spawn(back("child"));
    return "spawned";
  });
  assert.equal((await say("root")).status, "aborted");
  assert.equal((await handle?.result)?.status, "aborted");
});

test("what a host spawns belongs to the turn that runs", async t => {
  const held = gate();
  const { say, loop, server, history } = await family(
    t,
    async () => {
      await held.opened;
      return "worked";
    },
    {},
  );
  const turn = say("root");
  await server.request(1);
  const handle = loop.spawn("s", mail("child"));
  assert.equal((await handle.result).text, "child done");
  held.open();
  await turn;
  assert.ok(outline(await history()).includes("user: [SubTurn Result] child done"));
  assert.throws(() => loop.spawn("s", mail("child")), { code: "TURN_NOT_FOUND" });
});
