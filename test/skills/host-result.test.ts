import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "luaskills";
import { hostResultCapability, wireHostResultCapability } from "#dist/host/host-result.js";
import { readHostResult } from "#dist/skills/host-result.js";
import { engineWith } from "./skill-tree.js";

const anything = { enabled: true, allowedKinds: [] };
const changeSet = (payload: object): Json => ({ kind: "change_set", payload: payload as Json });
const fileSet = (...files: object[]): Json => changeSet({ mode: "applied", files });

function declared(hostResult: Json): Json {
  return wireHostResultCapability(
    hostResultCapability({ requestContext: { clientCapabilities: { host_result: hostResult } } }),
  );
}

const off = { enabled: false, allowed_kinds: [] };
const capabilities: [what: string, declared: Json, normalised: Json][] = [
  ["enabled", { enabled: true }, { enabled: true, allowed_kinds: [] }],
  ["not enabled", { enabled: false, allowed_kinds: ["a"], max_payload_bytes: 1 }, off],
  ["enabled in words", { enabled: "true" }, off],
  ["no object", true, off],
  ["null", null, off],
  ["an array", [{ enabled: true }], off],
  [
    "kinds, some of them no names",
    { enabled: true, allowed_kinds: [" change_set ", "", 1, null, "tree"] },
    { enabled: true, allowed_kinds: ["change_set", "tree"] },
  ],
  ["kinds that are no array", { enabled: true, allowed_kinds: "a" }, { enabled: true, allowed_kinds: [] }],
  [
    "a size",
    { enabled: true, max_payload_bytes: 10 },
    { enabled: true, allowed_kinds: [], max_payload_bytes: 10 },
  ],
  ["size zero", { enabled: true, max_payload_bytes: 0 }, { enabled: true, allowed_kinds: [] }],
  ["a size with a fraction", { enabled: true, max_payload_bytes: 1.5 }, { enabled: true, allowed_kinds: [] }],
];

for (const [what, given, normalised] of capabilities) {
  test(`a client that declares ${what}`, () => assert.deepEqual(declared(given), normalised));
}

test("a request without capabilities takes no host results", () => {
  for (const context of [
    undefined,
    {},
    { requestContext: {} },
    { requestContext: { clientCapabilities: 1 } },
  ]) {
    assert.equal(hostResultCapability(context).enabled, false);
  }
});

const modify = (hunk: object) => fileSet({ change: "modify", path: "/f", hunks: [hunk] });
const hunk = { before: "", after: "", delete: [], insert: [{ line: 1, content: "x" }] };

const accepted: [what: string, value: Json][] = [
  ["an unknown kind with any payload", { kind: "tree", payload: [1, null, { a: false }] }],
  ["a payload that is null", { kind: "tree", payload: null }],
  ["a change set without files", fileSet()],
  [
    "a preview with summary, diagnostics and more",
    changeSet({
      mode: "preview",
      summary: "two files",
      files: [],
      diagnostics: [{ level: "warn", message: "", code: 7 }],
      tool: "edit",
    }),
  ],
  ["members that are null", changeSet({ mode: "applied", summary: null, files: [], diagnostics: null })],
  ["a created file", fileSet({ change: "create", path: "/a/b", content: "", patch: "@@", node_id: "n1" })],
  ["a renamed file", fileSet({ change: "rename", old_path: "/a", new_path: "/b", patch: null })],
  [
    "a modified file with members of its own",
    modify({
      ...hunk,
      delete: [
        { line: 2, content: "old" },
        { line: 5, content: "older", mark: true },
      ],
      match_mode: "exact",
      final_range: [1, 2],
    }),
  ],
  ["a hunk that only deletes", modify({ ...hunk, delete: [{ line: 1, content: "" }], insert: [] })],
];

for (const [what, value] of accepted) {
  test(`a host result may be ${what}`, () => {
    const before = structuredClone(value);
    assert.deepEqual(readHostResult(value, anything), value);
    assert.deepEqual(value, before);
  });
}

const path = "payload.files[0]";
const refused: [what: string, value: Json, message: string][] = [
  ["a text", "x", "host_result must be an object, got string"],
  ["an array", [], "host_result must be an object, got array"],
  ["without a kind", { payload: 1 }, "host_result.kind must be a non-empty string"],
  ["of a blank kind", { kind: " ", payload: 1 }, "host_result.kind must be a non-empty string"],
  ["of a kind that is no text", { kind: 1, payload: 1 }, "host_result.kind must be a non-empty string"],
  ["without a payload", { kind: "tree" }, "host_result.payload is missing"],
  [
    "a change set that is no object",
    { kind: "change_set", payload: [] },
    "host_result.payload must be an object, got array",
  ],
  ["without a mode", changeSet({ files: [] }), "payload.mode must be preview or applied, got nothing"],
  [
    "of an unknown mode",
    changeSet({ mode: "done", files: [] }),
    'payload.mode must be preview or applied, got "done"',
  ],
  [
    "with a summary that is no text",
    changeSet({ mode: "applied", summary: 1, files: [] }),
    "payload.summary must be a string, got number",
  ],
  ["without files", changeSet({ mode: "applied" }), "payload.files must be an array, got nothing"],
  [
    "with files in an object",
    changeSet({ mode: "applied", files: {} }),
    "payload.files must be an array, got object",
  ],
  ["with a file that is no object", fileSet([] as object), `${path} must be an object, got array`],
  [
    "with diagnostics that are no array",
    changeSet({ mode: "applied", files: [], diagnostics: {} }),
    "payload.diagnostics must be an array, got object",
  ],
  [
    "with a diagnostic without level",
    changeSet({ mode: "applied", files: [], diagnostics: [{ message: "x" }] }),
    "payload.diagnostics[0].level must be a string, got nothing",
  ],
  [
    "with a diagnostic without message",
    changeSet({ mode: "applied", files: [], diagnostics: [{ level: "x" }] }),
    "payload.diagnostics[0].message must be a string, got nothing",
  ],
  [
    "with an unknown change",
    fileSet({ change: "move" }),
    `${path}.change must be create, modify, delete or rename, got "move"`,
  ],
  [
    "with a patch that is no text",
    fileSet({ change: "create", path: "/a", content: "", patch: 1 }),
    `${path}.patch must be a string, got number`,
  ],
  [
    "created at a relative path",
    fileSet({ change: "create", path: "a", content: "" }),
    `${path}.path must be an absolute path, got "a"`,
  ],
  [
    "created without content",
    fileSet({ change: "create", path: "/a" }),
    `${path}.content must be a string, got nothing`,
  ],
  [
    "modified without path",
    fileSet({ change: "modify", hunks: [hunk] }),
    `${path}.path must be a string, got nothing`,
  ],
  [
    "modified without hunks",
    fileSet({ change: "modify", path: "/a" }),
    `${path}.hunks must be an array, got nothing`,
  ],
  [
    "modified by no hunk",
    fileSet({ change: "modify", path: "/a", hunks: [] }),
    `${path}.hunks must not be empty`,
  ],
  [
    "with a hunk without before",
    modify({ ...hunk, before: null }),
    `${path}.hunks[0].before must be a string, got null`,
  ],
  [
    "with a hunk without after",
    modify({ ...hunk, after: 1 }),
    `${path}.hunks[0].after must be a string, got number`,
  ],
  [
    "with a hunk without deletions",
    modify({ before: "", after: "", insert: [] }),
    `${path}.hunks[0].delete must be an array, got nothing`,
  ],
  [
    "with a hunk that changes nothing",
    modify({ ...hunk, insert: [] }),
    `${path}.hunks[0] must delete or insert at least one line`,
  ],
  [
    "with line zero",
    modify({ ...hunk, insert: [{ line: 0, content: "" }] }),
    `${path}.hunks[0].insert[0].line must be a positive integer`,
  ],
  [
    "with half a line",
    modify({ ...hunk, delete: [{ line: 1.5, content: "" }] }),
    `${path}.hunks[0].delete[0].line must be a positive integer`,
  ],
  [
    "with lines out of order",
    modify({
      ...hunk,
      insert: [
        { line: 3, content: "" },
        { line: 3, content: "" },
      ],
    }),
    `${path}.hunks[0].insert[1].line must be greater than 3, the line before it`,
  ],
  [
    "with a line without content",
    modify({ ...hunk, insert: [{ line: 1 }] }),
    `${path}.hunks[0].insert[0].content must be a string, got nothing`,
  ],
  [
    "deleted without content",
    fileSet({ change: "delete", path: "/a" }),
    `${path}.content must be a string, got nothing`,
  ],
  [
    "deleted in an unknown mode",
    fileSet({ change: "delete", path: "/a", content: "", content_mode: "half" }),
    `${path}.content_mode must be full or truncated, got "half"`,
  ],
  [
    "deleted at a relative path",
    fileSet({ change: "delete", path: "./a", content: "" }),
    `${path}.path must be an absolute path, got "./a"`,
  ],
  [
    "renamed from a relative path",
    fileSet({ change: "rename", old_path: "a", new_path: "/b" }),
    `${path}.old_path must be an absolute path, got "a"`,
  ],
  [
    "renamed to nothing",
    fileSet({ change: "rename", old_path: "/a" }),
    `${path}.new_path must be a string, got nothing`,
  ],
];

for (const [what, value, message] of refused) {
  test(`a host result must not be ${what}`, () => {
    assert.throws(() => readHostResult(value, anything), { message });
  });
}

const lines = (count: number) => Array.from({ length: count }, (_, i) => `line ${i + 1}`);

const deleted: [what: string, file: object, described: object][] = [
  ["of no line", { content: "" }, { content: "", content_mode: "full", total_line_count: 0 }],
  [
    "of two lines, the last one ended",
    { content: "a\r\nb\n", patch: "-" },
    { content: "a\r\nb\n", content_mode: "full", total_line_count: 2, patch: "-" },
  ],
  [
    "of 500 lines",
    { content: lines(500).join("\n"), content_mode: "full" },
    { content: lines(500).join("\n"), content_mode: "full", total_line_count: 500 },
  ],
  [
    "of 501 lines",
    { content: `${lines(501).join("\n")}\n`, reason: "unused" },
    {
      reason: "unused",
      content_mode: "truncated",
      content_head: lines(50).join("\n"),
      content_tail: lines(501).slice(-50).join("\n"),
      total_line_count: 501,
    },
  ],
  [
    "of 60 lines that the skill wants shortened",
    { content: lines(60).join("\n"), content_mode: "truncated" },
    {
      content_mode: "truncated",
      content_head: lines(50).join("\n"),
      content_tail: lines(60).slice(50).join("\n"),
      total_line_count: 60,
    },
  ],
  [
    "that the skill has shortened itself",
    { content_mode: "truncated", content_head: "a", content_tail: "b", total_line_count: 900 },
    { content_mode: "truncated", content_head: "a", content_tail: "b", total_line_count: 900 },
  ],
];

for (const [what, file, described] of deleted) {
  test(`a deleted file ${what} is described`, () => {
    const value = fileSet({ change: "delete", path: "/f", ...file });
    assert.deepEqual(readHostResult(value, anything)?.payload, {
      mode: "applied",
      files: [{ change: "delete", path: "/f", ...described }],
    });
  });
}

test("only kinds that the client takes pass, trimmed", () => {
  const capability = { enabled: true, allowedKinds: ["tree", "change_set"] };
  assert.deepEqual(readHostResult({ kind: " tree ", payload: 1 }, capability), { kind: "tree", payload: 1 });
  assert.throws(() => readHostResult({ kind: "graph", payload: 1 }, capability), {
    message: 'host_result.kind "graph" is not one the client takes (tree, change_set)',
  });
});

test("the size that counts is that of the compact JSON which the host gets", () => {
  const tooLarge = /^host_result\.payload takes 6 bytes, the client takes at most 5$/;
  const limit = (maxPayloadBytes: number) => ({ ...anything, maxPayloadBytes });
  assert.deepEqual(readHostResult({ kind: "x", payload: "ää" }, limit(6))?.payload, "ää");
  assert.throws(() => readHostResult({ kind: "x", payload: "ää" }, limit(5)), { message: tooLarge });
  const large = fileSet({ change: "delete", path: "/f", content: "x\n".repeat(100_000) });
  assert.ok(readHostResult(large, limit(1_000)));
});

test("without a client that takes it, a host result is not looked at", () => {
  const capability = { enabled: false, allowedKinds: [] };
  for (const value of ["x", {}, { kind: "change_set", payload: 1 }]) {
    assert.equal(readHostResult(value, capability), undefined);
  }
  assert.equal(readHostResult(null, anything), undefined);
});

const returnsArgument = "return function(args) return 'text', 'page', 'hint', args.result end";

test("an entry's fourth value reaches the host of a client that takes it", async t => {
  const { engine } = await engineWith(t, { demo: returnsArgument });
  const result = { kind: "tree", payload: { nodes: ["a"] } };
  const clientCapabilities = { host_result: { enabled: true, allowed_kinds: ["tree"] } };
  const context = { requestContext: { clientCapabilities } };
  const expected = {
    content: "text",
    overflowMode: "page",
    templateHint: "hint",
    contentBytes: 4,
    contentLines: 1,
  };
  assert.deepEqual(await engine.call("demo-run", { result }, { context }), {
    ...expected,
    hostResult: result,
  });
  assert.deepEqual(engine.callSync("demo-run", { result }, { context }), { ...expected, hostResult: result });
  assert.deepEqual(await engine.call("demo-run", { result }), expected);
  assert.deepEqual(await engine.call("demo-run", {}, { context }), expected);
  const refusal = {
    code: "SKILL_RESULT",
    message: /^Lua skill 'demo-run' returned an invalid host_result: host_result\.kind "x" is not one/,
  };
  const wrong = { result: { kind: "x", payload: 1 } };
  await assert.rejects(engine.call("demo-run", wrong, { context }), refusal);
  assert.throws(() => engine.callSync("demo-run", wrong, { context }), refusal);
});

test("vulcan.context.host_result shows the normalised capability", async t => {
  const { engine } = await engineWith(t, {
    demo: "return function() return vulcan.json.encode(vulcan.context.host_result) end",
  });
  const ask = async (hostResult: Json) =>
    (
      await engine.call(
        "demo-run",
        {},
        {
          context: { requestContext: { clientCapabilities: { host_result: hostResult } } },
        },
      )
    ).content;
  assert.equal(
    await ask({ enabled: true, allowed_kinds: ["a"], max_payload_bytes: 5 }),
    '{"allowed_kinds":["a"],"enabled":true,"max_payload_bytes":5}',
  );
  assert.equal(await ask({ enabled: 1 }), '{"allowed_kinds":[],"enabled":false}');
  assert.equal((await engine.call("demo-run")).content, '{"allowed_kinds":[],"enabled":false}');
});

const unsayable =
  "return function() return 'text', 'page', 'hint', { kind = 'tree', payload = { cb = print } } end";

test("what nobody asked for may be anything: a fourth value does not even leave the VM", async t => {
  const { engine } = await engineWith(t, { demo: unsayable });
  const expected = {
    content: "text",
    overflowMode: "page" as const,
    templateHint: "hint",
    contentBytes: 4,
    contentLines: 1,
  };
  const off = { requestContext: { clientCapabilities: { host_result: { enabled: false } } } };
  for (const context of [undefined, {}, off]) {
    const options = context === undefined ? {} : { context };
    assert.deepEqual(await engine.call("demo-run", {}, options), expected);
    assert.deepEqual(engine.callSync("demo-run", {}, options), expected);
  }
});

test("a fourth value that was asked for must cross, call by call", async t => {
  const { engine } = await engineWith(t, { demo: unsayable });
  const context = { requestContext: { clientCapabilities: { host_result: { enabled: true } } } };
  const expected = {
    code: "SKILL_RESULT",
    message: /demo-run: result\[4\]\.payload\.cb: cannot convert function/,
  };
  await assert.rejects(engine.call("demo-run", {}, { context }), expected);
  assert.equal((await engine.call("demo-run")).content, "text");
  assert.throws(() => engine.callSync("demo-run", {}, { context }), expected);
  assert.equal(engine.callSync("demo-run").content, "text");
});

test("more values than there may be are counted with and without the fourth", async t => {
  const { engine } = await engineWith(t, { demo: "return function() return 'x', nil, nil, nil, nil end" });
  const context = { requestContext: { clientCapabilities: { host_result: { enabled: true } } } };
  for (const options of [{}, { context }]) {
    await assert.rejects(engine.call("demo-run", {}, options), {
      code: "SKILL_RESULT",
      message: /returned 5 values/,
    });
  }
});
