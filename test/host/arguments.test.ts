import assert from "node:assert/strict";
import { test } from "node:test";
import {
  luaType,
  optionalFlag,
  optionalUnsigned,
  requirePath,
  requirePlainText,
  requireTable,
  requireText,
} from "#dist/host/arguments.js";
import { describeFailure } from "#dist/host/fs/failure.js";
import { withoutVerbatimPrefixes } from "#dist/host/path-syntax.js";

/** What a check says about a value: its message, or what it returns. */
function verdict(check: () => unknown): unknown {
  try {
    return check();
  } catch (error) {
    return (error as Error).message;
  }
}

test("text is a string, not blank unless it may be, and is never made of a number", () => {
  const cases: [value: unknown, expected: string][] = [
    ["x", "x"],
    [" x ", " x "],
    ["", "f: p must not be empty"],
    [" \t\n", "f: p must not be empty"],
    [null, "f: p must be a string, got nil"],
    [undefined, "f: p must be a string, got nil"],
    [1, "f: p must be a string, got integer"],
    [1.5, "f: p must be a string, got number"],
    [false, "f: p must be a string, got boolean"],
    [[], "f: p must be a string, got table"],
    [{}, "f: p must be a string, got table"],
  ];
  for (const [value, expected] of cases) {
    assert.equal(
      verdict(() => requireText("f", "p", value)),
      expected,
    );
  }
  assert.equal(requireText("f", "p", " ", { blank: true }), " ");
  assert.equal(
    verdict(() => requirePlainText("f", "p", "a\0")),
    "f: p must not contain NUL bytes",
  );
});

test("a table is an array or an object", () => {
  const array = [1];
  const object = { a: 1 };
  assert.equal(requireTable("f", "p", array), array);
  assert.equal(requireTable("f", "p", object), object);
  for (const [value, word] of [
    [null, "nil"],
    ["x", "string"],
    [3, "integer"],
  ]) {
    assert.equal(
      verdict(() => requireTable("f", "p", value)),
      `f: p must be a table, got ${word}`,
    );
  }
});

test("an unsigned number is nil or a whole number from 0 that is exact", () => {
  for (const [value, expected] of [
    [null, undefined],
    [undefined, undefined],
    [0, 0],
    [2 ** 53 - 1, 2 ** 53 - 1],
  ] as const) {
    assert.equal(optionalUnsigned("f", "p", value), expected);
  }
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, "1", true, [], {}]) {
    assert.equal(
      verdict(() => optionalUnsigned("f", "p", value)),
      "f: p must be a non-negative integer",
    );
  }
});

test("a flag is a boolean member of an optional table", () => {
  for (const [table, expected] of [
    [undefined, undefined],
    [null, undefined],
    [[], undefined],
    [{}, undefined],
    [{ other: 1 }, undefined],
    [{ on: null }, undefined],
    [{ on: false }, false],
    [{ on: true }, true],
    ["x", "f: options must be a table, got string"],
    [{ on: "yes" }, "f: options.on must be a boolean, got string"],
    [{ on: 1 }, "f: options.on must be a boolean, got integer"],
    [{ on: {} }, "f: options.on must be a boolean, got table"],
  ]) {
    assert.equal(
      verdict(() => optionalFlag("f", "options", table, "on")),
      expected,
    );
  }
});

test("the words for types are those of Lua", () => {
  assert.deepEqual([null, undefined, 1, -0, 1.5, "", true, [], {}].map(luaType), [
    "nil",
    "nil",
    "integer",
    "integer",
    "number",
    "string",
    "boolean",
    "table",
    "table",
  ]);
});

test("a path is no text that a Lua object was turned into", () => {
  for (const kind of ["table", "function", "thread", "userdata"]) {
    for (const path of [`${kind}: 0x41`, ` ${kind}: 0x41/x`]) {
      assert.equal(
        verdict(() => requirePath("f", "p", path)),
        "f: p looks like a coerced Lua object string",
      );
    }
  }
  for (const path of ["table: 1", "my table: 0x1", "table:0x1"]) {
    assert.equal(requirePath("f", "p", path, false), path);
  }
});

test("a Windows path is taken in its usual form, and refused when no file system could have it", () => {
  const cases: [path: string, expected: string][] = [
    ["C:\\a\\b", "C:\\a\\b"],
    ["C:/a", "C:/a"],
    ["a b.txt", "a b.txt"],
    ["\\\\server\\share\\x", "\\\\server\\share\\x"],
    ["\\\\?\\C:\\a", "C:\\a"],
    ["\\\\?\\UNC\\server\\share\\a", "\\\\server\\share\\a"],
    ["\\\\?\\unc\\server\\share\\a", "\\\\server\\share\\a"],
  ];
  for (const [path, expected] of cases) assert.equal(requirePath("f", "p", path, true), expected);
  for (const path of [
    "a*",
    "a?b",
    'a"b',
    "a<b",
    "a>b",
    "a|b",
    "a\tb",
    "ab:c",
    "C:\\a:b",
    "\\\\?\\Volume{1}\\a",
  ]) {
    assert.equal(
      verdict(() => requirePath("f", "p", path, true)),
      "f: p contains invalid Windows path syntax",
      path,
    );
    assert.equal(requirePath("f", "p", path, false), path);
  }
});

test("verbatim prefixes do not show in what the system says", () => {
  const cases: [text: string, expected: string][] = [
    ["ENOENT: no such file, open '\\\\?\\C:\\a\\b'", "ENOENT: no such file, open 'C:\\a\\b'"],
    ["rename '\\\\?\\UNC\\s\\h\\a' -> '\\\\?\\D:\\b'", "rename '\\\\s\\h\\a' -> 'D:\\b'"],
    ["nothing of the kind: C:\\a", "nothing of the kind: C:\\a"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(withoutVerbatimPrefixes(text), expected);
    assert.equal(describeFailure(new Error(text)), expected);
  }
  assert.equal(describeFailure("thrown text"), "thrown text");
});
