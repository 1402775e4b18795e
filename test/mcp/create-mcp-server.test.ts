// createMcpServer inside a host, reached by the SDK's client through handleHttp.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { SkillEngine } from "luaskills";
import { createMcpServer, type McpOptions } from "luaskills/mcp";
import { createEngine, engineWith, type Scope, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { labLines, labRoot } from "./lab.js";
import { createClient, eras, overflowOf, textOf } from "./served.js";

async function labEngine(t: Scope): Promise<SkillEngine> {
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir: labRoot(t) }]);
  return engine;
}

/** A client of a server in this process. */
async function clientOf(
  t: Scope,
  engine: SkillEngine,
  options?: McpOptions,
  era: (typeof eras)[number] = "2026-07-28",
  capabilities: object = {},
) {
  const server = createMcpServer(engine, options);
  t.after(() => server.close({ drainMs: 0 }));
  const client = createClient(era, { capabilities });
  t.after(() => client.close());
  const fetch = (url: string | URL, init?: RequestInit) => server.handleHttp(new Request(url, init));
  await client.connect(new StreamableHTTPClientTransport(new URL("http://in-process/mcp"), { fetch }));
  return { client, server };
}

for (const era of eras) {
  test(`a host serves its engine without any socket (${era})`, async t => {
    const engine = await labEngine(t);
    const { client } = await clientOf(t, engine, { name: "my-tools", version: "9.8.7" }, era);
    assert.deepEqual(client.getServerVersion(), { name: "my-tools", version: "9.8.7" });
    const result = await client.callTool({ name: "lab-echo", arguments: { text: "hello" } });
    assert.equal(textOf(result), '{"text":"hello"}');
  });

  test(`a call that its client cancels is at an end for the engine too (${era})`, async t => {
    const engine = await labEngine(t);
    const { client } = await clientOf(t, engine, {}, era);
    const controller = new AbortController();
    const onprogress = () => controller.abort();
    await assert.rejects(client.callTool({ name: "lab-spin" }, { signal: controller.signal, onprogress }));
    while (engine.stats().calls.running > 0) await setTimeout(10);
    assert.equal(engine.stats().calls.failed, 1);
  });
}

test("the tools are those that are loaded at the time", async t => {
  const root = temporaryFolder(t);
  writeSkill(root, "first", "return function() return 'one' end");
  const engine = await createEngine(t);
  const { client } = await clientOf(t, engine);
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  assert.deepEqual(await names(), []);
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(await names(), ["first-run"]);
  writeSkill(root, "second", "return function() return 'two' end");
  await engine.reload();
  assert.deepEqual(await names(), ["first-run", "second-run"]);
});

test("a server that is closed takes no requests, and leaves the engine open", async t => {
  const engine = await labEngine(t);
  const server = createMcpServer(engine);
  await server.close();
  const response = await server.handleHttp(
    new Request("http://in-process/mcp", { method: "POST", body: "{}" }),
  );
  assert.equal(response.status, 503);
  await assert.rejects(server.serveStdio(), /the server is closed/);
  assert.equal((await engine.call("lab-echo", { text: "x" })).content, '{"text":"x"}');
});

test("an engine that is closed refuses calls by results that say so", async t => {
  const engine = await labEngine(t);
  const { client } = await clientOf(t, engine);
  await engine.close();
  const result = await client.callTool({ name: "lab-echo", arguments: { text: "x" } });
  assert.equal(result.isError, true);
  assert.match(textOf(result), /^ENGINE_CLOSED: /);
});

test("what the host says about tools and budget reaches skills", async t => {
  const clientBudget = {
    tool_result: { bytes: 1_000, lines: 10 },
    file_read: { bytes: 5, lines: 6 },
    more: [1],
  };
  const { client } = await clientOf(t, await labEngine(t), { clientBudget, toolConfig: { depth: 3 } });
  const { budget, tool_config } = JSON.parse(textOf(await client.callTool({ name: "lab-context" })));
  assert.deepEqual(budget, clientBudget);
  assert.deepEqual(tool_config, { depth: 3 });
});

test("a client may say that it takes no structured results, or only some", async t => {
  const engine = await labEngine(t);
  const structured = async (host_result: object) => {
    const { client } = await clientOf(t, engine, {}, "2026-07-28", { experimental: { host_result } });
    return client.callTool({ name: "lab-change" });
  };
  assert.equal((await structured({ enabled: false })).structuredContent, undefined);
  assert.notEqual((await structured({ allowed_kinds: ["measurement"] })).structuredContent, undefined);
  const refused = await structured({ allowed_kinds: ["other"] });
  assert.equal(refused.isError, true);
  assert.match(textOf(refused), /^SKILL_RESULT: .*is not one the client takes/);
});

test("a result that nobody allows to be cut or paged comes whole, however long", async t => {
  const { client } = await clientOf(t, await labEngine(t), { pageBytes: 100 });
  const result = await client.callTool({ name: "lab-lines", arguments: { count: 3_000 } });
  assert.equal(textOf(result), labLines(3_000));
  assert.equal(result.content.length, 1);
});

test("a result that fits comes whole", async t => {
  const { client } = await clientOf(t, await labEngine(t));
  for (const mode of ["page", "truncate"]) {
    const result = await client.callTool({ name: "lab-lines", arguments: { count: 2_000, mode } });
    assert.equal(textOf(result), labLines(2_000));
    assert.equal(result.content.length, 1);
    assert.equal(result._meta?.["luaskills/overflow"], undefined);
  }
});

test("a long result comes with the template that its skill names, filled", async t => {
  const { client } = await clientOf(t, await labEngine(t), {
    pageBytes: 150,
    overflowTemplate: "of the host",
  });
  const call = { name: "lab-lines", arguments: { count: 10, mode: "page", hint: "own" } };
  const result = await client.callTool(call);
  const { uri, pageCount } = overflowOf(result);
  const [, template] = result.content;
  const text = labLines(10);
  assert.equal(
    template?.type === "text" && template.text,
    [
      `${pageCount} pages, 10 lines, ${Buffer.byteLength(text)} bytes at ${uri}`,
      "- Page 1: lines 1 to 7, 147 bytes",
      "- Page 2: lines 8 to 10, 63 bytes",
      "{{unknown}}",
    ].join("\n"),
  );
});

test("without one of the skill the template of the host is used, or none", async t => {
  const engine = await labEngine(t);
  for (const hint of [undefined, "missing", "../../secret"]) {
    const call = { name: "lab-lines", arguments: { count: 10, mode: "page", ...(hint && { hint }) } };
    const overflowTemplate = "{{page_count}} pages";
    const { client } = await clientOf(t, engine, { pageBytes: 150, overflowTemplate });
    assert.equal(JSON.stringify((await client.callTool(call)).content[1]).includes("2 pages"), true);
    const { client: bare } = await clientOf(t, engine, { pageBytes: 150 });
    const { content } = await bare.callTool(call);
    assert.match(content[1]?.type === "text" ? content[1].text : "", /^\[Page 1 of 2\. /);
  }
});

test("a skill without a main page has one that lists its tools", async t => {
  const { engine } = await engineWith(t, { bare: "return function() return '' end" });
  const { client } = await clientOf(t, engine);
  const { contents } = await client.readResource({ uri: "luaskills://help/bare/main" });
  assert.deepEqual(contents, [
    {
      uri: "luaskills://help/bare/main",
      mimeType: "text/markdown",
      text: "# Test 1.0.0\n\nTools:\n\n- `bare-run`: ",
    },
  ]);
});

test("the argument `cursor` of an entry is its own", async t => {
  const { engine } = await engineWith(t, { list: "return function(args) return tostring(args.cursor) end" });
  const { client } = await clientOf(t, engine);
  assert.equal(textOf(await client.callTool({ name: "list-run", arguments: { cursor: "abc" } })), "abc");
});

test("options of the wrong kind are refused by name", async t => {
  const engine = await createEngine(t);
  const refused: [unknown, RegExp][] = [
    [[], /createMcpServer: options must be an object, got an array/],
    [{ name: "" }, /name must be a non-empty string, got string/],
    [{ pageBytes: 0 }, /pageBytes must be a positive integer, got 0/],
    [{ pageBytes: "1" }, /pageBytes must be a number, got string/],
    [{ clientBudget: () => 1 }, /clientBudget must be what JSON can say, got function/],
    [{ toolConfig: 1n }, /toolConfig must be what JSON can say, got bigint/],
    [{ onError: 1 }, /onError must be a function, got number/],
    [{ http: null }, /http must be an object, got null/],
    [{ http: { token: " " } }, /http\.token must be a non-empty string/],
    [{ http: { allowedHosts: "a" } }, /http\.allowedHosts must be an array of strings, got string/],
    [{ http: { maxSessions: 1.5 } }, /http\.maxSessions must be a positive integer, got 1\.5/],
  ];
  for (const [options, message] of refused) {
    assert.throws(() => createMcpServer(engine, options as McpOptions), message);
  }
});
