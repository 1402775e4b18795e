import assert from "node:assert/strict";
import { test } from "node:test";
import { engineWith, manifest } from "./skill-tree.js";

// One entry per case, so that every case has its own message.
const accepted: [what: string, returns: string, result: object][] = [
  ["text alone", "'ok'", { content: "ok", contentBytes: 2, contentLines: 1 }],
  ["the empty text", "''", { content: "", contentBytes: 0, contentLines: 0 }],
  ["text that ends with a line feed", "'a\\nb\\n'", { content: "a\nb\n", contentBytes: 4, contentLines: 3 }],
  [
    "CRLF and CR, which count as LF",
    "'a\\r\\nb\\rc'",
    { content: "a\r\nb\rc", contentBytes: 5, contentLines: 3 },
  ],
  ["text beyond ASCII", "'ä€😀'", { content: "ä€😀", contentBytes: 9, contentLines: 1 }],
  ["text with NUL", "'a\\0b'", { content: "a\0b", contentBytes: 3, contentLines: 1 }],
  ["a mode", "'x', 'page'", { content: "x", overflowMode: "page", contentBytes: 1, contentLines: 1 }],
  [
    "a mode with blanks",
    "'x', ' truncate '",
    { content: "x", overflowMode: "truncate", contentBytes: 1, contentLines: 1 },
  ],
  [
    "no mode and a hint",
    "'x', nil, ' list '",
    { content: "x", templateHint: "list", contentBytes: 1, contentLines: 1 },
  ],
  ["a blank hint", "'x', nil, ' '", { content: "x", contentBytes: 1, contentLines: 1 }],
  ["trailing nils", "'x', nil, nil, nil", { content: "x", contentBytes: 1, contentLines: 1 }],
  [
    "a host result nobody asked for",
    "'x', nil, nil, {kind = 1}",
    { content: "x", contentBytes: 1, contentLines: 1 },
  ],
];

const refused: [what: string, returns: string, message: RegExp][] = [
  ["nothing", "", /'demo-run' must return a plain string result/],
  ["nil", "nil", /actual_type='nil'/],
  ["a number", "12", /actual_type='number'/],
  ["a boolean", "true", /actual_type='boolean'/],
  ["an array", "{1, 2}", /plain strings\. .*\(skill='demo-run', actual_type='table'\)/],
  ["an object", "{a = 1}", /actual_type='table'/],
  ["five values", "'x', nil, nil, nil, nil", /'demo-run' returned 5 values.*content\[, overflow_mode/],
  ["an unknown mode", "'x', 'scroll'", /'demo-run' returned an unsupported overflow mode: scroll/],
  ["a mode in the wrong case", "'x', 'Page'", /unsupported overflow mode: Page/],
  [
    "a mode that is no text",
    "'x', 1",
    /'demo-run' must return overflow mode as a string constant, got number/,
  ],
  ["a hint that is no text", "'x', nil, {}", /'demo-run' must return template_hint as a string, got table/],
];

for (const [what, returns, result] of accepted) {
  test(`an entry may return ${what}`, async t => {
    const { engine } = await engineWith(t, { demo: `return function() return ${returns} end` });
    assert.deepEqual(await engine.call("demo-run"), result);
    assert.deepEqual(engine.callSync("demo-run"), result);
  });
}

for (const [what, returns, message] of refused) {
  test(`an entry must not return ${what}`, async t => {
    const { engine } = await engineWith(t, { demo: `return function() return ${returns} end` });
    const expected = { name: "SkillError", code: "SKILL_RESULT", message };
    await assert.rejects(engine.call("demo-run"), expected);
    assert.throws(() => engine.callSync("demo-run"), expected);
  });
}

for (const [what, returns] of [
  ["a function", "print"],
  ["bytes that are not UTF-8", "'\\255'"],
] as const) {
  test(`an entry must not return ${what}`, async t => {
    const { engine } = await engineWith(t, { demo: `return function() return ${returns} end` });
    await assert.rejects(engine.call("demo-run"), { code: "SKILL_RESULT", message: /demo-run/ });
    assert.throws(() => engine.callSync("demo-run"), { code: "SKILL_RESULT", message: /demo-run/ });
  });
}

test("a result keeps its size when it is large", async t => {
  const { engine } = await engineWith(t, {
    demo: {
      "skill.yaml": manifest(),
      "runtime/run.lua": "return function() return ('line\\n'):rep(200000) end",
    },
  });
  const { content, contentBytes, contentLines } = await engine.call("demo-run");
  assert.equal(content.length, 1_000_000);
  assert.equal(contentBytes, 1_000_000);
  assert.equal(contentLines, 200_001);
});
