// Tools of an MCP server, through the client of the MCP SDK.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { McpServer } from "@modelcontextprotocol/server";
import { MemoryMediaStore, mcpTools } from "luaskills/agent";
import { z } from "zod";
import { gate, type LabOptions, startLab } from "../lab.js";
import { calls, type Script, textsOf } from "../model-server.js";

async function connected(t: Parameters<typeof startLab>[0], server: McpServer) {
  const [near, far] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: "test", version: "1" });
  await Promise.all([server.connect(far), client.connect(near)]);
  t.after(() => client.close());
  return client;
}

function newServer() {
  const server = new McpServer({ name: "weather", version: "1" });
  server.registerTool(
    "forecast",
    {
      description: "Tells the weather",
      inputSchema: z.object({ city: z.string() }),
      annotations: { readOnlyHint: true },
    },
    async ({ city }) => ({ content: [{ type: "text", text: `rain in ${city}` }] }),
  );
  return server;
}

const start = (t: Parameters<typeof startLab>[0], script: Script, options: LabOptions) =>
  startLab(t, script, options);

test("the model calls a tool of a server and reads its text", async t => {
  const client = await connected(t, newServer());
  const { say, server } = await start(t, [calls(["mcp_forecast", { city: "Oslo" }]), "done"], {
    tools: [mcpTools(client, { prefix: "mcp_" })],
  });
  await say("go");
  const [tool] = (await server.request(1)).body.tools ?? [];
  assert.equal(tool?.function.name, "mcp_forecast");
  assert.equal(tool?.function.description, "Tells the weather");
  assert.deepEqual(textsOf(await server.request(2), "tool"), ["rain in Oslo"]);
});

test("errors of a server's tool, pictures and structured content arrive", async t => {
  const mcp = newServer();
  mcp.registerTool("broken", { inputSchema: z.object({}) }, async () => ({
    isError: true,
    content: [{ type: "text", text: "no satellite" }],
  }));
  mcp.registerTool("map", { inputSchema: z.object({}) }, async () => ({
    content: [
      { type: "image", mimeType: "image/png", data: Buffer.from("png").toString("base64") },
      { type: "resource_link", name: "atlas", uri: "file:///atlas" },
    ],
  }));
  const media = new MemoryMediaStore();
  const client = await connected(t, mcp);
  const { say, server, record } = await start(t, [calls(["broken"], ["map"]), "done"], {
    tools: [mcpTools(client, { media })],
    media,
  });
  await say("go");
  const [broken, map] = textsOf(await server.request(2), "tool");
  assert.equal(broken, "no satellite");
  assert.equal(map, "[image/png attached as media://1]\n[resource atlas file:///atlas]");
  assert.deepEqual(
    record.payloads("agent.tool.exec_end").map(({ isError }) => isError),
    [true, false],
  );
});

test("a hard abort cancels the call at the server", async t => {
  const started = gate();
  const cancelled = gate();
  const mcp = newServer();
  mcp.registerTool("slow", { inputSchema: z.object({}) }, async (_args, { mcpReq }) => {
    mcpReq.signal.addEventListener("abort", () => cancelled.open(), { once: true });
    started.open();
    await cancelled.opened;
    return { content: [] };
  });
  const client = await connected(t, mcp);
  const { say, loop } = await start(t, [calls(["slow"])], { tools: [mcpTools(client)] });
  const turn = say("go");
  await started.opened;
  await loop.abort("s");
  await cancelled.opened;
  assert.equal((await turn).status, "aborted");
});

test("tools that a server has changed are read again when the source is told so", async t => {
  const mcp = newServer();
  const client = await connected(t, mcp);
  const source = mcpTools(client);
  client.setNotificationHandler("notifications/tools/list_changed", () => source.changed());
  const { say, server } = await start(t, ["one", "two"], { tools: [source] });
  await say("go");
  const told = gate();
  client.setNotificationHandler("notifications/tools/list_changed", () => {
    source.changed();
    told.open();
  });
  mcp.registerTool("tides", { inputSchema: z.object({}) }, async () => ({ content: [] }));
  await told.opened;
  await say("go");
  assert.deepEqual(
    (await server.request(2)).body.tools?.map(tool => tool.function.name),
    ["forecast", "tides"],
  );
});

test("something that is no client is refused", () => {
  assert.throws(() => mcpTools({} as never), /client must be a connected MCP client/);
});
