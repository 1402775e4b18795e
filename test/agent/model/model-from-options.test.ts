import assert from "node:assert/strict";
import { test } from "node:test";
import type { LanguageModelV3 } from "@ai-sdk/provider";
import type { Message } from "#dist/agent/messages.js";
import { modelFromOptions } from "#dist/agent/model/model-from-options.js";
import type { ModelCall, ModelDelta, ModelError, ModelRequest, ModelRetry } from "#dist/agent/model-port.js";
import { gate } from "../lab.js";
import { ManualClock } from "../manual-clock.js";
import {
  calls,
  contextLengthExceeded,
  ModelServer,
  type ScriptedAnswer,
  startModelServer,
} from "../model-server.js";

const question: Message = { role: "user", content: "Weather?" };

function request(messages: Message[] = [question], more: Partial<ModelRequest> = {}): ModelRequest {
  return { messages, tools: [], settings: {}, media: new Map(), ...more };
}

function call(more: Partial<ModelCall> = {}): ModelCall {
  return { signal: new AbortController().signal, ...more };
}

function collect(): { deltas: ModelDelta[]; call: ModelCall } {
  const deltas: ModelDelta[] = [];
  return { deltas, call: call({ onDelta: delta => deltas.push(delta) }) };
}

test("an answer comes with its text, reasoning, usage and model", async t => {
  const server = await startModelServer(t, [
    { text: "It rains.", reasoning: "Oslo, so rain.", usage: { prompt: 21, completion: 4 } },
  ]);
  const port = modelFromOptions(server.endpoint);
  assert.deepEqual(await port.generate(request(), call()), {
    content: "It rains.",
    reasoning: "Oslo, so rain.",
    toolCalls: [],
    finishReason: "stop",
    usage: { inputTokens: 21, outputTokens: 4 },
    model: "scripted",
  });
  assert.equal(port.model, "scripted");
});

test("a streamed answer is told piece by piece and comes whole at the end", async t => {
  const server = await startModelServer(t, [{ text: "It rains in Oslo.", reasoning: "Rain." }]);
  const { deltas, call } = collect();
  const { content, reasoning, usage } = await modelFromOptions(server.endpoint).generate(request(), call);
  assert.equal(content, "It rains in Oslo.");
  assert.equal(reasoning, "Rain.");
  assert.deepEqual(usage, { inputTokens: 10, outputTokens: 5 });
  assert.deepEqual(deltas, [
    { reasoning: "Rain." },
    { content: "It " },
    { content: "rains " },
    { content: "in " },
    { content: "Oslo." },
  ]);
});

test("tools, settings and the whole conversation reach the provider as it spells them", async t => {
  const server = await startModelServer(t, [calls(["weather", { city: "Oslo" }])]);
  const messages: Message[] = [
    { role: "system", content: "Be brief." },
    question,
    {
      role: "assistant",
      content: "",
      reasoning: "I need tools.",
      toolCalls: [
        { id: "a", name: "weather", arguments: { city: "Rome" } },
        { id: "b", name: "clock", arguments: {} },
      ],
    },
    { role: "tool", toolCallId: "a", toolName: "weather", content: "sun" },
    { role: "tool", toolCallId: "b", toolName: "clock", content: "no clock", isError: true },
  ];
  const tools = [{ name: "weather", description: "Tells.", inputSchema: { type: "object", properties: {} } }];
  const settings = { maxTokens: 99, temperature: 0.5, thinkingLevel: "low" };
  const answer = await modelFromOptions(server.endpoint).generate(
    request(messages, { tools, settings }),
    call(),
  );
  assert.deepEqual(answer.toolCalls, [{ id: "call_1_1", name: "weather", arguments: { city: "Oslo" } }]);
  assert.equal(answer.finishReason, "tool_calls");
  const body = server.requests[0]?.body as unknown as Record<string, unknown>;
  assert.equal(body.max_tokens, 99);
  assert.equal(body.temperature, 0.5);
  assert.equal(body.reasoning_effort, "low");
  assert.deepEqual(
    (body.tools as { function: { name: string } }[]).map(tool => tool.function.name),
    ["weather"],
  );
  assert.deepEqual(body.messages, [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Weather?" },
    {
      role: "assistant",
      content: null,
      reasoning_content: "I need tools.",
      tool_calls: [
        { id: "a", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
        { id: "b", type: "function", function: { name: "clock", arguments: "{}" } },
      ],
    },
    { role: "tool", tool_call_id: "a", content: "sun" },
    { role: "tool", tool_call_id: "b", content: "no clock" },
  ]);
});

test("a tool's name that providers refuse is spelled otherwise on the way and comes back as it is", async t => {
  const name = "files.read/whole";
  const server = await startModelServer(t, request =>
    calls([request.body.tools?.[0]?.function.name as string, { path: "x" }]),
  );
  const tools = [{ name, description: "Reads.", inputSchema: { type: "object" } }];
  const answer = await modelFromOptions(server.endpoint).generate(request([question], { tools }), call());
  assert.equal(answer.toolCalls[0]?.name, name);
});

test("arguments that are no JSON object arrive as an empty one, and equal ids are told apart", async t => {
  const bad = {
    calls: [
      { id: "x", name: "f", arguments: '{"a":' },
      { id: "x", name: "f", arguments: { a: 1 } },
    ],
  };
  const server = await startModelServer(t, [bad]);
  const { toolCalls } = await modelFromOptions(server.endpoint).generate(request(), call());
  assert.deepEqual(toolCalls, [
    { id: "x", name: "f", arguments: {} },
    { id: "x_2", name: "f", arguments: { a: 1 } },
  ]);
});

test("pictures go along, of users and of tools; what cannot be sent is named", async t => {
  const server = await startModelServer(t, ["I see."]);
  const png = { data: new Uint8Array([1, 2, 3]), contentType: "image/png" };
  const zip = { data: new Uint8Array(), contentType: "application/zip", filename: "all.zip" };
  const messages: Message[] = [
    {
      role: "user",
      content: "Look",
      media: ["media://1", "media://2", "media://lost", "data:image/gif;base64,AQID"],
    },
    { role: "assistant", content: "", toolCalls: [{ id: "a", name: "shot", arguments: {} }] },
    { role: "tool", toolCallId: "a", toolName: "shot", content: "taken", media: ["media://1"] },
  ];
  const media = new Map([
    ["media://1", png],
    ["media://2", zip],
  ]);
  await modelFromOptions(server.endpoint).generate(request(messages, { media }), call());
  const [user, , , ofTool] = server.requests[0]?.body.messages ?? [];
  const image = (type: string) => ({
    type: "image_url",
    image_url: { url: `data:image/${type};base64,AQID` },
  });
  assert.deepEqual(user?.content, [
    { type: "text", text: "Look" },
    image("png"),
    { type: "text", text: "[file all.zip, application/zip]" },
    { type: "text", text: "[media media://lost is not available]" },
    image("gif"),
  ]);
  assert.equal(ofTool?.role, "user");
  assert.deepEqual(ofTool?.content?.[1], image("png"));
});

test("every kind of refusal has its kind of error, and only those that may pass are tried again", async t => {
  const kinds: [ScriptedAnswer, string, retried: boolean][] = [
    [{ status: 401, code: "invalid_api_key" }, "auth", false],
    [{ status: 403 }, "auth", false],
    [{ status: 402, message: "Payment required" }, "billing", false],
    [
      { status: 429, code: "insufficient_quota", message: "You exceeded your current quota" },
      "billing",
      false,
    ],
    [{ status: 429 }, "rate_limit", true],
    [{ status: 500 }, "server_error", true],
    [{ status: 503 }, "server_error", true],
    [{ status: 504 }, "timeout", true],
    [{ status: 529 }, "rate_limit", true],
    [contextLengthExceeded, "context_limit", false],
    [{ status: 413, message: "Request too large" }, "context_limit", false],
    [{ status: 400, message: "This model does not support image input" }, "vision_unsupported", false],
    [{ status: 400, message: "unknown field" }, "format", false],
    [{ status: 404, message: "no such model" }, "format", false],
    ["hang-up", "network", true],
    [{ text: "Half", end: "cut" }, "network", true],
  ];
  for (const [answer, kind, retried] of kinds) {
    let asked = 0;
    const server = await startModelServer(t, () => {
      asked += 1;
      return answer;
    });
    const port = modelFromOptions({ ...server.endpoint, maxRetries: 1, retryDelayMs: 0 });
    await assert.rejects(port.generate(request(), call()), (error: ModelError) => {
      assert.equal(error.kind, kind, JSON.stringify(answer));
      assert.match(error.message, /^the model scripted at http:\/\/127\.0\.0\.1/);
      return true;
    });
    assert.equal(asked, retried ? 2 : 1, JSON.stringify(answer));
  }
});

test("nobody listening is a network error that says so", async () => {
  const server = await ModelServer.start([]);
  const { endpoint } = server;
  await server.close();
  const port = modelFromOptions({ ...endpoint, maxRetries: 0 });
  await assert.rejects(port.generate(request(), call()), { kind: "network", message: /ECONNREFUSED/ });
});

test("with two retries a failing server is asked three times, after growing pauses that are told", async t => {
  const server = await startModelServer(t, Array(3).fill({ status: 500, message: "out of order" }));
  const clock = new ManualClock();
  const retries: ModelRetry[] = [];
  const answer = modelFromOptions(server.endpoint, clock).generate(
    request(),
    call({ onRetry: one => retries.push(one) }),
  );
  const rejected = assert.rejects(answer, {
    kind: "server_error",
    message: /out of order \(after 3 attempts\)$/,
  });
  for (const pause of [2_000, 4_000]) {
    await clock.scheduled(pause);
    clock.advance(pause);
  }
  await rejected;
  assert.equal(server.requests.length, 3);
  assert.deepEqual(
    retries.map(({ attempt, maxRetries, reason, backoffMs }) => [attempt, maxRetries, reason, backoffMs]),
    [
      [1, 2, "server_error", 2_000],
      [2, 2, "server_error", 4_000],
    ],
  );
  assert.deepEqual(clock.pending, []);
});

test("a server that recovers answers the retry", async t => {
  const server = await startModelServer(t, [{ status: 502 }, "Here I am."]);
  const port = modelFromOptions({ ...server.endpoint, retryDelayMs: 0 });
  assert.equal((await port.generate(request(), call())).content, "Here I am.");
});

test("the pause is at least what Retry-After asks for, in seconds or as a date", async t => {
  const clock = new ManualClock();
  const date = new Date(clock.now() + 30_000).toUTCString();
  const server = await startModelServer(t, [
    { status: 429, retryAfter: "17" },
    { status: 429, retryAfter: date },
    "Now.",
  ]);
  const answer = modelFromOptions(server.endpoint, clock).generate(request(), call());
  await clock.scheduled(17_000);
  clock.advance(17_000);
  await clock.scheduled(13_000);
  clock.advance(13_000);
  assert.equal((await answer).content, "Now.");
});

test("a server that wants a longer pause than anybody waits is not waited for", async t => {
  const server = await startModelServer(t, [{ status: 429, retryAfter: "3600" }]);
  await assert.rejects(modelFromOptions(server.endpoint).generate(request(), call()), {
    kind: "rate_limit",
    message: /asked again in 3600 s/,
  });
});

test("an abort ends the request at the server and rejects with its reason", async t => {
  const server = await startModelServer(t, ["stall"]);
  const stop = new AbortController();
  const answer = modelFromOptions(server.endpoint).generate(request(), call({ signal: stop.signal }));
  const { abandoned } = await server.request(1);
  const reason = new Error("stopped by the user");
  stop.abort(reason);
  await assert.rejects(answer, reason);
  if (!abandoned.aborted) await new Promise(resolve => abandoned.addEventListener("abort", resolve));
});

test("an abort ends the pause between two attempts", async t => {
  const server = await startModelServer(t, [{ status: 500 }]);
  const clock = new ManualClock();
  const stop = new AbortController();
  const answer = modelFromOptions(server.endpoint, clock).generate(request(), call({ signal: stop.signal }));
  await clock.scheduled(2_000);
  stop.abort(new Error("stopped"));
  await assert.rejects(answer, /stopped/);
  assert.deepEqual(clock.pending, []);
});

test("a model that does not begin to answer in time is a timeout", async t => {
  const server = await startModelServer(t, ["stall"]);
  const clock = new ManualClock();
  const port = modelFromOptions({ ...server.endpoint, answerTimeoutMs: 60_000, maxRetries: 0 }, clock);
  const rejected = assert.rejects(port.generate(request(), call()), {
    kind: "timeout",
    message: /did not answer within 60 s/,
  });
  await server.request(1);
  clock.advance(60_000);
  await rejected;
});

test("an answer that stalls after its first words is a timeout, and final, as it has been read", async t => {
  const server = await startModelServer(t, [{ text: "It rains", end: "stall" }]);
  const clock = new ManualClock();
  const port = modelFromOptions({ ...server.endpoint, idleTimeoutMs: 30_000 }, clock);
  let words = 0;
  const rejected = assert.rejects(
    port.generate(
      request(),
      call({ onDelta: () => void (++words === 2 && setImmediate(() => clock.advance(30_000))) }),
    ),
    { kind: "timeout", message: /sent nothing more for 30 s/ },
  );
  await rejected;
  assert.equal(server.requests.length, 1);
});

test("an answer that breaks off is asked for again unless a part of it was told", async t => {
  for (const end of ["cut", "error", "silent"] as const) {
    const read = gate();
    async function* half() {
      yield "Half";
      // A connection that breaks off may take with it what nobody has read.
      await read.opened;
    }
    const server = await startModelServer(t, [{ end }, "Whole.", { text: half(), end }]);
    const port = modelFromOptions({ ...server.endpoint, retryDelayMs: 0 });
    assert.equal((await port.generate(request(), collect().call)).content, "Whole.", end);
    const broken = port.generate(request(), call({ onDelta: () => read.open() }));
    await assert.rejects(broken, { name: "ModelError" }, end);
    assert.equal(server.requests.length, 3, end);
  }
});

test("the key is in no error, even when the server repeats it", async t => {
  const apiKey = "secret-key-of-the-host-0123";
  const message = `Incorrect API key provided: ${apiKey}. Also sk-proj-abcdefghijklmnop.`;
  const server = await startModelServer(t, [{ status: 401, message }], { apiKey });
  await assert.rejects(modelFromOptions(server.endpoint).generate(request(), call()), (error: Error) => {
    assert.match(error.message, /Incorrect API key provided: \[redacted\]\. Also \[redacted\]\./);
    assert.equal(JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(apiKey), false);
    assert.equal(error.cause, undefined);
    return true;
  });
});

test("a fallback answers when the first model fails, which is then left alone for a minute", async t => {
  const first = await startModelServer(t, [{ status: 500 }, "I am back."]);
  const second = await startModelServer(t, ["From the fallback.", "From the fallback."]);
  const clock = new ManualClock();
  const port = modelFromOptions(
    { ...first.endpoint, fallbacks: [{ ...second.endpoint, model: "other" }] },
    clock,
  );
  const retries: ModelRetry[] = [];
  const answer = await port.generate(request(), call({ onRetry: one => retries.push(one) }));
  assert.equal(answer.content, "From the fallback.");
  assert.equal(answer.model, "other");
  assert.deepEqual(
    retries.map(({ nextModel, backoffMs }) => [nextModel, backoffMs]),
    [["other", 0]],
  );
  clock.advance(59_999);
  await port.generate(request(), call());
  assert.equal(first.requests.length, 1);
  clock.advance(1);
  assert.equal((await port.generate(request(), call())).content, "I am back.");
});

test("cool-downs grow with failures in a row, and a success forgets them", async t => {
  const outcomes: ScriptedAnswer[] = [...Array(3).fill({ status: 500 }), "ok", { status: 500 }];
  const first = await startModelServer(t, outcomes);
  const second = await startModelServer(t, () => "fallback");
  const clock = new ManualClock();
  const port = modelFromOptions({ ...first.endpoint, fallbacks: [second.endpoint] }, clock);
  const minutes = async (count: number) => {
    clock.advance(count * 60_000 - 1);
    const before = first.requests.length;
    assert.equal((await port.generate(request(), call())).content, "fallback");
    assert.equal(first.requests.length, before);
    clock.advance(1);
  };
  await port.generate(request(), call());
  await minutes(1);
  await port.generate(request(), call());
  await minutes(5);
  await port.generate(request(), call());
  await minutes(25);
  assert.equal((await port.generate(request(), call())).content, "ok");
  await port.generate(request(), call());
  await minutes(1);
});

test("no credit is left alone for five hours", async t => {
  const first = await startModelServer(t, [{ status: 402 }, "paid"]);
  const second = await startModelServer(t, ["fallback", "fallback"]);
  const clock = new ManualClock();
  const port = modelFromOptions({ ...first.endpoint, fallbacks: [second.endpoint] }, clock);
  await port.generate(request(), call());
  clock.advance(5 * 3_600_000 - 1);
  await port.generate(request(), call());
  clock.advance(1);
  assert.equal((await port.generate(request(), call())).content, "paid");
});

test("too long a context and a request that makes no sense do not go to a fallback", async t => {
  for (const answer of [contextLengthExceeded, { status: 400, message: "unknown field" }]) {
    const first = await startModelServer(t, [answer]);
    const second = await startModelServer(t, []);
    const port = modelFromOptions({ ...first.endpoint, fallbacks: [second.endpoint] });
    await assert.rejects(port.generate(request(), call()));
    assert.equal(second.requests.length, 0);
  }
});

test("when all models fail the error names each", async t => {
  const first = await startModelServer(t, () => ({ status: 401 }));
  const second = await startModelServer(t, () => ({ status: 500 }));
  const port = modelFromOptions({
    ...first.endpoint,
    model: "alpha",
    fallbacks: [{ ...second.endpoint, model: "beta" }],
    maxRetries: 1,
    retryDelayMs: 0,
  });
  await assert.rejects(port.generate(request(), call()), {
    message: /beta at .*status 500.*after 2 attempts/,
  });
  assert.equal(first.requests.length, 1, "a refused key is not tried again");
  assert.equal(second.requests.length, 2);
});

test("a request may name another model of the same place, or a fallback", async t => {
  const server = await startModelServer(t, () => "ok");
  const other = await startModelServer(t, () => "ok");
  const port = modelFromOptions({ ...server.endpoint, fallbacks: [{ ...other.endpoint, model: "spare" }] });
  assert.equal((await port.generate(request([question], { model: "larger" }), call())).model, "larger");
  assert.equal(server.requests[0]?.body.model, "larger");
  await port.generate(request([question], { model: "spare" }), call());
  assert.equal(other.requests[0]?.body.model, "spare");
});

test("a model of the AI SDK is taken as it is, even one that ignores the signal", async () => {
  const never = new Promise<never>(() => {});
  const model = { specificationVersion: "v3", provider: "own", modelId: "own-1", supportedUrls: {} } as const;
  const answering: LanguageModelV3 = {
    ...model,
    doGenerate: async () => ({
      content: [{ type: "text", text: "Mine." }],
      finishReason: { unified: "stop", raw: undefined },
      usage: {
        inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: undefined, text: undefined, reasoning: undefined },
      },
      warnings: [],
    }),
    doStream: () => never,
  };
  const port = modelFromOptions(answering);
  const answer = await port.generate(request(), call());
  assert.deepEqual([answer.content, answer.model, answer.usage], ["Mine.", "own-1", undefined]);
  const stop = new AbortController();
  const stuck = port.generate(request(), call({ signal: stop.signal, onDelta: () => {} }));
  stop.abort(new Error("enough"));
  await assert.rejects(stuck, /enough/);
  await assert.rejects(port.generate(request([question], { model: "else" }), call()), /else/);
});

test("a model that cannot be used is refused with what is wrong", () => {
  const fine = { baseUrl: "http://localhost/v1", model: "m" };
  const bad: [unknown, RegExp][] = [
    [undefined, /^model must be \{ baseUrl, model, apiKey\? \}.*got undefined$/],
    [{ baseUrl: "localhost:11434", model: "m" }, /^model: baseUrl must be an http or https address/],
    [{ ...fine, model: "" }, /^model: model must be the name/],
    [{ ...fine, apiKey: 5 }, /^model: apiKey must be a string/],
    [{ ...fine, headers: "x" }, /^model: headers must be an object/],
    [{ ...fine, fallbacks: [{}] }, /^fallbacks\[0\]: baseUrl/],
    [{ ...fine, maxRetries: -1 }, /^maxRetries must be a number/],
  ];
  for (const [value, message] of bad) {
    assert.throws(() => modelFromOptions(value as Parameters<typeof modelFromOptions>[0]), {
      name: "TypeError",
      message,
    });
  }
});
