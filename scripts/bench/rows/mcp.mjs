import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { createMcpServer } from "luaskills/mcp";
import { openSkill } from "../drivers/engine.mjs";
import { createPeerServer } from "../drivers/mcp-tool.mjs";
import { median } from "../statistics.mjs";
import { atMost, stated } from "../verdict.mjs";

const warmUp = 1_000;
const calls = 6_000;

/** A skill with the peer's tool: same name, same schema, same result. */
async function openToolSkill() {
  const skill = await openSkill({
    entry: 'return function(args) return ("%s:%d:%s"):format(args.name, args.count, tostring(args.deep)) end',
  });
  const manifest = path.join(skill.folder, "skills/bench/skill.yaml");
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, count: { type: "integer" }, deep: { type: "boolean" } },
    required: ["name", "count", "deep"],
  };
  writeFileSync(
    manifest,
    `name: Bench
version: 1.0.0
entries:
  - { name: entry, description: One short tool., lua_entry: runtime/entry.lua, lua_module: bench_entry, input_schema: ${JSON.stringify(schema)} }
`,
  );
  await skill.engine.reload();
  return skill;
}

function newClient(mode) {
  return new Client({ name: "bench", version: "1.0.0" }, { versionNegotiation: { mode } });
}

async function callTool(client, count) {
  const started = performance.now();
  const { content } = await client.callTool({
    name: "bench-entry",
    arguments: { name: "alpha", count, deep: true },
  });
  const milliseconds = performance.now() - started;
  assert.equal(content[0].text, `alpha:${count}:true`);
  return milliseconds;
}

/** The median of single calls to each, in turn, so that a slow moment of the machine hits both. */
async function compare(skill, peer) {
  const times = { skill: [], peer: [] };
  for (let call = -warmUp; call < calls; call++) {
    const one = await callTool(skill, call);
    const other = await callTool(peer, call);
    if (call < 0) continue;
    times.skill.push(one);
    times.peer.push(other);
  }
  return { skill: median(times.skill), peer: median(times.peer) };
}

async function overStdio(mode) {
  const { folder, close } = await openToolSkill();
  const program = fileURLToPath(import.meta.resolve("luaskills/package.json")).replace(
    /package\.json$/,
    "dist/cli/main.js",
  );
  const root = `ROOT=${path.join(folder, "skills")}`;
  const peerProgram = fileURLToPath(new URL("../drivers/mcp-tool.mjs", import.meta.url));
  const [skill, peer] = [newClient(mode), newClient(mode)];
  const serve = (client, ...args) =>
    client.connect(new StdioClientTransport({ command: process.execPath, args }));
  await serve(skill, program, "mcp", "--root", root);
  await serve(peer, peerProgram);
  const figures = await compare(skill, peer);
  await Promise.all([skill.close(), peer.close()]);
  await close();
  return figures;
}

async function overHttp() {
  const { engine, close } = await openToolSkill();
  const server = createMcpServer(engine);
  const handler = createMcpHandler(createPeerServer);
  const connect = async answer => {
    const client = newClient({ pin: "2026-07-28" });
    const fetch = (url, init) => answer(new Request(url, init));
    await client.connect(new StreamableHTTPClientTransport(new URL("http://bench/mcp"), { fetch }));
    return client;
  };
  const skill = await connect(server.handleHttp);
  const peer = await connect(request => handler.fetch(request));
  const figures = await compare(skill, peer);
  await server.close();
  await handler.close();
  await close();
  return figures;
}

const compared = (what, { skill, peer }) => [
  stated(`${what}: a skill tool`, "ms", skill),
  stated(`${what}: the same in TypeScript`, "ms", peer),
  atMost(`${what}: added cost, p50`, "ms", skill - peer, 0.2),
];

export default {
  title: "a skill tool over MCP, against the same tool in TypeScript",
  trials: {
    "stdio-2025": () => overStdio("legacy"),
    "stdio-2026": () => overStdio({ pin: "2026-07-28" }),
    http: overHttp,
  },
  report: results => [
    ...compared("stdio, 2025-11-25", results["stdio-2025"]),
    ...compared("stdio, 2026-07-28", results["stdio-2026"]),
    ...compared("HTTP without a socket, 2026-07-28", results.http),
  ],
};
