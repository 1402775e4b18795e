import assert from "node:assert/strict";
import { test } from "node:test";
import { lineCount, partEnd, partStarts } from "#dist/mcp/split-text.js";

function parts(text: string, bytes: number, lines = 1_000): string[] {
  const buffer = Buffer.from(text);
  const starts = partStarts(buffer, { bytes, lines });
  return starts.map((start, index) => buffer.subarray(start, starts[index + 1]).toString());
}

test("a text is divided at the ends of its lines", () => {
  assert.deepEqual(parts("one\ntwo\nthree\n", 8), ["one\ntwo\n", "three\n"]);
  assert.deepEqual(parts("one\ntwo\nthree", 9), ["one\ntwo\n", "three"]);
  assert.deepEqual(parts("one\ntwo\nthree", 100), ["one\ntwo\nthree"]);
});

test("a part has no more lines than allowed", () => {
  assert.deepEqual(parts("1\n2\n3\n4\n5", 100, 2), ["1\n2\n", "3\n4\n", "5"]);
  assert.deepEqual(parts("1\n2\n", 100, 2), ["1\n2\n"]);
});

test("a line that is too long itself is divided between characters", () => {
  assert.deepEqual(parts("abcdefgh\nij", 3), ["abc", "def", "gh\n", "ij"]);
  assert.deepEqual(parts("äöü€😀", 5), ["äö", "ü€", "😀"]);
});

test("a character that is larger than a part is taken whole", () => {
  assert.deepEqual(parts("😀😀", 1), ["😀", "😀"]);
});

test("nothing is lost or said twice, whatever the limits", () => {
  const text = "first line\n\nänother one with ümlauts\n😀\r\nlast line without end".repeat(7);
  for (let bytes = 1; bytes < 60; bytes++) {
    for (const lines of [1, 2, 5]) assert.equal(parts(text, bytes, lines).join(""), text);
  }
  assert.deepEqual(parts("", 5), []);
});

test("a part never passes the end of the text", () => {
  assert.equal(partEnd(Buffer.from("abc"), 2, { bytes: 10, lines: 10 }), 3);
});

test("lines are counted with the unfinished one", () => {
  assert.deepEqual(
    ["", "a", "a\n", "a\nb", "\n\n"].map(text => lineCount(Buffer.from(text))),
    [0, 1, 1, 2, 2],
  );
});
