import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Clock } from "#dist/agent/clock.js";
import type { ApproveToolRequest, BeforeToolRequest, Hook, HookMeta } from "#dist/agent/hooks/hook.js";
import { type ProcessHookOptions, processHook } from "#dist/agent/hooks/process-hook.js";
import { isAlive } from "../../host/alive.js";
import { repository, temporaryFolder } from "../../skills/skill-tree.js";
import { startLab } from "../lab.js";
import { ManualClock } from "../manual-clock.js";
import { calls, textsOf } from "../model-server.js";

const program = join(repository, "test/fixtures/agent/hook.mjs");

const meta: HookMeta = {
  agentId: "main",
  sessionKey: "s",
  turnId: "t",
  iteration: 1,
  depth: 0,
  channel: "cli",
  chatId: "1",
};
const request: BeforeToolRequest = { meta, toolCallId: "a", tool: "look", arguments: { at: 1 } };

interface Watched {
  hook: Hook;
  problems: string[];
  log: string[];
  /** The first line of its standard error that matches. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** The first problem that matches. */
  reported(pattern: RegExp): Promise<void>;
}

/** @param script what the hook does for each method (fixtures/agent/hook.mjs) */
function start(
  t: TestContext,
  script: object,
  options: Partial<ProcessHookOptions> = {},
  clock?: Clock,
): Watched {
  const [problems, log]: [string[], string[]] = [[], []];
  const watchers = new Set<() => void>();
  const note = (list: string[], text: string) => {
    list.push(text);
    for (const watcher of [...watchers]) watcher();
  };
  const first = (list: string[], pattern: RegExp) =>
    new Promise<RegExpExecArray>(resolve => {
      const look = () => {
        const match = list.map(text => pattern.exec(text)).find(found => found !== null);
        if (match == null) return;
        watchers.delete(look);
        resolve(match);
      };
      watchers.add(look);
      look();
    });
  const hook = processHook(
    {
      name: "outside",
      command: [process.execPath, program, JSON.stringify(script)],
      intercept: ["before_tool", "approve_tool"],
      log: line => note(log, line),
      ...options,
    },
    clock,
  );
  hook.attach?.(problem => note(problems, problem));
  t.after(() => hook.close?.());
  return {
    hook,
    problems,
    log,
    said: pattern => first(log, pattern),
    reported: async pattern => void (await first(problems, pattern)),
  };
}

const context = () => ({ signal: new AbortController().signal });

async function ask(hook: Hook, signal = context().signal): Promise<unknown> {
  return hook.beforeTool?.(request, { signal });
}

test("a hook process greets, is asked and answers", async t => {
  const { hook, problems } = start(t, { "hook.before_tool": { action: "modify", tool: "other" } });
  assert.deepEqual(await ask(hook), { action: "modify", tool: "other" });
  assert.equal(hook.source, "process");
  assert.deepEqual(problems, []);
});

test("the greeting says name, version and modes; a request goes over as it is", async t => {
  const { hook, said } = start(
    t,
    { "hook.hello": { $do: "stderr" }, "hook.before_tool": { $do: "echo" } },
    { observe: ["agent.tool.*"] },
  );
  const { reason } = (await ask(hook)) as { reason: string };
  assert.deepEqual(JSON.parse(reason), request);
  const [, greeting] = await said(/^heard hook\.hello (.*)/);
  assert.deepEqual(JSON.parse(greeting as string), {
    name: "outside",
    version: 1,
    modes: ["observe", "tool", "approve"],
  });
});

test("only the stages that it intercepts are there", t => {
  const { hook } = start(t, {}, { intercept: ["after_llm"] });
  const stages = ["beforeModel", "afterModel", "beforeTool", "approveTool", "afterTool", "onEvent"] as const;
  assert.deepEqual(
    stages.filter(stage => hook[stage] !== undefined),
    ["afterModel"],
  );
});

test("an answer that is no decision is the hook's failure", async t => {
  const { hook } = start(t, { "hook.before_tool": { action: "respond", result: { text: "no" } } });
  await assert.rejects(ask(hook), { code: "HOOK_WIRE", message: /result\.forModel must be a string/ });
});

test("an approver must say yes or no", async t => {
  const approval: ApproveToolRequest = request;
  const { hook } = start(t, { "hook.approve_tool": { approved: false, reason: "not today" } });
  assert.deepEqual(await hook.approveTool?.(approval, context()), { approved: false, reason: "not today" });
  for (const answer of [null, {}, { approved: "yes" }, 5]) {
    const { hook } = start(t, { "hook.approve_tool": answer });
    await assert.rejects(
      async () => hook.approveTool?.(approval, context()),
      /approve_tool: approved must be true or false/,
    );
  }
});

test("an error that the hook answers is its failure, and it goes on", async t => {
  const { hook, problems } = start(t, { "hook.before_tool": { $do: "error" } });
  for (let n = 0; n < 4; n++) await assert.rejects(ask(hook), /hook "outside": the hook refuses/);
  assert.deepEqual(problems, []);
});

test("lines that are no answers are passed over", async t => {
  const { hook } = start(t, { "hook.before_tool": { $do: "garbage" } });
  assert.deepEqual(await ask(hook), { action: "continue" });
});

test("a hook that dies fails what waits for it, is reported, and is started again after its pause", async t => {
  const clock = new ManualClock();
  const once = join(temporaryFolder(t), "once");
  const { hook, reported } = start(
    t,
    { "hook.before_tool": { $once: { $do: "die" } } },
    { env: { HOOK_ONCE: once } },
    clock,
  );
  await assert.rejects(ask(hook), /it ended with code 7/);
  await reported(/it ended with code 7; it is started again when it is needed after 500 ms/);
  await assert.rejects(ask(hook), /it ended with code 7; it is started again in 500 ms/);
  clock.advance(500);
  assert.deepEqual(await ask(hook), { action: "continue" });
  await reported(/it was started again and works/);
  assert.deepEqual(clock.pending, []);
});

test("pauses grow while it does not come to an answer", async t => {
  const clock = new ManualClock();
  const { hook, reported } = start(t, { "hook.hello": { $do: "die" } }, { maxRestartDelayMs: 1_500 }, clock);
  for (const pause of [500, 1_000, 1_500, 1_500]) {
    await assert.rejects(ask(hook), /code 7/);
    await reported(new RegExp(`after ${pause} ms`));
    clock.advance(pause);
  }
});

test("a program that does not exist is reported and fails what is asked of it", async t => {
  const { hook, reported } = start(t, {}, { command: ["no-such-program-anywhere"] });
  await assert.rejects(ask(hook), /hook "outside": failed to spawn process: no-such-program-anywhere/);
  await reported(/failed to spawn process/);
});

test("a hook that does not greet in time is ended and reported", async t => {
  const clock = new ManualClock();
  const { hook, reported } = start(t, { "hook.hello": { $do: "silent" } }, {}, clock);
  await clock.scheduled(10_000);
  const asked = assert.rejects(ask(hook), /did not answer hook\.hello within 10000 ms/);
  clock.advance(10_000);
  await asked;
  await reported(/did not answer hook\.hello/);
});

test("whoever gives up is not waited for; the hook is told, and ended when it leaves three in a row unanswered", async t => {
  const { hook, said, reported } = start(t, { "hook.before_tool": { $do: "silent" } });
  for (let n = 1; n <= 3; n++) {
    const stop = new AbortController();
    const numbered = { ...request, arguments: { at: n } };
    const asked = assert.rejects(async () => hook.beforeTool?.(numbered, { signal: stop.signal }), /late/);
    await said(new RegExp(`heard hook.before_tool {"at":${n}}`));
    stop.abort(new Error("late"));
    await asked;
  }
  await said(/^hook\.cancel {"id":2}/);
  await reported(/left 3 requests in a row without an answer/);
});

test("an answer that is too long ends the hook instead of filling the memory", async t => {
  const { hook } = start(t, { "hook.before_tool": { $do: "long" } });
  await assert.rejects(ask(hook), /a line is longer than 16777216 bytes/);
});

test("it is told the events that it observes, and its standard error goes to the log", async t => {
  const { hook, said } = start(t, {}, { observe: ["agent.turn.end"] });
  assert.deepEqual(hook.events, ["agent.turn.end"]);
  await ask(hook);
  await hook.onEvent?.({ kind: "agent.turn.end", id: "evt-1" } as never, context());
  const [, event] = await said(/^hook\.runtime_event (.*)$/);
  assert.deepEqual(JSON.parse(event as string), { kind: "agent.turn.end", id: "evt-1" });
});

test("closing ends the hook, what it has started, and what waits for it", async t => {
  const { hook, said } = start(t, { child: true, stays: true, "hook.before_tool": { $do: "silent" } });
  const [, pid] = await said(/^child (\d+)$/);
  const asked = assert.rejects(ask(hook), /the hook was closed|it was closed/);
  await new Promise(resolve => setImmediate(resolve));
  await hook.close?.();
  await asked;
  while (isAlive(Number(pid))) await new Promise(resolve => setTimeout(resolve, 20));
  await assert.rejects(ask(hook), /it was closed/);
});

test("closing does not wait for a hook that has not greeted", async t => {
  const { hook, said } = start(t, { child: true, stays: true, "hook.hello": { $do: "silent" } });
  const [, pid] = await said(/^child (\d+)$/);
  await said(/^heard hook\.hello/);
  const asked = assert.rejects(ask(hook), /it was closed/);
  await hook.close?.();
  await asked;
  while (isAlive(Number(pid))) await new Promise(resolve => setTimeout(resolve, 20));
});

test("nothing that a hook has started outlives a hook that dies", async t => {
  const { hook, said } = start(t, { child: true, "hook.before_tool": { $do: "die" } });
  const [, pid] = await said(/^child (\d+)$/);
  await assert.rejects(ask(hook), /code 7/);
  while (isAlive(Number(pid))) await new Promise(resolve => setTimeout(resolve, 20));
});

test("options that cannot work are refused with what is wrong", () => {
  const fine = { name: "x", command: ["true"], intercept: ["before_tool"] };
  const bad: [object, RegExp][] = [
    [{ ...fine, name: " " }, /name must be a text/],
    [{ ...fine, command: "true" }, /processHook "x": command must be the program and its arguments/],
    [{ ...fine, command: [] }, /command must be/],
    [{ ...fine, intercept: ["before_everything"] }, /intercept knows before_llm, .* not "before_everything"/],
    [{ ...fine, observe: ["agent.nothing"] }, /no kind is named "agent\.nothing"/],
    [{ ...fine, intercept: [] }, /neither observes nor intercepts/],
  ];
  for (const [options, message] of bad) {
    assert.throws(() => processHook(options as ProcessHookOptions), { name: "TypeError", message });
  }
});

test("a hook that dies fails no turn: it is skipped, and told as degraded", async t => {
  const { hook } = start(t, { "hook.before_tool": { $do: "die" } }, { intercept: ["before_tool"] });
  const lab = await startLab(t, [calls(["look"]), "Seen."], {
    functions: { look: () => "there" },
    hooks: [hook],
  });
  const { status, text } = await lab.say("Look.");
  assert.deepEqual([status, text], ["completed", "Seen."]);
  assert.deepEqual(textsOf(await lab.server.request(2), "tool"), ["there"]);
  const problems = lab.record.payloads("agent.hook.degraded");
  assert.ok(
    problems.some(
      one => one.stage === "before_tool" && one.problem.endsWith("it ended with code 7: skipped"),
    ),
  );
});

test("an approver that dies or does not exist allows nothing", async t => {
  const dying = start(t, { "hook.approve_tool": { $do: "die" } }, { intercept: ["approve_tool"] });
  const missing = start(t, {}, { intercept: ["approve_tool"], command: ["no-such-program-anywhere"] });
  for (const { hook } of [dying, missing]) {
    const never = () => assert.fail("the tool ran");
    const lab = await startLab(t, [calls(["look"]), "Well."], { functions: { look: never }, hooks: [hook] });
    assert.equal((await lab.say("Look.")).status, "completed");
    assert.deepEqual(textsOf(await lab.server.request(2), "tool"), [
      'Tool execution denied by approval hook: tool approval hook "outside" failed',
    ]);
  }
});

test("a hook of another process changes the model's request and answer, the call and its result", async t => {
  const { hook } = start(
    t,
    {
      "hook.before_llm": { action: "modify", model: "larger" },
      "hook.after_llm": { action: "continue" },
      "hook.before_tool": { action: "modify", arguments: { at: 2 } },
      "hook.approve_tool": { approved: true },
      "hook.after_tool": { action: "modify", result: { forModel: "rewritten" } },
    },
    { intercept: ["before_llm", "after_llm", "before_tool", "approve_tool", "after_tool"] },
  );
  const seen: unknown[] = [];
  const look = (args: object) => {
    seen.push(args);
    return "there";
  };
  const lab = await startLab(t, [calls(["look", { at: 1 }]), "Seen."], {
    functions: { look },
    hooks: [hook],
  });
  assert.equal((await lab.say("Look.")).text, "Seen.");
  assert.deepEqual(seen, [{ at: 2 }]);
  assert.equal(lab.server.requests[0]?.body.model, "larger");
  assert.deepEqual(textsOf(await lab.server.request(2), "tool"), ["rewritten"]);
});

test("closing the loop ends its hooks", async t => {
  const { hook, said } = start(t, { child: true, stays: true });
  const lab = await startLab(t, [], { hooks: [hook] });
  const [, pid] = await said(/^child (\d+)$/);
  await lab.loop.close();
  while (isAlive(Number(pid))) await new Promise(resolve => setTimeout(resolve, 20));
});
