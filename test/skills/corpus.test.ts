// What published skills rely on, as the small skills of test/fixtures/skills.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { CallOptions } from "luaskills";
import { loadCorpus } from "./corpus-runtime.js";
import { type Outcome, type Step, storyteller, writeFile } from "./corpus-story.js";

const { engine, report } = await loadCorpus({ after });
const tell = storyteller(engine);

test("the report of the corpus names every skill that does not load, and why", () => {
  assert.equal(report.loaded.length, 25);
  assert.deepEqual(report.skipped, [{ skillId: "resting", reason: "disabled in skill.yaml" }]);
  const failed = new Map(report.failed.map(({ skillId, error }) => [skillId, error]));
  const reasons: Record<string, RegExp> = {
    "broken-handler": /^entry table: .*must return a function.*type table; entry throws: .*nowhere/,
    "broken-loop": /^entry run: .*did not return its function within 500 ms/,
    "broken-syntax": /^entry bad: broken-syntax\/runtime\/bad\.lua:2: 'then' expected/,
    "broken-yaml": /^skill\.yaml: not valid YAML/,
    "latin-source": /^entry run: lua_entry runtime\/run\.lua: not valid UTF-8$/,
  };
  assert.deepEqual([...failed.keys()], Object.keys(reasons));
  for (const [skillId, reason] of Object.entries(reasons)) assert.match(failed.get(skillId) ?? "", reason);
});

test("every skill and parameter of the corpus says what it is", () => {
  assert.ok(engine.entries().length > 50);
  for (const { canonicalName, description, parameters } of engine.entries()) {
    assert.ok(description.length > 10, canonicalName);
    for (const parameter of parameters) assert.ok(parameter.description.length > 5, canonicalName);
  }
});

tell("C declarations, structs, 64-bit integers and bit operations work on every VM", () => [
  [
    "native-types-checksum",
    { text: "Wikipedia" },
    '{"adler32":"11e60398","bytes":9,"fnv1a":4976694661442710640}',
  ],
  ["native-types-checksum", { text: "" }, '{"adler32":"00000001","bytes":0,"fnv1a":14695981039346656037}'],
  ["native-types-struct", { text: "four" }, "(-2, -5) 7 4 8 true false"],
]);

tell("the dialect is LuaJIT with the additions of Lua 5.2, compiled", () => [
  [
    "dialect-tour",
    {},
    JSON.stringify({
      __len: 42,
      __pairs: "one=1 two=2 three=3",
      "coroutines inside pcall": "1 2 3 end",
      "debug.getupvalue": "found",
      goto: "1 3 5",
      jit: `true string ${process.platform === "win32" ? "\\" : "/"}`,
      "load from pieces": 42,
      "load refuses bytecode": "nil string",
      "load with an environment": 15,
      "math and bit": "60 -2 -2 inf",
      "os.date and os.time": "1970-01-02 number",
      "string escapes": "A€",
      "string.format": '"a\\"b"  1.50 x  | ff nil',
      "table.pack": "4 nil c",
      "table.unpack": "2 3",
      "xpcall with arguments": "false handled leftright",
    }),
  ],
  ["dialect-sieve", { below: 100_000 }, "9592 primes, the last 99991"],
]);

tell("modules come from the packages of the host and from the skill itself", folder => [
  [
    "toolbox-packages",
    { text: "The quick brown fox jumps over the lazy dog" },
    "| The quick brown fox\n| jumps over the lazy\n| dog\ntextkit 1.4\ntrue\nfalse module 'toolbox_missing' not found\nfalse",
  ],
  [
    "toolbox-config-file",
    { path: writeFile(folder, "a.lua", "answer = 6 * 7 name = 'x'") },
    '{"answer":42,"name":"x"}',
  ],
  [
    "toolbox-config-file",
    { path: writeFile(folder, "b.lua", "x = = 1") },
    /^not loaded: b\.lua:1: unexpected symbol/,
  ],
  [
    "toolbox-config-file",
    { path: writeFile(folder, "c.lua", "print('x')") },
    /^failed: c\.lua:1: .*global 'print'/,
  ],
]);

tell("JSON has sorted keys, whole numbers without a fraction and [] for an empty table", () => [
  [
    "json-shapes-show",
    {},
    [
      '{"apple":2,"mango":{"a":2,"z":1},"zebra":1}',
      "[3,-0.5,1000000000000000,9007199254740992,0.1,1e+100]",
      "[]",
      '{"empty":[],"list":[],"map":{}}',
      "[1,null,3]",
      '{"1":"a","2":"b","name":"mixed"}',
      "[null,null,null]",
      "9223372036854775807",
      "json.encode: value.self: table contains itself",
      "json.encode: value.deep.callback: cannot convert function",
      "json.encode: value: string is not valid UTF-8",
    ].join("\n"),
  ],
  [
    "json-shapes-echo",
    { b: 1, a: [], c: null, d: { z: 1.5, y: [2] } },
    '{"a":[],"b":1,"d":{"y":[2],"z":1.5}}',
  ],
  ["json-shapes-twice", { text: '{"l":[1,null,3],"e":{},"n":null}' }, '{"e":[],"l":[1,null,3]}'],
  ["json-shapes-twice", { text: "{" }, /^error: json\.decode: .*byte 1$/],
]);

const request: CallOptions = { context: { requestContext: { requestId: "r-1", sessionId: "s-1" } } };
const whoIsIt = "conductor-identity conductor identity ROOT conductor runtime identity.lua r-1 s-1 nil nil";
const relayed = (how: string, outcome: Outcome): Step => [
  "conductor-relay",
  { target: "conductor-stumble", args: { how } },
  outcome,
];

tell("a nested call returns every value raw and fails with what was raised, first line first", () => [
  relayed("results", 'true | 3 | ["a","table"] | nil | 3'),
  relayed("text", "false | 1 | stumbled over a text"),
  relayed("position", "false | 1 | conductor/runtime/stumble.lua:5: stumbled at a line"),
  relayed("table", 'false | 1 | {"code":"stumbled","retry":false}'),
  relayed("nil", "false | 1 | nil"),
  relayed("anything", /^false \| 1 \| conductor\/runtime\/stumble\.lua:16: attempt to index local 'missing'/),
  ["conductor-relay", { target: "nobody" }, /^false \| 1 \| .*'nobody' not found$/],
  ["conductor-relay", { target: "conductor-endless" }, /^false \| 1 \| .*more than \d+ calls are nested/],
  [
    "conductor-insist",
    { target: "conductor-stumble" },
    {
      code: "LUA_RUNTIME",
      message: /^conductor-insist: conductor\/runtime\/stumble\.lua:5: stumbled at a line$/,
    },
  ],
]);

tell("an entry knows who it is and for whom it works, nested or not, and nobody while its file loads", () => [
  ["conductor-identity", {}, whoIsIt, request],
  ["conductor-relay", { target: "conductor-identity" }, `true | 1 | ${whoIsIt}`, request],
  ["conductor-identity", {}, whoIsIt.replace("r-1 s-1", "nil nil")],
  [
    "conductor-between",
    {},
    "between@conductor/conductor > left of twin.lua > false > between@conductor/conductor",
  ],
]);

tell("code in a skill runs code apart, keeps values and asks the host", () => [
  [
    "scribe-run",
    { code: "print('hi') return args.a", args: { a: "x" } },
    /SUCCESS\n[\s\S]*\nhi\n[\s\S]*\nx\n```$/,
  ],
  [
    "scribe-run",
    { code: "error('no', 0)" },
    /^# Runtime Execution Error\n\n## Task\nScribe\n[\s\S]*\nno\n```$/,
  ],
  [
    "scribe-run",
    { code: "return vulcan.call('scribe-run', {})" },
    /cannot call the current luaexec caller tool/,
  ],
  ["scribe-keep", { value: { a: [1] } }, '[true,{"a":[1]},true,true]'],
  ["host-bridge-ask", { tool: "none" }, "none: host_tool_callback_missing (known: false)"],
  ["host-bridge-models", {}, "false model_unavailable"],
]);

tell("two entries share a file, and two skills a module name, without meeting each other", () => [
  ["twins-left", {}, "left of twin.lua"],
  ["twins-right", {}, "right of twin.lua"],
  ["same-module-a-run", {}, "module of a"],
  ["same-module-b-run", {}, "module of b"],
  ["same-module-a-run", {}, "module of a"],
  [
    "same-module-b-run",
    { fail: true },
    { code: "LUA_RUNTIME", message: /^same-module-b-run: module of b failed$/ },
  ],
]);

tell("a manifest that says more than this runtime knows loads", () => [
  ["from-the-future-greet", {}, "hello from the present"],
]);

test("a value that an entry keeps in an upvalue is there for later calls on the same VM", async t => {
  const { engine: single } = await loadCorpus(t, { pool: { maxSize: 1 } });
  const text = "jit on a vm";
  const line = (call: number) => `just in time on a virtual machine [built 1, call ${call}]`;
  assert.equal((await single.call("warm-cache-expand", { text })).content, line(1));
  assert.equal(single.callSync("warm-cache-expand", { text }).content, line(2));
  assert.equal((await single.call("warm-cache-expand", { text })).content, line(3));
});

test("help of skills is Markdown, from a file or from Lua that knows who asks", async () => {
  const main = await engine.help.render("markdown-menu", "main", { clientName: "Anna" });
  assert.equal(main?.content, "# Markdown menu\n\nFor Anna: page long menus.");
  assert.equal(main?.contentType, "markdown");
  assert.match((await engine.help.render("markdown-menu", "reading"))?.content ?? "", /^# Reading a menu\n/);
  const tree = engine.help.list().find(({ skillId }) => skillId === "markdown-menu");
  assert.deepEqual(
    tree?.flows.map(({ flowName, relatedEntries }) => [flowName, relatedEntries]),
    [["reading", ["markdown-menu-menu"]]],
  );
});

test("tools and models that the host registers answer the skills", async t => {
  t.after(
    engine.registerHostTool("double", {
      description: "Twice a number.",
      call: args => (args as { n: number }).n * 2,
    }),
  );
  engine.setModels({ llm: async (_system, user) => ({ assistant: `heard: ${user}` }) });
  t.after(() => engine.setModels({}));
  const ask = { tool: "double", args: { n: 21 } };
  assert.equal((await engine.call("host-bridge-ask", ask)).content, "42");
  assert.equal(engine.callSync("host-bridge-ask", ask).content, "42");
  assert.equal((await engine.call("host-bridge-models")).content, "true heard: Say hello.");
});

test("what a skill says by any means reaches the log of the engine, and never standard output", async t => {
  const said: string[] = [];
  t.after(engine.on("log", ({ level, message, skillId }) => said.push(`${level} ${skillId}: ${message}`)));
  const expected = [
    "info scribe: [LuaSkill:info] from\tprint\t1\tnil",
    "info scribe: [LuaSkill:stdout] from io.write",
    "warn scribe: [LuaSkill:stderr] from stderr",
    "warn scribe: [LuaSkill:warn] from log",
  ];
  assert.equal((await engine.call("scribe-print")).content, "said");
  assert.deepEqual(said.splice(0), expected);
  assert.equal(engine.callSync("scribe-print").content, "said");
  assert.deepEqual(said, expected);
});
