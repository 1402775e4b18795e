import assert from "node:assert/strict";
import { test } from "node:test";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { AgentLoop, functionTools } from "luaskills/agent";
import { ModelError, type ModelResponse } from "#dist/agent/model-port.js";
import { AgentTelemetry } from "#dist/agent/telemetry.js";
import { engineWith } from "../skills/skill-tree.js";
import { exportedPoints, exportedSpans } from "../skills/telemetry-exports.js";
import { calls, startModelServer } from "./model-server.js";

const detected = await AgentTelemetry.detect();
assert.ok(detected);
const telemetry = detected;

const answer: ModelResponse = {
  content: "It rains.",
  toolCalls: [],
  finishReason: "stop",
  usage: { inputTokens: 20, outputTokens: 3 },
  model: "small-2",
};
const turn = { turnId: "main-turn-1", agentId: "main", sessionKey: "s", depth: 0 };

test("a turn, its model call, its tool and the skill that the tool calls are one trace", async t => {
  const { engine } = await engineWith(t, { echo: "return function() return 'ok' end" });
  exportedSpans();
  const outcome = await telemetry.turn(turn, async () => {
    await telemetry.modelCall("small", async () => answer);
    await telemetry.tool("echo", "call_1", async () => ({
      forModel: (await engine.call("echo-run")).content,
    }));
    return { status: "completed" as const, iterations: 2, text: "It rains." };
  });
  assert.equal(outcome.text, "It rains.");
  const spans = exportedSpans();
  const byName = new Map(spans.map(span => [span.name, span]));
  const parentOf = (name: string) =>
    spans.find(span => span.spanContext().spanId === byName.get(name)?.parentSpanContext?.spanId)?.name;
  assert.deepEqual(spans.map(span => span.name).sort(), [
    "call echo-run",
    "chat small",
    "execute_tool echo",
    "invoke_agent main",
  ]);
  assert.equal(parentOf("chat small"), "invoke_agent main");
  assert.equal(parentOf("execute_tool echo"), "invoke_agent main");
  assert.equal(parentOf("call echo-run"), "execute_tool echo");
  assert.deepEqual(byName.get("chat small")?.attributes, {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "small",
    "gen_ai.response.model": "small-2",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 20,
    "gen_ai.usage.output_tokens": 3,
  });
  assert.equal(byName.get("chat small")?.kind, SpanKind.CLIENT);
  assert.deepEqual(byName.get("invoke_agent main")?.attributes, {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "main",
    "gen_ai.conversation.id": "s",
    "luaskills.turn.id": "main-turn-1",
    "luaskills.turn.depth": 0,
    "luaskills.turn.status": "completed",
    "luaskills.turn.iterations": 2,
  });
});

test("the turns of a loop are traced, with what they ask and call", async t => {
  const server = await startModelServer(t, [calls(["look"]), "Seen."]);
  const tools = functionTools({ look: { description: "Looks.", run: () => "there" } });
  const loop = new AgentLoop({ tools: [tools], model: server.endpoint });
  t.after(() => loop.close());
  exportedSpans();
  await loop.run({ sessionKey: "s", text: "Look." });
  const spans = exportedSpans();
  assert.deepEqual(
    spans.map(span => span.name),
    ["chat scripted", "execute_tool look", "chat scripted", "invoke_agent main"],
  );
  const root = spans.at(-1)?.spanContext();
  assert.ok(spans.slice(0, 3).every(span => span.parentSpanContext?.spanId === root?.spanId));
});

test("a model that fails is a failed span of its kind, and the error comes through", async () => {
  exportedSpans();
  const error = new ModelError("rate_limit", "too many");
  await assert.rejects(
    telemetry.modelCall("small", () => Promise.reject(error)),
    error,
  );
  const [span] = exportedSpans();
  assert.deepEqual(span?.status, { code: SpanStatusCode.ERROR, message: "too many" });
  assert.equal(span?.attributes["error.type"], "rate_limit");
});

test("a turn that ends in an error and a tool whose result is one are failed spans", async () => {
  exportedSpans();
  await telemetry.turn({ ...turn, depth: 1, parentTurnId: "main-turn-0" }, async () => {
    await telemetry.tool("look", "c", async () => ({
      forModel: "no",
      isError: true,
      errorCode: "LUA_TIMEOUT",
    }));
    return { status: "error" as const, iterations: 1, error: "the model is gone" };
  });
  const [tool, failed] = exportedSpans();
  assert.equal(tool?.attributes["error.type"], "LUA_TIMEOUT");
  assert.deepEqual(failed?.status, { code: SpanStatusCode.ERROR, message: "the model is gone" });
  assert.equal(failed?.attributes["luaskills.turn.parent_id"], "main-turn-0");
});

test("an aborted turn is no failure", async () => {
  exportedSpans();
  await telemetry.turn(turn, async () => ({ status: "aborted" as const, iterations: 1 }));
  const [span] = exportedSpans();
  assert.equal(span?.status.code, SpanStatusCode.UNSET);
  assert.equal(span?.attributes["luaskills.turn.status"], "aborted");
});

test("durations and tokens are measured, without a time series per call", async () => {
  await exportedPoints();
  await telemetry.turn(turn, async () => {
    await telemetry.modelCall("small", async () => answer);
    await telemetry.tool("look", "call_17", async () => ({ forModel: "" }));
    return { status: "completed" as const, iterations: 1 };
  });
  const points = await exportedPoints();
  const durations = points.get("gen_ai.client.operation.duration")?.map(point => point.attributes);
  assert.deepEqual(durations, [
    { "gen_ai.operation.name": "chat", "gen_ai.request.model": "small" },
    { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look" },
    { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "main" },
  ]);
  const tokens = points
    .get("gen_ai.client.token.usage")
    ?.map(({ attributes, value }) => [attributes["gen_ai.token.type"], (value as { sum: number }).sum]);
  assert.deepEqual(tokens, [
    ["input", 20],
    ["output", 3],
  ]);
});
