import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExactJson } from "#dist/databases/lancedb/exact-json.js";

/** The value, with a bigint for each long integer. */
function parse(text: string): unknown {
  const { value, integerOf } = parseExactJson(text);
  const restore = (part: unknown): unknown => {
    const integer = integerOf(part);
    if (integer !== undefined) return integer;
    if (Array.isArray(part)) return part.map(restore);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, restore(member)]));
  };
  return restore(value);
}

test("integers of 16 digits and more are exact, other numbers are numbers", () => {
  const cases: [text: string, value: unknown][] = [
    ["123456789012345", 123456789012345],
    ["1234567890123456", 1234567890123456n],
    ["-1234567890123456", -1234567890123456n],
    ["18446744073709551615", 18446744073709551615n],
    ["[-9223372036854775808,9223372036854775807]", [-9223372036854775808n, 9223372036854775807n]],
    [
      '{"a" : 9007199254740993 , "b":[1,{"c":-9007199254740993}]}',
      { a: 9007199254740993n, b: [1, { c: -9007199254740993n }] },
    ],
    ["0.1234567890123456789", 0.12345678901234568],
    ["[-0.30000000000000004,12345678901234567890]", [-0.30000000000000004, 12345678901234567890n]],
    ["1234567890123456789.5", 1234567890123456800],
    ["1234567890123456789e2", 123456789012345680000],
    ["1234567890123456789E-2", 12345678901234568],
    ["1e0000000000000000010", 1e10],
    ["1e-0000000000000000010", 1e-10],
    ["0", 0],
    ["null", null],
  ];
  for (const [text, value] of cases) assert.deepEqual(parse(text), value, text);
});

test("digits in texts and keys stay texts, whatever stands around them", () => {
  const long = 12345678901234567890n;
  const cases: [text: string, value: unknown][] = [
    [`["12345678901234567890"]`, [`${long}`]],
    [String.raw`["a\" : 12345678901234567890", 12345678901234567890]`, [`a" : ${long}`, long]],
    [String.raw`["\\", 12345678901234567890, "\\\"", 12345678901234567890]`, ["\\", long, '\\"', long]],
    [
      String.raw`{"12345678901234567890":"-12345678901234567890 \\","x":12345678901234567890}`,
      { [`${long}`]: `-${long} \\`, x: long },
    ],
    [String.raw`["ends with \\\\", "\"", "", 12345678901234567890]`, ["ends with \\\\", '"', "", long]],
  ];
  for (const [text, value] of cases) assert.deepEqual(parse(text), value, text);
});

test("what is no JSON is none with long integers in it either", () => {
  for (const text of [
    "",
    "[12345678901234567890",
    "01234567890123456789",
    "[12345678901234567890,]",
    '"12345678901234567890',
    "12345678901234567890x",
    "+12345678901234567890",
  ]) {
    assert.throws(() => parseExactJson(text), SyntaxError, text);
  }
});
