// The protocol's public conformance tests, those of them that are about what this server offers. Tools with images, sampling,
// elicitation and the like, prompts, completions and log levels are not part of it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import { createMcpServer } from "luaskills/mcp";
import { createEngine, repository, type Scope, temporaryFolder, writeSkill } from "../skills/skill-tree.js";

const scenarios = [
  "server-initialize",
  "ping",
  "tools-list",
  "tools-call-simple-text",
  "tools-call-error",
  "json-schema-2020-12",
  "resources-list",
  "server-sse-multiple-streams",
  "dns-rebinding-protection",
];

const skills = {
  test: {
    "skill.yaml": `name: Tools that the tests call
version: 1.0.0
entries:
  - { name: simple-text, description: Returns a text., lua_entry: runtime/text.lua, lua_module: text }
  - { name: error-handling, description: Fails., lua_entry: runtime/error.lua, lua_module: error }
`,
    "runtime/text.lua": "return function() return 'This is a simple text response for testing.' end",
    "runtime/error.lua":
      "return function() error('This tool intentionally returns an error for testing', 0) end",
  },
  json: {
    "skill.yaml": `name: A schema
version: 1.0.0
entries:
  - name: schema-2020-12-tool
    description: Tool with JSON Schema 2020-12 features
    lua_entry: runtime/run.lua
    lua_module: run
    input_schema:
      $schema: https://json-schema.org/draft/2020-12/schema
      type: object
      $defs:
        address: { type: object, properties: { street: { type: string }, city: { type: string } } }
      properties: { name: { type: string }, address: { $ref: "#/$defs/address" } }
      additionalProperties: false
`,
    "runtime/run.lua": "return function() return '' end",
  },
};

/** The tests want underscores in the names of tools, where skills have hyphens. */
function renamed(text: string, from: string, to: string): string {
  return text.replace(/"name":"((?:test|json)[-_][\w-]+)"/g, name => name.replaceAll(from, to));
}

async function serve(t: Scope): Promise<string> {
  const root = temporaryFolder(t);
  for (const [skillId, files] of Object.entries(skills)) writeSkill(root, skillId, files);
  const engine = await createEngine(t);
  await engine.load([{ name: "ROOT", skillsDir: root }]);
  const mcp = createMcpServer(engine, { http: { allowedHosts: ["localhost", "127.0.0.1"] } });
  t.after(() => mcp.close({ drainMs: 0 }));
  const fetch = async (request: Request) => {
    if (request.method !== "POST") return mcp.handleHttp(request);
    const body = renamed(await request.text(), "_", "-");
    const { url, headers } = request;
    const answer = await mcp.handleHttp(new Request(url, { method: "POST", headers, body }));
    if (answer.body === null) return answer;
    const { status, headers: answered } = answer;
    return new Response(renamed(await answer.text(), "-", "_"), { status, headers: answered });
  };
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

function conform(url: string, scenario: string): Promise<string> {
  const program = join(repository, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
  return new Promise((resolve, reject) => {
    const args = [program, "server", "--url", url, "--scenario", scenario];
    execFile(process.execPath, args, (error, output) => {
      if (error === null) resolve(output);
      else reject(new Error(`${scenario} failed:\n${output}`, { cause: error }));
    });
  });
}

/** The program that tests needs Node.js 22. What it tests is the same on all versions. */
const runsHere = Number(process.versions.node.split(".", 1)[0]) >= 22;

for (const scenario of runsHere ? scenarios : []) {
  test(`the server passes the conformance test ${scenario}`, async t => {
    const output = await conform(await serve(t), scenario);
    assert.match(output, /Passed: [1-9]\d*\/\d+, 0 failed, 0 warnings/);
  });
}
