import assert from "node:assert/strict";
import { AgentLoop, functionTools, skillTools } from "luaskills/agent";
import { openEngine } from "../drivers/engine.mjs";
import { timeAsync } from "../sampling.mjs";
import { median } from "../statistics.mjs";
import { atMost, stated } from "../verdict.mjs";

const batch = 200;
const turns = 40;

/** Answers every other question with a batch of calls. */
function scriptedModel(tool, args) {
  let asked = 0;
  return {
    model: "scripted",
    async generate() {
      asked++;
      const toolCalls =
        asked % 2 === 0
          ? []
          : Array.from({ length: batch }, (_, i) => ({ id: `call-${i}`, name: tool, arguments: args(i) }));
      return { content: "done", toolCalls, finishReason: "stop", model: "scripted" };
    },
  };
}

/** One of each kind: it looks before and after, it approves, it listens. */
const threeHooks = () => [
  { name: "intercepts", beforeTool: async () => ({ action: "continue" }), afterTool: async () => undefined },
  { name: "approves", approveTool: async () => ({ approved: true }) },
  { name: "listens", onEvent: async () => {} },
];

/**
 * Microseconds from one call of a tool to the next, within a batch.
 *
 */
async function betweenCalls(source, tool, hooks) {
  const gaps = [];
  let ended;
  const timed = {
    version: 1,
    list: () => source.list(),
    async call(...call) {
      if (ended !== undefined) gaps.push((performance.now() - ended) * 1e3);
      const result = await source.call(...call);
      ended = performance.now();
      return result;
    },
  };
  const model = scriptedModel(tool, i => ({ name: "alpha", count: i }));
  const loop = new AgentLoop({ tools: [timed], model, hooks, context: false });
  for (let turn = 0; turn < turns; turn++) {
    ended = undefined;
    // The first quarter is warm-up.
    if (turn === turns / 4) gaps.length = 0;
    const { status } = await loop.run({ sessionKey: `s${turn}`, text: "go" });
    assert.equal(status, "completed");
  }
  await loop.close();
  assert.equal(gaps.length, (turns - turns / 4) * (batch - 1));
  return median(gaps);
}

const schema = {
  type: "object",
  properties: { name: { type: "string" }, count: { type: "integer" } },
  required: ["name", "count"],
};
const plain = () =>
  functionTools({ plain: { inputSchema: schema, run: ({ name, count }) => `${name}:${count}` } });

export default {
  title: "The agent's pipeline around one tool call, in a batch",
  trials: {
    hooks: async () => ({ gap: await betweenCalls(plain(), "plain", threeHooks()) }),
    bare: async () => ({ gap: await betweenCalls(plain(), "plain", []) }),
    async skill() {
      const { engine, name, close } = await openEngine(
        'return function(args) return args.name .. ":" .. args.count end',
      );
      const gap = await betweenCalls(skillTools(engine), name, threeHooks());
      const call = await timeAsync(i => engine.call(name, { name: "alpha", count: i }), { batch: 2_000 });
      await close();
      return { gap, call: call.nanoseconds / 1e3 };
    },
  },
  report: ({ hooks, bare, skill }) => [
    atMost("beside the tool itself, three hooks, p50", "µs", hooks.gap, 100),
    stated("the same without hooks, p50", "µs", bare.gap),
    stated("around an entry of a skill, three hooks, p50", "µs", skill.gap),
    stated("await engine.call() of that entry", "µs", skill.call),
  ],
};
