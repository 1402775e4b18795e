// What the server of the studio answers to its page.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { HelpDetail, LoadReport } from "luaskills";
import type { CallDetail, CallSummary } from "#dist/studio/wire.js";
import { manifest, type SkillFiles, writeSkill } from "../skills/skill-tree.js";
import { ask, type Listener, Session, startStudio } from "./studio-client.js";

const demo: SkillFiles = {
  "skill.yaml": manifest(
    ["echo", "fail", "endless", "chatty", "huge", "wait", "structured", "typed"],
    "help:\n  main: { file: help/main.md }\n  topics:\n    - { name: live, file: help/live.lua }\n    - { name: gone, file: help/none.md }\n",
  ).replace(
    "lua_module: typed\n",
    "lua_module: typed\n    parameters:\n      - { name: n, type: integer, description: A number., required: true }\n",
  ),
  "help/main.md": "# Demo\n",
  "help/live.lua": "return function() return 'from Lua' end",
  "runtime/echo.lua": "return function(args) return vulcan.json.encode(args) end",
  "runtime/fail.lua": "return function() error('out of luck') end",
  "runtime/endless.lua": "return function() print('started') while true do end end",
  "runtime/chatty.lua": "return function(args) for i = 1, args.n do print('line ' .. i) end return '' end",
  "runtime/huge.lua": "return function(args) return ('x'):rep(args.n) end",
  "runtime/wait.lua": "return function(args) vulcan.host.call('wait', {}) return ('x'):rep(args.n or 0) end",
  "runtime/structured.lua":
    "return function() return 'text', 'page', 'table', { kind = 'rows', payload = { 1, 2 } } end",
  "runtime/typed.lua": "return function(args) return tostring(args.n) end",
};

async function demoStudio(t: TestContext) {
  const studio = await startStudio(t, { demo });
  const session = await Session.open(studio);
  const listener = await session.listen(t);
  return { ...studio, session, listener };
}

async function run(
  session: Session,
  listener: Listener,
  name: string,
  args: unknown = {},
  limits: object = {},
) {
  const { id } = await session.json<CallSummary>(201, "POST", "/api/calls", { name, args, ...limits });
  await listener.event("call", call => call.id === id && call.status !== "running");
  return session.json<CallDetail>(200, "GET", `/api/calls/${id}`);
}

test("a page learns first what there is", async t => {
  const { listener, engine, root } = await demoStudio(t);
  const { version, catalog, calls, samples } = await listener.event("snapshot");
  assert.equal(listener.events[0]?.name, "snapshot");
  assert.equal(version, "0.1.0");
  assert.deepEqual(catalog.report.loaded, ["demo"]);
  const [skill] = catalog.skills;
  assert.deepEqual(
    { ...skill, entries: skill?.entries.length, pages: skill?.pages.map(({ flowName }) => flowName) },
    {
      skillId: "demo",
      name: "Test",
      version: "1.0.0",
      rootName: "ROOT",
      skillDir: join(root, "demo"),
      entries: 8,
      pages: ["main", "live", "gone"],
    },
  );
  assert.deepEqual(skill?.entries, engine.entries());
  assert.deepEqual(calls, []);
  assert.ok((samples[0]?.idle ?? 0) >= 1 && (samples[0]?.memory ?? 0) > 1e6);
});

test("a call is listed when it starts and when it has ended, and its result can be asked for", async t => {
  const { session, listener } = await demoStudio(t);
  const { id, status, startedAt, durationMs, ...detail } = await run(session, listener, "demo-echo", {
    a: [1, "x"],
  });
  assert.deepEqual(detail, {
    name: "demo-echo",
    args: { a: [1, "x"] },
    result: { content: '{"a":[1,"x"]}', contentBytes: 13, contentLines: 1, contentCut: false },
  });
  assert.equal(status, "done");
  assert.ok((durationMs ?? -1) >= 0 && startedAt <= Date.now());
  const states = listener.events.flatMap(event =>
    event.name === "call" && event.payload.id === id ? [event.payload.status] : [],
  );
  assert.deepEqual(states, ["running", "done"]);
});

test("overflow mode, template hint and host result are part of the result", async t => {
  const { session, listener } = await demoStudio(t);
  const { result } = await run(session, listener, "demo-structured");
  assert.deepEqual(result, {
    content: "text",
    contentBytes: 4,
    contentLines: 1,
    contentCut: false,
    overflowMode: "page",
    templateHint: "table",
    hostResult: { kind: "rows", payload: [1, 2] },
  });
});

test("a call that fails says why, with the Lua traceback", async t => {
  const { session, listener } = await demoStudio(t);
  const { status, errorCode, failure } = await run(session, listener, "demo-fail");
  assert.deepEqual([status, errorCode, failure?.code], ["failed", "LUA_RUNTIME", "LUA_RUNTIME"]);
  assert.match(failure?.message ?? "", /out of luck/);
  assert.match(failure?.traceback ?? "", /demo\/runtime\/fail\.lua:1/);
});

test("wrong arguments are refused with the place of each problem", async t => {
  const { session, listener } = await demoStudio(t);
  const { failure } = await run(session, listener, "demo-typed", { n: "1" });
  assert.equal(failure?.code, "SKILL_ARGUMENTS");
  assert.deepEqual(failure?.problems, [{ pointer: "/n", message: "must be integer" }]);
});

test("calling an entry that is not there is a call that fails", async t => {
  const { session, listener } = await demoStudio(t);
  assert.equal((await run(session, listener, "demo-none")).errorCode, "SKILL_NOT_FOUND");
});

test("an endless call can be aborted", async t => {
  const { session, listener } = await demoStudio(t);
  const { id } = await session.json<CallSummary>(201, "POST", "/api/calls", { name: "demo-endless" });
  await listener.event("log", lines => lines.some(({ message }) => message.includes("started")));
  await session.json(202, "DELETE", `/api/calls/${id}`);
  const { status } = await listener.event("call", call => call.id === id && call.status !== "running");
  assert.equal(status, "aborted");
});

test("a call with a time limit ends by itself", async t => {
  const { session, listener } = await demoStudio(t);
  const { status, errorCode } = await run(session, listener, "demo-endless", {}, { timeoutMs: 50 });
  assert.deepEqual([status, errorCode], ["failed", "LUA_TIMEOUT"]);
});

test("of a huge text the page gets the beginning, and the whole text as a download", async t => {
  const { session, listener } = await demoStudio(t);
  const { id, result } = await run(session, listener, "demo-huge", { n: 1_000_000 });
  assert.equal(result?.contentBytes, 1_000_000);
  assert.equal(result?.contentCut, true);
  assert.ok((result?.content.length ?? 0) < 500_000);
  const { status, headers, text } = await session.ask("GET", `/api/calls/${id}/content`);
  assert.equal(status, 200);
  assert.equal(text.length, 1_000_000);
  assert.match(String(headers["content-disposition"]), /^attachment; filename="call-\d+\.txt"$/);
  assert.equal(headers["content-type"], "text/plain; charset=utf-8");
});

test("results that are too large to be kept together are forgotten, the oldest first", async t => {
  const { session, listener } = await demoStudio(t);
  const first = await run(session, listener, "demo-huge", { n: 40_000_000 });
  const second = await run(session, listener, "demo-huge", { n: 40_000_000 });
  assert.equal((await session.ask("GET", `/api/calls/${first.id}`)).status, 404);
  assert.equal((await session.ask("GET", `/api/calls/${second.id}`)).status, 200);
});

test("what a call returned after others is there for who waits for it, however large", async t => {
  const { session, listener, engine } = await demoStudio(t);
  const waits = new Promise<() => void>(called => {
    engine.registerHostTool("wait", {
      description: "waits",
      call: () => new Promise(resolve => called(() => resolve(null))),
    });
  });
  const size = { n: 40_000_000 };
  const slow = { name: "demo-wait", args: size };
  const { id } = await session.json<CallSummary>(201, "POST", "/api/calls", slow);
  const release = await waits;
  const quick = await run(session, listener, "demo-huge", size);
  release();
  await listener.event("call", call => call.id === id && call.status === "done");
  assert.equal((await session.ask("GET", `/api/calls/${id}`)).status, 200);
  assert.equal((await session.ask("GET", `/api/calls/${quick.id}`)).status, 404);
});

test("calls beyond what may run at once are refused", async t => {
  const { session, listener, engine } = await demoStudio(t);
  const release: (() => void)[] = [];
  engine.registerHostTool("wait", {
    description: "waits",
    call: () => new Promise(resolve => release.push(() => resolve(null))),
  });
  const body = { name: "demo-wait", args: {} };
  const first = await session.json<CallSummary>(201, "POST", "/api/calls", body);
  const starts = await Promise.all(
    Array.from({ length: 256 }, () => session.ask("POST", "/api/calls", body)),
  );
  const refused = starts.filter(({ status }) => status !== 201);
  assert.deepEqual(
    refused.map(({ status, text }) => [status, JSON.parse(text).error.code]),
    [[429, "TOO_MANY_CALLS"]],
  );
  await session.json(202, "DELETE", `/api/calls/${first.id}`);
  await listener.event("call", call => call.id === first.id && call.status === "aborted");
  await session.json(201, "POST", "/api/calls", body);
});

test("the log comes in batches, and of a flood the last lines", async t => {
  const { session, listener } = await demoStudio(t);
  await run(session, listener, "demo-chatty", { n: 5_000 });
  await listener.event("log", lines => lines.some(({ message }) => message.endsWith("line 5000")));
  const batches = listener.events.flatMap(event => (event.name === "log" ? [event.payload] : []));
  const ids = batches.flat().map(({ id }) => id);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  );
  assert.ok(batches.length < 1_000);
  const late = await session.listen(t);
  const { log } = await late.event("snapshot");
  assert.equal(log.length, 1_000);
  assert.match(log.at(-1)?.message ?? "", /line 5000$/);
  assert.deepEqual([log.at(-1)?.level, log.at(-1)?.skillId], ["info", "demo"]);
});

test("samples of the pool come again and again", async t => {
  const { listener } = await demoStudio(t);
  const first = await listener.event("sample");
  const next = await listener.event("sample", ({ at }) => at > first.at);
  assert.ok(next.at > first.at);
});

test("help pages come as Markdown, also those that Lua writes", async t => {
  const { session } = await demoStudio(t);
  assert.equal((await session.json<HelpDetail>(200, "GET", "/api/help/demo/main")).content, "# Demo\n");
  assert.equal((await session.json<HelpDetail>(200, "GET", "/api/help/demo/live")).content, "from Lua");
});

for (const [path, status, code] of [
  ["/api/help/none/main", 404, "NO_SKILL"],
  ["/api/help/demo/gone", 422, "SKILL_HELP"],
  ["/api/help/demo/other", 422, "SKILL_HELP"],
  ["/api/help/demo/%20", 422, "SKILL_HELP"],
  ["/api/help/demo/%ZZ", 400, "PATH"],
  ["/api/calls/77", 404, "NO_CALL"],
  ["/api/calls/77/content", 404, "NO_CALL"],
  ["/api/calls/x", 404, "NOT_FOUND"],
  ["/api/reload", 405, "METHOD"],
  ["/api/", 404, "NOT_FOUND"],
  ["/../package.json", 404, "NOT_FOUND"],
  ["/%2e%2e/studio.js", 404, "NOT_FOUND"],
  ["/constructor", 404, "NOT_FOUND"],
] as const) {
  test(`GET ${path} is answered by ${status} ${code}`, async t => {
    const { session } = await demoStudio(t);
    const { error } = await session.json<{ error: { code: string; message: string } }>(status, "GET", path);
    assert.equal(error.code, code);
    assert.notEqual(error.message, "");
  });
}

test("a method that a path does not take is answered with those it takes", async t => {
  const { session } = await demoStudio(t);
  const { status, headers } = await session.ask("POST", "/api/calls/1", {});
  assert.deepEqual([status, headers.allow], [405, "GET, DELETE"]);
});

const json = "application/json";
const badBodies: [what: string, type: string, body: string | Buffer, status: number, message: RegExp][] = [
  ["of another type", "text/plain", "{}", 415, /must be application\/json/],
  ["of a form", "application/x-www-form-urlencoded", "a=b", 415, /must be application\/json/],
  ["that is no JSON", json, "{", 400, /not JSON/],
  ["that is empty", json, "", 400, /not JSON/],
  ["that is no UTF-8", json, Buffer.from([0x22, 0xff, 0x22]), 400, /not JSON/],
  ["that is no object", json, "[]", 400, /expected object/],
  ["without a name", json, "{}", 400, /name/],
  ["with a negative limit", json, '{"name":"x","timeoutMs":-1}', 400, /timeoutMs/],
  ["with a limit that no timer takes", json, '{"name":"x","timeoutMs":1e12}', 400, /timeoutMs/],
  [
    "nested beyond all stacks",
    json,
    `{"name":"x","args":${"[".repeat(2e5)}${"]".repeat(2e5)}}`,
    400,
    /args|JSON/,
  ],
];

for (const [what, type, body, status, message] of badBodies) {
  test(`a body ${what} is refused, and the studio goes on`, async t => {
    const { session, listener, origin } = await demoStudio(t);
    const headers = { Cookie: session.cookie, Origin: origin, "Content-Type": type };
    const answer = await ask(origin, "/api/calls", { method: "POST", headers, body });
    assert.equal(answer.status, status, answer.text);
    assert.match(JSON.parse(answer.text).error.message, message);
    assert.equal((await run(session, listener, "demo-echo")).status, "done");
  });
}

test("a huge body is refused without being kept", async t => {
  const { session, origin } = await demoStudio(t);
  const headers = { Cookie: session.cookie, Origin: origin, "Content-Type": json };
  const body = Buffer.alloc(8 << 20, " ");
  const { status, text } = await ask(origin, "/api/calls", { method: "POST", headers, body });
  assert.deepEqual([status, JSON.parse(text).error.code], [413, "BODY_TOO_LARGE"]);
});

test("a body of any size needs a session first", async t => {
  const { origin } = await startStudio(t, { demo });
  const headers = { Origin: origin, "Content-Type": json };
  assert.equal((await ask(origin, "/api/calls", { method: "POST", headers, body: "{}" })).status, 401);
});

test("a reload is answered by its report, and every page learns what there is now", async t => {
  const { session, listener, root } = await demoStudio(t);
  writeSkill(root, "added", "return function() return '' end");
  const yaml = join(root, "demo/skill.yaml");
  writeFileSync(
    yaml,
    readFileSync(yaml, "utf8").replace("name: echo", "name: echo\n    description: Says it again."),
  );
  const report = await session.json<LoadReport>(200, "POST", "/api/reload", {});
  assert.deepEqual(report.loaded, ["added", "demo"]);
  assert.deepEqual(await listener.event("changes"), {
    added: ["added-run"],
    updated: ["demo-echo"],
    removed: [],
  });
  const catalog = await listener.event("catalog");
  assert.deepEqual(catalog.report, report);
  assert.deepEqual(
    catalog.skills.map(({ skillId }) => skillId),
    ["added", "demo"],
  );
});

test("a skill that loads no more is reported, and its last good version stays", async t => {
  const { session, listener, root } = await demoStudio(t);
  writeFileSync(join(root, "demo/runtime/echo.lua"), "x x");
  const report = await session.json<LoadReport>(200, "POST", "/api/reload", {});
  assert.deepEqual([report.kept, report.failed.map(({ skillId }) => skillId)], [["demo"], ["demo"]]);
  assert.equal((await listener.event("catalog")).skills.length, 1);
  assert.equal((await run(session, listener, "demo-echo")).status, "done");
});

test("a reload that fails is answered by what is wrong", async t => {
  const { session, engine } = await demoStudio(t);
  await engine.close();
  const { error } = await session.json<{ error: { code: string } }>(422, "POST", "/api/reload", {});
  assert.equal(error.code, "ENGINE_CLOSED");
});

test("more pages than anybody has open are refused", async t => {
  const { session } = await demoStudio(t);
  for (let pages = 1; pages < 32; pages++) await session.listen(t);
  const { status, text } = await session.ask("GET", "/api/events");
  assert.deepEqual([status, JSON.parse(text).error.code], [503, "TOO_MANY_PAGES"]);
});

test("closing ends calls that run and connections that are open", async t => {
  const { studio, session, listener, origin, engine } = await demoStudio(t);
  await session.json(201, "POST", "/api/calls", { name: "demo-endless" });
  await listener.event("log", lines => lines.some(({ message }) => message.includes("started")));
  await studio.close();
  await listener.ended;
  assert.equal(engine.stats().calls.running, 0);
  await assert.rejects(ask(origin, "/"), { code: "ECONNREFUSED" });
  assert.equal((await engine.call("demo-echo", {})).content, "[]");
});
