// What values can be held against, and what a failure says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runLab, testsOf } from "./lab.js";

/** Messages of the failed expectations, one for each line of Lua; "" where it holds. */
async function messages(t: Parameters<typeof runLab>[0], lines: string[]): Promise<string[]> {
  const tests = lines.map((line, at) => `it("${at}", function() ${line} end)`).join("\n");
  return testsOf(await runLab(t, tests)).map(({ failures }) => failures[0]?.message ?? "");
}

test("what holds passes", async t => {
  const lines = [
    "expect({ 1, { a = 'x' } }):to_equal({ 1, { a = 'x' } })",
    "expect(0 / 0):to_equal(0 / 0)",
    "expect(1):to_be(1)",
    "local t = {} expect(t):to_be(t)",
    "expect({}).never:to_be({})",
    "expect(0):to_be_truthy()",
    "expect(false):to_be_falsy()",
    "expect(nil):to_be_falsy()",
    "expect('x'):to_be_a('string')",
    "expect('version 12'):to_match('%d+')",
    "expect('a.b'):to_contain('.')",
    "expect({ 'a', { n = 1 } }):to_contain({ n = 1 })",
    "expect({ 1, 2 }):to_have_length(2)",
    "expect('abc'):to_have_length(3)",
    "expect(0.1 + 0.2):to_be_near(0.3)",
    "expect(10):to_be_near(12, 2)",
    "expect(2):to_be_at_least(2)",
    "expect(2):to_be_at_most(2)",
    "expect(function() error('boom') end):to_raise()",
    "expect(function() error('boom') end):to_raise('oo')",
    "expect(function() end).never:to_raise()",
    "expect(1).never.never:to_be(1)",
    "expect(vulcan.json.null):to_equal(vulcan.json.null)",
    "expect(require('ffi').new('int64_t', 5)):to_equal(require('ffi').new('int64_t', 5))",
    "local a, b = {}, {} a.a, b.a = a, b expect(a):to_equal(b)",
  ];
  assert.deepEqual(
    await messages(t, lines),
    lines.map(() => ""),
  );
});

test("what does not hold says what was expected of what", async t => {
  const cases: [string, string][] = [
    ["expect(1):to_be(2)", "expected 1 to be 2"],
    ["expect(1).never:to_be(1)", "expected 1 not to be 1"],
    ["expect('1'):to_equal(1)", 'expected "1" to equal 1'],
    ["expect({ 1, a = 'x' }):to_equal({ 1 })", 'expected { 1, a = "x" } to equal { 1 }'],
    ["expect({}):to_equal({ 1 })", "expected {} to equal { 1 }"],
    ["expect(nil):to_be_truthy()", "expected nil to be truthy"],
    ["expect(1):to_be_a('string')", "expected 1 to be a string"],
    ["expect('abc'):to_match('%d')", 'expected "abc" to match the pattern "%d"'],
    ["expect('abc'):to_contain('x')", 'expected "abc" to contain "x"'],
    ["expect({ 1 }):to_have_length(2)", "expected { 1 } to have length 2, but it has 1"],
    ["expect(1):to_be_near(2, 0.5)", "expected 1 to be within 0.5 of 2"],
    ["expect(1):to_be_at_least(2)", "expected 1 to be at least 2"],
    [
      "expect(function() end):to_raise('x')",
      'expected <function> to raise an error with "x", but it raised none',
    ],
    [
      "expect(function() error('boom', 0) end):to_raise('x')",
      'expected <function> to raise an error with "x", but it raised "boom"',
    ],
    [
      "expect(function() error('boom', 0) end).never:to_raise()",
      'expected <function> not to raise an error, but it raised "boom"',
    ],
    [
      "expect({ [1] = 1, [3] = 3, ['a b'] = true }):to_be(1)",
      'expected { 1, [3] = 3, ["a b"] = true } to be 1',
    ],
    ["local c = {} c.self = c expect(c):to_be(1)", "expected { self = <cycle> } to be 1"],
    ["expect('tab\\t\"quote\"\\n'):to_be(1)", 'expected "tab\\t\\"quote\\"\\n" to be 1'],
    ["expect('\\255ä'):to_be(1)", 'expected "\\xFF\\xC3\\xA4" to be 1'],
    ["expect(0.1):to_be(1e300)", "expected 0.1 to be 1e+300"],
    ["fail('on purpose')", "on purpose"],
    ["fail()", "fail was called"],
  ];
  assert.deepEqual(
    await messages(
      t,
      cases.map(([line]) => line),
    ),
    cases.map(([, message]) => message),
  );
});

test("misuse says what to write instead", async t => {
  const [dot, unknown, nothing, pattern, length, raise] = await messages(t, [
    "expect(1).to_be(1)",
    "expect(1):toBe(1)",
    "expect():to_be(1)",
    "expect(1):to_match('x')",
    "expect(1):to_have_length(1)",
    "expect(1):to_raise()",
  ]);
  assert.equal(dot, "to_be: write a colon, as in expect(value):to_be(…)");
  assert.match(unknown ?? "", /^expect has no toBe; there are never, to_be, to_be_a, .*to_raise$/);
  assert.equal(nothing, "expect: pass the value");
  assert.equal(pattern, "to_match: the value must be a string, got 1");
  assert.equal(length, "to_have_length: the value must be a table, got 1");
  assert.equal(raise, "to_raise: the value must be a function, got 1");
});

test("an expectation that fails inside of to_raise is no error that was raised", async t => {
  const [message] = await messages(t, ["expect(function() expect(1):to_be(2) end):to_raise()"]);
  assert.equal(message, "expected 1 to be 2");
});

test("tables and texts that differ are compared member by member, line by line", async t => {
  const run = await runLab(
    t,
    `it("table", function() expect({ b = { 1, 2 }, a = "x" }):to_equal({ a = "x", b = { 1 } }) end)
     it("text", function() expect("one\\ntwo"):to_equal("one\\nthree") end)`,
  );
  const [table, text] = testsOf(run).map(({ failures }) => failures[0]);
  assert.equal(table?.expected, '{\n  a = "x",\n  b = {\n    1,\n  },\n}');
  assert.equal(table?.actual, '{\n  a = "x",\n  b = {\n    1,\n    2,\n  },\n}');
  assert.deepEqual([text?.expected, text?.actual], ["one\nthree", "one\ntwo"]);
});
