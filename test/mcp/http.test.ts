// The HTTP side of `luaskills mcp --http`: who is let in, how much is taken, and how it ends.

import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Scope, temporaryFolder } from "../skills/skill-tree.js";
import { closed, labRoot, listenForHolds } from "./lab.js";
import { connectTo, eras, type HttpServer, startHttp, textOf } from "./served.js";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** One request, with headers that `fetch` would not send. */
function send(
  url: string,
  {
    method = "POST",
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method,
      agent: new Agent({ keepAlive: false }),
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
        ...headers,
      },
    });
    request.on("error", reject);
    request.on("response", response => {
      let text = "";
      response.setEncoding("utf8").on("data", part => {
        text += part;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
      response.on("error", reject);
    });
    request.end(body);
  });
}

function initialize(id = 1): string {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "initialize", params });
}

/** A session, and what its requests need. */
async function openSession(
  url: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const { status, headers: answered, body } = await send(url, { headers, body: initialize() });
  assert.equal(status, 200, body);
  return { ...headers, "Mcp-Session-Id": String(answered["mcp-session-id"]) };
}

function callBody(name: string, args: unknown = {}, id = 2): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
}

/** The JSON-RPC message in an answer that may be a stream of events. */
function messageOf({ body }: Answer): { result?: { content: { text: string }[]; isError?: boolean } } {
  const [, data] = /^data: (.*)$/m.exec(body.replace(/^data: *\n/gm, "")) ?? [];
  return JSON.parse(data ?? body);
}

async function start(t: Scope, args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<HttpServer> {
  return startHttp(t, labRoot(t), args, env);
}

for (const era of eras) {
  test(`without the right token nobody gets in, with it everybody does (${era})`, async t => {
    const { url } = await start(t, [], { LUASKILLS_MCP_TOKEN: "s3cret" });
    for (const headers of [{}, { Authorization: "Bearer wrong" }, { Authorization: "Basic s3cret" }]) {
      const { status, headers: answered, body } = await send(url, { headers, body: initialize() });
      assert.equal(status, 401);
      assert.equal(answered["www-authenticate"], "Bearer");
      assert.match(JSON.parse(body).error.message, /the token is missing or wrong/);
    }
    await assert.rejects(connectTo(t, url, era));
    const client = await connectTo(t, url, era, {}, { Authorization: "Bearer s3cret" });
    assert.equal((await client.listTools()).tools.length, 12);
  });

  test(`a client that goes in the middle of a call takes it with it (${era})`, async t => {
    const holds = await listenForHolds(t);
    const { url } = await start(t);
    const client = await connectTo(t, url, era);
    const call = client.callTool({ name: "lab-hold", arguments: { port: holds.port } });
    const lost = assert.rejects(call);
    const connection = await holds.next();
    await client.close();
    await lost;
    await closed(connection);
  });

  test(`a server that is asked to stop lets running calls finish (${era})`, async t => {
    const holds = await listenForHolds(t);
    const { url, child } = await start(t, ["--grace", "600"]);
    const client = await connectTo(t, url, era);
    const running = client.callTool({ name: "lab-hold", arguments: { port: holds.port } });
    const connection = await holds.next();
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    for (;;) {
      const answer = await send(url, { body: initialize() });
      if (answer.status !== 503) {
        await setTimeout(50);
        continue;
      }
      assert.equal(answer.headers["retry-after"], "1");
      assert.match(JSON.parse(answer.body).error.message, /shutting down/);
      break;
    }
    connection.destroy();
    assert.equal(textOf(await running), "let go: true");
    assert.deepEqual(await exit, [0, null]);
  });

  test(`calls that do not finish in time are answered when a server stops (${era})`, async t => {
    const holds = await listenForHolds(t);
    const { url, child } = await start(t, ["--grace", "0"]);
    const client = await connectTo(t, url, era);
    const running = client.callTool({ name: "lab-hold", arguments: { port: holds.port } });
    const connection = await holds.next();
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    const result = await running;
    assert.equal(result.isError, true);
    assert.match(textOf(result), /^LUA_ABORTED: /);
    await closed(connection);
    assert.deepEqual(await exit, [0, null]);
  });
}

test("a token may be in a file", async t => {
  const file = join(temporaryFolder(t), "token");
  writeFileSync(file, "from-a-file\n");
  const { url } = await start(t, ["--token-file", file]);
  assert.equal((await send(url, { body: initialize() })).status, 401);
  await openSession(url, { Authorization: "Bearer from-a-file" });
});

test("requests for names that are not the server's own are refused", async t => {
  const { url } = await start(t, ["--allow-host", "skills.example"]);
  const { port } = new URL(url);
  for (const host of [`evil.example:${port}`, "evil.example", "127.0.0.1.evil.example"]) {
    const { status, body } = await send(url, { headers: { Host: host }, body: initialize() });
    assert.equal(status, 403, host);
    assert.match(JSON.parse(body).error.message, /Host/);
  }
  for (const host of [`localhost:${port}`, "skills.example", `[::1]:${port}`]) {
    assert.equal((await send(url, { headers: { Host: host }, body: initialize() })).status, 200, host);
  }
});

test("requests of web pages are refused, unless their origin is allowed", async t => {
  const { url } = await start(t, ["--allow-origin", "app.example"]);
  for (const origin of ["https://evil.example", "http://localhost:8080", "null"]) {
    const { status } = await send(url, { headers: { Origin: origin }, body: initialize() });
    assert.equal(status, 403, origin);
  }
  const allowed = await send(url, { headers: { Origin: "https://app.example" }, body: initialize() });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers["access-control-allow-origin"], "https://app.example");
});

test("pages of the own machine may send requests unless others are named, and browsers may ask first", async t => {
  const { url } = await start(t, [], { LUASKILLS_MCP_TOKEN: "s3cret" });
  const headers = { Origin: "http://localhost:6274", "Access-Control-Request-Headers": "authorization" };
  const asked = await send(url, { method: "OPTIONS", headers });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers["access-control-allow-origin"], "http://localhost:6274");
  assert.equal(asked.headers["access-control-allow-headers"], "authorization");
  const refused = await send(url, { method: "OPTIONS", headers: { Origin: "https://evil.example" } });
  assert.equal(refused.status, 403);
});

test("a request that is too large, or no JSON, is refused", async t => {
  const { url } = await start(t, ["--max-body", "2000"]);
  const headers = await openSession(url);
  const large = await send(url, { headers, body: callBody("lab-echo", { text: "x".repeat(2_000) }) });
  assert.equal(large.status, 413);
  assert.match(JSON.parse(large.body).error.message, /at most 2000 bytes/);
  const broken = await send(url, { headers, body: "{" });
  assert.equal(broken.status, 400);
  assert.match(JSON.parse(broken.body).error.message, /the body is not JSON/);
  const form = await send(url, {
    headers: { ...headers, "Content-Type": "text/plain" },
    body: callBody("lab-fail"),
  });
  assert.equal(form.status, 415);
  const small = await send(url, { headers, body: callBody("lab-echo", { text: "fits" }) });
  assert.equal(messageOf(small).result?.content[0]?.text, '{"text":"fits"}');
});

test("more requests at one time than allowed are turned away, and room comes back", async t => {
  const holds = await listenForHolds(t);
  const { url } = await start(t, ["--max-requests", "2"]);
  const headers = await openSession(url);
  const running = [1, 2].map(id =>
    send(url, { headers, body: callBody("lab-hold", { port: holds.port }, id) }),
  );
  const connections = [await holds.next(), await holds.next()];
  const refused = await send(url, { headers, body: callBody("lab-echo", { text: "no room" }) });
  assert.equal(refused.status, 503);
  assert.match(JSON.parse(refused.body).error.message, /answering 2 requests/);
  for (const connection of connections) connection.destroy();
  for (const answer of running) {
    assert.equal(messageOf(await answer).result?.content[0]?.text, "let go: true");
  }
  const served = await send(url, { headers, body: callBody("lab-echo", { text: "room" }) });
  assert.equal(messageOf(served).result?.content[0]?.text, '{"text":"room"}');
});

test("streams of notifications take no room from requests", async t => {
  const { url } = await start(t, ["--max-requests", "1"]);
  for (const era of eras) {
    const listChanged = { tools: { onChanged: () => {} } };
    const client = await connectTo(t, url, era, { listChanged });
    assert.equal(
      textOf(await client.callTool({ name: "lab-echo", arguments: { text: "x" } })),
      '{"text":"x"}',
    );
  }
});

test("there are no more sessions than allowed, and one that ends makes room", async t => {
  const { url } = await start(t, ["--max-sessions", "1"]);
  const headers = await openSession(url);
  const refused = await send(url, { body: initialize() });
  assert.equal(refused.status, 503);
  assert.match(JSON.parse(refused.body).error.message, /there are 1 sessions/);
  assert.equal((await send(url, { method: "DELETE", headers })).status, 200);
  await openSession(url);
});

test("a session that is silent ends, and its client is told to begin anew", async t => {
  const { url } = await start(t, ["--session-idle", "1", "--max-sessions", "1"]);
  const headers = await openSession(url);
  // Its place is free when it has ended.
  while ((await send(url, { body: initialize() })).status === 503) await setTimeout(50);
  const { status, body } = await send(url, { headers, body: callBody("lab-echo", { text: "x" }) });
  assert.equal(status, 404);
  assert.match(JSON.parse(body).error.message, /initialize a new one/);
});

test("a beginning that is none opens no session", async t => {
  const { url } = await start(t, ["--max-sessions", "1"]);
  const twice = `[${initialize(1)},${initialize(2)}]`;
  for (const body of [twice, twice]) assert.equal((await send(url, { body })).status, 400);
  assert.equal((await send(url, { body: callBody("lab-echo") })).status, 400);
  assert.equal((await send(url, { method: "GET" })).status, 400);
  await openSession(url);
});

test("there is nothing at other paths", async t => {
  const { url } = await start(t);
  const { status, body } = await send(new URL("/other", url).href, { body: initialize() });
  assert.equal(status, 404);
  assert.match(body, /the server is at \/mcp/);
});
