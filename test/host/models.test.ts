import assert from "node:assert/strict";
import { test } from "node:test";
import type { EmbedResult, HostCaller, LlmResult, Models } from "luaskills";
import { createEngine } from "../skills/skill-tree.js";
import { luaCode, type Outcome } from "./lua-code.js";

const embed = async (text: string): Promise<EmbedResult> => ({ vector: [text.length, 0.5] });
const llm = async (system: string, user: string): Promise<LlmResult> => ({ assistant: `${system}|${user}` });

function failureOf(outcome: Outcome): { code: string; message: string; [detail: string]: unknown } {
  assert.ok("value" in outcome, "models never raise");
  const { ok, error } = outcome.value as { ok: boolean; error: { code: string; message: string } };
  assert.equal(ok, false);
  return error;
}

test("status and has follow what the host has set, at any time", async t => {
  const { engine, runBoth } = await luaCode(t);
  const code = "return { vulcan.models.status(), vulcan.models.has('embed'), vulcan.models.has('llm') }";
  const states: [models: Models, embed: boolean, llm: boolean][] = [
    [{}, false, false],
    [{ embed }, true, false],
    [{ llm }, false, true],
    [{ embed, llm }, true, true],
    [{}, false, false],
  ];
  assert.deepEqual(await runBoth(code), {
    value: [{ ok: true, capabilities: { embed: false, llm: false } }, false, false],
  });
  for (const [models, hasEmbed, hasLlm] of states) {
    engine.setModels(models);
    assert.deepEqual(await runBoth(code), {
      value: [{ ok: true, capabilities: { embed: hasEmbed, llm: hasLlm } }, hasEmbed, hasLlm],
    });
  }
});

test("has is false for everything that is no single known name", async t => {
  const { engine, runBoth } = await luaCode(t);
  engine.setModels({ embed, llm });
  for (const args of ["", "nil", "1", "{}", "print", "'Embed'", "'toString'", "'\\255'", "'embed', 'llm'"]) {
    assert.deepEqual(await runBoth(`return vulcan.models.has(${args})`), { value: false });
  }
});

const embedded: [what: string, result: EmbedResult, value: object][] = [
  ["numbers", { vector: [0.25, -1, 1e-9] }, { ok: true, vector: [0.25, -1, 1e-9], dimensions: 3 }],
  ["typed numbers", { vector: new Float32Array([0.5, 2]) }, { ok: true, vector: [0.5, 2], dimensions: 2 }],
  [
    "dimensions and usage",
    { vector: [1], dimensions: 1, usage: { input_tokens: 7 } },
    { ok: true, vector: [1], dimensions: 1, usage: { input_tokens: 7 } },
  ],
];

for (const [what, result, value] of embedded) {
  test(`embed gives a vector of ${what}`, async t => {
    const { engine, run } = await luaCode(t);
    engine.setModels({ embed: async () => result });
    assert.deepEqual(await run("return vulcan.models.embed('text')"), { value });
  });
}

test("embed and llm pass their texts on and give the answer back", async t => {
  const { engine, run } = await luaCode(t);
  engine.setModels({
    embed,
    llm: async (...texts) => ({ ...(await llm(texts[0], texts[1])), usage: { output_tokens: 2 } }),
  });
  assert.deepEqual(await run("return vulcan.models.embed('Grüße').vector"), { value: [5, 0.5] });
  assert.deepEqual(await run("return vulcan.models.llm('be short', ' hello ')"), {
    value: { ok: true, assistant: "be short| hello ", usage: { output_tokens: 2 } },
  });
});

const invalid: [code: string, message: string][] = [
  ["embed()", "models.embed: exactly one text is expected, got 0 values"],
  ["embed('a', 'b')", "models.embed: exactly one text is expected, got 2 values"],
  ["embed(nil)", "models.embed: text must be a string, got nil"],
  ["embed(12)", "models.embed: text must be a string, got number"],
  ["embed({ 'a' })", "models.embed: text must be a string, got table"],
  ["embed(print)", "models.embed: text must be a string, got function"],
  ["embed(' \\n')", "models.embed: text must not be empty"],
  ["embed('\\255')", "models.embed: text must be a valid UTF-8 string"],
  ["llm()", "models.llm: system and user are expected, got 0 values"],
  ["llm('a')", "models.llm: system and user are expected, got 1 values"],
  ["llm('a', 'b', {})", "models.llm: system and user are expected, got 3 values"],
  ["llm(nil, 'b')", "models.llm: system must be a string, got nil"],
  ["llm('', 'b')", "models.llm: system must not be empty"],
  ["llm('a', false)", "models.llm: user must be a string, got boolean"],
  ["llm('a', ' ')", "models.llm: user must not be empty"],
  ["llm('a', '\\192')", "models.llm: user must be a valid UTF-8 string"],
];

test("wrong arguments are answers with the code invalid_argument, and reach no model", async t => {
  const { engine, runBoth } = await luaCode(t);
  const unreachable = () => assert.fail("no model may be asked");
  engine.setModels({ embed: unreachable, llm: unreachable });
  for (const [code, message] of invalid) {
    assert.deepEqual(failureOf(await runBoth(`return vulcan.models.${code}`)), {
      code: "invalid_argument",
      message,
    });
  }
});

test("a model that is not set is an answer with the code model_unavailable", async t => {
  const { runBoth } = await luaCode(t);
  assert.deepEqual(failureOf(await runBoth("return vulcan.models.embed('a')")), {
    code: "model_unavailable",
    message: "the host has set no model for models.embed",
  });
  assert.deepEqual(failureOf(await runBoth("return vulcan.models.llm('a', 'b')")), {
    code: "model_unavailable",
    message: "the host has set no model for models.llm",
  });
});

const providerErrors: [what: string, error: unknown, expected: object][] = [
  ["a plain error", new Error("no route"), { code: "provider_error", message: "no route" }],
  ["a text", "no route", { code: "provider_error", message: "no route" }],
  ["nothing", undefined, { code: "provider_error", message: "undefined" }],
  [
    "an error with a code of ours",
    Object.assign(new Error("spent"), { code: "budget_exceeded" }),
    { code: "budget_exceeded", message: "spent" },
  ],
  [
    "an error with a code of its own",
    Object.assign(new Error("x"), { code: "ECONNRESET" }),
    { code: "provider_error", message: "x" },
  ],
  [
    "a timeout by code",
    Object.assign(new Error("slow"), { code: "ETIMEDOUT" }),
    { code: "timeout", message: "slow" },
  ],
  ["a timeout by class", new DOMException("slow", "TimeoutError"), { code: "timeout", message: "slow" }],
  [
    "details of the provider",
    Object.assign(new Error("model provider failed"), {
      providerMessage: "unknown model",
      providerCode: "model_not_found",
      providerStatus: 404,
    }),
    {
      code: "provider_error",
      message: "model provider failed",
      provider_message: "unknown model",
      provider_code: "model_not_found",
      provider_status: 404,
    },
  ],
  [
    "details of the wrong type",
    Object.assign(new Error("x"), { providerMessage: 1, providerCode: {}, providerStatus: "404" }),
    { code: "provider_error", message: "x" },
  ],
];

for (const [what, error, expected] of providerErrors) {
  test(`a model that fails with ${what} is an answer that says so`, async t => {
    const { engine, run } = await luaCode(t);
    const reject = () => Promise.reject(error);
    engine.setModels({ embed: reject, llm: reject });
    assert.deepEqual(failureOf(await run("return vulcan.models.embed('a')")), expected);
    assert.deepEqual(failureOf(await run("return vulcan.models.llm('a', 'b')")), expected);
    const raise = () => {
      throw error;
    };
    engine.setModels({ embed: raise });
    assert.deepEqual(failureOf(await run("return vulcan.models.embed('a')")), expected);
  });
}

const nonsense: [what: string, models: object, code: string][] = [
  ["nothing", { embed: async () => undefined }, "embed('a')"],
  ["a vector alone", { embed: async () => [1, 2] }, "embed('a')"],
  ["an empty vector", { embed: async () => ({ vector: [] }) }, "embed('a')"],
  ["a vector of texts", { embed: async () => ({ vector: ["1"] }) }, "embed('a')"],
  ["a vector with NaN", { embed: async () => ({ vector: [1, Number.NaN] }) }, "embed('a')"],
  ["other dimensions", { embed: async () => ({ vector: [1, 2], dimensions: 3 }) }, "embed('a')"],
  ["a usage that is no JSON", { embed: async () => ({ vector: [1], usage: { f() {} } }) }, "embed('a')"],
  ["a text alone", { llm: async () => "text" }, "llm('a', 'b')"],
  ["no text", { llm: async () => ({ assistant: null }) }, "llm('a', 'b')"],
];

for (const [what, models, code] of nonsense) {
  test(`a model that returns ${what} is an answer with the code internal_error`, async t => {
    const { engine, run } = await luaCode(t);
    engine.setModels(models as Models);
    assert.equal(failureOf(await run(`return vulcan.models.${code}`)).code, "internal_error");
  });
}

test("in a synchronous call no request is made, and the answer says why", async t => {
  const { engine, run, runSync } = await luaCode(t);
  let asked = 0;
  engine.setModels({
    embed: async text => {
      asked += 1;
      return embed(text);
    },
  });
  assert.deepEqual(failureOf(runSync("return vulcan.models.embed('a')")), {
    code: "model_unavailable",
    message: "models.embed answers later, and a synchronous call cannot wait for it",
  });
  assert.equal(
    failureOf(runSync("return vulcan.models.llm('a', 'b')")).message,
    "the host has set no model for models.llm",
  );
  const below =
    "local answer table.sort({ 1, 2 }, function() answer = answer or vulcan.models.embed('a') end) return answer";
  assert.equal(failureOf(await run(below)).code, "model_unavailable");
  assert.equal(asked, 0);
});

test("a model learns who asks, and its signal aborts when the call ends", async t => {
  const { engine, run } = await luaCode(t);
  const asked: { caller: HostCaller; signal: AbortSignal }[] = [];
  engine.setModels({
    llm: (_system, _user, caller, { signal }) => {
      asked.push({ caller, signal });
      return new Promise(() => {});
    },
  });
  const context = { requestContext: { requestId: "r-7", clientName: "editor" } };
  const running = run("return vulcan.models.llm('a', 'b')", {}, "second-run", { context, timeoutMs: 50 });
  await assert.rejects(running, { code: "LUA_TIMEOUT" });
  const [request] = asked;
  assert.equal(request?.signal.aborted, true);
  assert.deepEqual(
    [
      request.caller.skill_id,
      request.caller.canonical_tool_name,
      request.caller.client_name,
      request.caller.request_id,
    ],
    ["second", "second-run", "editor", "r-7"],
  );
});

test("models are called as methods of what the host has set", async t => {
  const { engine, run } = await luaCode(t);
  class Provider implements Models {
    readonly #name = "provider";
    async llm() {
      return { assistant: this.#name };
    }
  }
  engine.setModels(new Provider());
  assert.deepEqual(await run("return vulcan.models.llm('a', 'b').assistant"), { value: "provider" });
});

test("models that are no functions are refused", async t => {
  const engine = await createEngine(t);
  assert.throws(() => engine.setModels({ embed: "x" as never }), {
    name: "TypeError",
    message: "setModels: embed must be a function, got string",
  });
  assert.throws(() => engine.setModels({ llm: {} as never }), { message: /llm must be a function/ });
});
