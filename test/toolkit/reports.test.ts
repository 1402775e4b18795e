// The forms in which results are written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffLines } from "#dist/toolkit/testing/diff.js";
import { junitReport } from "#dist/toolkit/testing/junit-report.js";
import { type RunResult, summarise } from "#dist/toolkit/testing/results.js";
import { tapReport } from "#dist/toolkit/testing/tap-report.js";
import { TextReport } from "#dist/toolkit/testing/text-report.js";

const run: RunResult = summarise(
  "lab",
  [
    {
      file: "tests/a.lua",
      failure: undefined,
      durationMs: 1500,
      tests: [
        {
          file: "tests/a.lua",
          path: ["adding", "works"],
          line: 2,
          status: "passed",
          durationMs: 12,
          failures: [],
          output: ["said"],
        },
        {
          file: "tests/a.lua",
          path: ["adding", 'breaks #1 <&"'],
          line: 5,
          status: "failed",
          durationMs: 250,
          failures: [
            {
              message: "expected { 1 } to equal { 2 }",
              expected: "{\n  2,\n}",
              actual: "{\n  1,\n}",
              at: { file: "tests/a.lua", line: 6 },
              traceback: "tests/a.lua:6: in function <tests/a.lua:5>\ntests/a.lua:9: in main chunk",
            },
          ],
          output: ["bell \u0007"],
        },
        {
          file: "tests/a.lua",
          path: ["later"],
          line: 9,
          status: "skipped",
          durationMs: 0,
          failures: [],
          output: [],
        },
      ],
    },
    {
      file: "tests/b.lua",
      failure: { message: "tests/b.lua:1: 'end' expected" },
      durationMs: 3,
      tests: [],
    },
  ],
  1503,
);

function textOf(options: { colors?: boolean; verbose?: boolean }): string {
  let text = "";
  const mark = (name: string) => (inner: string) => (options.colors ? `<${name}>${inner}</${name}>` : inner);
  const report = new TextReport({
    write: part => {
      text += part;
    },
    style: { green: mark("green"), red: mark("red"), yellow: mark("yellow"), dim: mark("dim") },
    verbose: options.verbose ?? false,
  });
  for (const file of run.files) {
    report.file(file.file);
    for (const result of file.tests) report.test(result);
    report.fileEnd(file);
  }
  report.end(run);
  return text;
}

test("people see groups, differences, places, and what failed once more at the end", () => {
  assert.equal(
    textOf({}),
    `tests/a.lua
  adding
    ✓ works
    ✗ breaks #1 <&"
        expected { 1 } to equal { 2 }
        - expected, + actual
          {
        -   2,
        +   1,
          }
        at tests/a.lua:6
          tests/a.lua:6: in function <tests/a.lua:5>
          tests/a.lua:9: in main chunk
        output:
          bell \u0007
  - later
tests/b.lua
  tests/b.lua:1: 'end' expected

Failed:
  tests/a.lua:5 adding › breaks #1 <&"

Not run: tests/b.lua

1 passed, 1 failed, 1 skipped in 1.50 s
`,
  );
});

test("output of tests that pass is shown when it is asked for, and colours where they are taken", () => {
  assert.match(textOf({ verbose: true }), /✓ works \(12 ms\)\n +output:\n +said/);
  assert.match(textOf({ colors: true }), /<green>✓<\/green> works/);
  assert.match(textOf({ colors: true }), /<red>- {3}2,<\/red>|<green>- {3}2,<\/green>/);
});

test("TAP numbers every test, escapes directives and has the details", () => {
  assert.equal(
    tapReport(run),
    `TAP version 13
1..4
ok 1 - tests/a.lua › adding › works
not ok 2 - tests/a.lua › adding › breaks \\#1 <&"
  ---
  at: "tests/a.lua:6"
  message: |-
    expected { 1 } to equal { 2 }
    - expected, + actual
      {
    -   2,
    +   1,
      }
    at tests/a.lua:6
      tests/a.lua:6: in function <tests/a.lua:5>
      tests/a.lua:9: in main chunk
  ...
ok 3 - tests/a.lua › later # SKIP
not ok 4 - tests/b.lua
  ---
  message: |-
    tests/b.lua:1: 'end' expected
  ...
`,
  );
});

test("JUnit XML has a suite for each file, and nothing that XML cannot hold", () => {
  const xml = junitReport(run);
  assert.match(
    xml,
    /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="lab" tests="4" failures="1" errors="1" skipped="1" time="1\.503">/,
  );
  assert.match(
    xml,
    /<testsuite name="tests\/a\.lua" tests="3" failures="1" errors="0" skipped="1" time="1\.500">/,
  );
  assert.match(
    xml,
    /<testcase classname="lab\.tests\/a\.lua" name="adding › breaks #1 &lt;&amp;&quot;" file="tests\/a\.lua" line="5" time="0\.250">/,
  );
  assert.match(xml, /<failure message="expected { 1 } to equal { 2 }">/);
  assert.match(xml, /<skipped\/>/);
  assert.match(xml, /<error message="tests\/b\.lua:1: 'end' expected">/);
  assert.match(xml, /<system-out>bell \ufffd<\/system-out>/);
  const open = [...xml.matchAll(/<([\w-]+)(?: [^>]*[^/])?>/g)].map(([, name]) => name);
  const closed = [...xml.matchAll(/<\/([\w-]+)>/g)].map(([, name]) => name);
  assert.deepEqual(open.sort(), closed.sort());
});

test("a comparison keeps what both have, near what differs", () => {
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => `line ${from + at}`);
  const expected = [...lines(0, 10), "old", ...lines(10, 20)].join("\n");
  const actual = [...lines(0, 10), "new", "newer", ...lines(10, 20)].join("\n");
  const shown = diffLines(expected, actual).map(({ side, text }) => `${side[0]} ${text}`);
  assert.deepEqual(shown, [
    "b …",
    "b line 7",
    "b line 8",
    "b line 9",
    "e old",
    "a new",
    "a newer",
    "b line 10",
    "b line 11",
    "b line 12",
    "b …",
  ]);
});

test("texts of thousands of lines that all differ are compared without comparing each with each", () => {
  const lines = (prefix: string) => Array.from({ length: 5_000 }, (_, at) => `${prefix} ${at}`).join("\n");
  const shown = diffLines(lines("a"), lines("b"));
  assert.equal(shown.length, 10_000);
});
