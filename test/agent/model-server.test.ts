// The scripted server itself, by the client that the agent uses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV3, LanguageModelV3StreamPart } from "@ai-sdk/provider";
import { type ChatMessage, calls, historyProblems, ModelServer, startModelServer } from "./model-server.js";

const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Weather?" }] }];

function clientOf(server: ModelServer, apiKey = server.endpoint.apiKey) {
  return createOpenAICompatible({ name: "scripted", baseURL: server.baseUrl, apiKey, includeUsage: true })(
    "scripted",
  );
}

async function generate(client: LanguageModelV3) {
  return client.doGenerate({ prompt });
}

async function partsOf(stream: ReadableStream<LanguageModelV3StreamPart>) {
  const parts: LanguageModelV3StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

test("a text arrives whole, as JSON and in pieces as a stream", async t => {
  const server = await startModelServer(t, ["It rains in Oslo.", "It rains in Oslo."]);
  const client = clientOf(server);
  const { content, usage, finishReason } = await client.doGenerate({ prompt });
  assert.deepEqual(content, [{ type: "text", text: "It rains in Oslo." }]);
  assert.equal(usage.outputTokens.total, 5);
  assert.equal(finishReason.unified, "stop");
  const parts = await partsOf((await client.doStream({ prompt })).stream);
  const deltas = parts.flatMap(part => (part.type === "text-delta" ? [part.delta] : []));
  assert.deepEqual(deltas, ["It ", "rains ", "in ", "Oslo."]);
  const finish = parts.find(part => part.type === "finish");
  assert.equal(finish?.usage.inputTokens.total, 10);
});

test("tool calls stream in pieces and come together again", async t => {
  const server = await startModelServer(t, [calls(["weather", { city: "Oslo" }], ["clock"])]);
  const parts = await partsOf((await clientOf(server).doStream({ prompt })).stream);
  assert.ok(parts.filter(part => part.type === "tool-input-delta").length > 2);
  const made = parts.flatMap(part =>
    part.type === "tool-call" ? [[part.toolCallId, part.toolName, part.input]] : [],
  );
  assert.deepEqual(made, [
    ["call_1_1", "weather", '{"city":"Oslo"}'],
    ["call_1_2", "clock", "{}"],
  ]);
});

test("a wrong key, a rate limit and a missing answer are errors of the provider", async () => {
  await using server = await ModelServer.start([{ status: 429, retryAfter: "7" }]);
  await assert.rejects(generate(clientOf(server, "sk-other")), { statusCode: 401 });
  await assert.rejects(generate(clientOf(server)), (error: { responseHeaders?: object }) => {
    assert.equal((error.responseHeaders as Record<string, string>)["retry-after"], "7");
    return true;
  });
  await assert.rejects(generate(clientOf(server)), { statusCode: 400 });
  assert.deepEqual(server.problems, ["the script has no answer to request 2"]);
});

test("an abandoned request is seen on the server", async t => {
  const server = await startModelServer(t, ["stall"]);
  const gone = new AbortController();
  const answer = Promise.resolve(clientOf(server).doStream({ prompt, abortSignal: gone.signal }));
  const request = await server.request(1);
  gone.abort();
  await assert.rejects(answer);
  if (!request.abandoned.aborted)
    await new Promise(resolve => request.abandoned.addEventListener("abort", resolve));
});

test("a history that a provider refuses is refused", () => {
  const user: ChatMessage = { role: "user", content: "hi" };
  const call = (id: string) => ({ id, type: "function" as const, function: { name: "f", arguments: "{}" } });
  const asked: ChatMessage = { role: "assistant", content: null, tool_calls: [call("a"), call("b")] };
  const answer = (id: string): ChatMessage => ({ role: "tool", tool_call_id: id, content: "" });
  assert.deepEqual(historyProblems([user, asked, answer("a"), answer("b")]), []);
  const bad: [string, ChatMessage[]][] = [
    ["an answer is missing", [user, asked, answer("a")]],
    ["an answer comes twice", [user, asked, answer("a"), answer("a"), answer("b")]],
    ["answers are out of order", [user, asked, answer("b"), answer("a")]],
    ["a user speaks between the answers", [user, asked, answer("a"), user, answer("b")]],
    ["nobody called", [user, answer("a")]],
    ["the system speaks late", [user, { role: "system", content: "x" }, user]],
    [
      "arguments are no object",
      [
        user,
        { ...asked, tool_calls: [{ ...call("a"), function: { name: "f", arguments: "1" } }] },
        answer("a"),
      ],
    ],
    ["the assistant says nothing", [user, { role: "assistant", content: "" }, user]],
  ];
  for (const [what, messages] of bad) assert.notDeepEqual(historyProblems(messages), [], what);
});
