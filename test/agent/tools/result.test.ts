// What the model reads of a result.

import assert from "node:assert/strict";
import { test } from "node:test";
import { contentForModel, toResult } from "#dist/agent/tools/result.js";

test("T28: the notes of a result are there once, and the text comes first", () => {
  const text = contentForModel({ forModel: "drawn", handled: true }, ["[image:/a.png]", "[file:/b.txt]"]);
  assert.ok(text.startsWith("drawn\n\n"));
  assert.equal(text.match(/already been delivered/g)?.length, 1);
  assert.equal(text.match(/Local artifact paths: \[image:\/a\.png\] \[file:\/b\.txt\]/g)?.length, 1);
  // Reading it again adds nothing: the notes are no part of the result.
  assert.equal(
    contentForModel({ forModel: "drawn", handled: true }, ["[image:/a.png]", "[file:/b.txt]"]),
    text,
  );
});

test("T28: a result is plain data: what it becomes as JSON is what it is", () => {
  const result = toResult({ forModel: "x", isError: true, errorCode: "E", media: ["a"] }, "tool");
  assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
});

test("results of the wrong shape become errors that say what is wrong", () => {
  const problem = (value: unknown) => toResult(value, 'tool "x"').forModel;
  assert.equal(problem(null), 'tool "x" returned nothing instead of a result');
  assert.equal(problem([]), 'tool "x" returned an array instead of a result');
  assert.equal(problem(7), 'tool "x" returned number instead of a result');
  assert.equal(problem({}), 'tool "x" returned a broken result: forModel must be a string, got undefined');
  assert.match(problem({ forModel: "", silent: 1 }), /silent must be true or false, got number/);
  assert.match(problem({ forModel: "", media: "a" }), /media must be an array of references/);
});
