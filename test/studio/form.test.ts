// What the form of the studio makes of schemas and of what is typed: no browser is needed for that.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "luaskills";
import { type Draft, draftFrom, emptyDraft, readDraft } from "#dist/studio/form/draft.js";
import { type Field, FormSchema } from "#dist/studio/form/field.js";

function fieldOf(schema: Json, root: Json = {}): Field {
  return new FormSchema(root).field(schema);
}

const kinds: [schema: Json, kind: Field["kind"], what: string][] = [
  [{ type: "string" }, "text", "a string"],
  [{ type: ["string", "null"] }, "text", "a string or null"],
  [{ type: "integer" }, "number", "an integer"],
  [{ type: "number" }, "number", "a number"],
  [{ type: "boolean" }, "boolean", "a boolean"],
  [{ enum: ["a", 1, null] }, "choice", "an enumeration"],
  [{ oneOf: [{ const: 1, title: "one" }, { const: 2 }] }, "choice", "a union of constants"],
  [{ const: "x" }, "fixed", "a constant"],
  [{ type: "object", properties: { a: {} } }, "object", "an object with properties"],
  [{ properties: { a: {} } }, "object", "properties without a type"],
  [{ type: "array", items: { type: "string" } }, "list", "an array"],
  [{ items: { type: "string" } }, "list", "items without a type"],
  [{ type: "object" }, "json", "an object of anything"],
  [{ type: "object", additionalProperties: { type: "string" } }, "json", "a map"],
  [{ type: "array" }, "json", "an array of anything"],
  [{ type: "array", items: true }, "json", "an array whose items may be anything"],
  [{ type: "array", items: { type: "string" }, prefixItems: [{}] }, "json", "a tuple"],
  [{ type: ["string", "integer"] }, "json", "one of several types"],
  [{ anyOf: [{ type: "string" }, { type: "object" }] }, "json", "a union"],
  [{}, "json", "an empty schema"],
  [true, "json", "a schema that is true"],
  [{ type: "stringy" }, "json", "a type that nobody knows"],
];

for (const [schema, kind, what] of kinds) {
  test(`${what} is shown as ${kind}`, () => assert.equal(fieldOf(schema).kind, kind));
}

test("limits and defaults are said in words", () => {
  const hints = (schema: Json) => fieldOf(schema).hints;
  assert.deepEqual(hints({ type: "integer", minimum: 1, maximum: 5, default: 2 }), ["1 to 5", "default 2"]);
  assert.deepEqual(hints({ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }), [
    "more than 0",
    "less than 1",
  ]);
  assert.deepEqual(hints({ type: "string", minLength: 2, pattern: "^a", format: "date" }), [
    "length at least 2",
    "matches ^a",
    "date",
  ]);
  assert.deepEqual(hints({ type: "array", items: {}, maxItems: 3 }), ["length at most 3"]);
});

test("choices that look alike are told apart", () => {
  const field = fieldOf({ enum: ["1", 1, "true", true, "plain", ""] });
  assert.ok(field.kind === "choice");
  assert.deepEqual(
    field.choices.map(({ label }) => label),
    ['"1"', "1", '"true"', "true", "plain", '""'],
  );
});

test("references inside the schema are followed, with what stands beside them", () => {
  const root = {
    $defs: { "a/b": { type: "integer", description: "theirs" } },
    type: "object",
    properties: { x: { $ref: "#/$defs/a~1b", description: "ours" } },
  };
  const field = fieldOf(root.properties.x, root);
  assert.deepEqual([field.kind, field.description], ["number", "ours"]);
});

for (const reference of ["#/$defs/none", "#/properties/self", "https://example.org/schema", "#/%ZZ"]) {
  test(`a reference to ${reference}, which leads nowhere, is edited as JSON`, () => {
    const root = { properties: { self: { $ref: "#/properties/self" } } };
    assert.equal(fieldOf({ $ref: reference }, root).kind, "json");
  });
}

const trip = {
  type: "object",
  required: ["title", "where", "stops", "version"],
  properties: {
    title: { type: "string" },
    days: { type: "integer" },
    loud: { type: "boolean" },
    pace: { enum: ["slow", "fast"] },
    version: { const: 2 },
    where: { type: "object", required: ["city"], properties: { city: { type: "string" } } },
    extra: { type: "object", properties: { note: { type: "string" } } },
    stops: {
      type: "array",
      items: { type: "object", properties: { place: { type: "string" }, nights: { type: "number" } } },
    },
    tags: { type: "array", items: { type: "string" } },
    free: {},
    constructor: { type: "string" },
  },
};

function read(draft: Draft, schema: Json = trip) {
  const form = new FormSchema(schema);
  return readDraft(form, form.rootField(), draft);
}

test("before anything is typed, required objects, lists and constants are there", () => {
  const form = new FormSchema(trip);
  const empty = emptyDraft(form, form.rootField());
  assert.deepEqual(read(empty), { value: { version: 2, where: {}, stops: [] }, problems: [] });
});

test("a schema that demands itself makes a form that ends", () => {
  const schema = { type: "object", required: ["inner"], properties: { inner: { $ref: "#" } } };
  const form = new FormSchema(schema);
  const empty = emptyDraft(form, form.rootField());
  assert.match(JSON.stringify(empty), /^(\{"inner":){3,20}\{\}/);
});

test("what is typed becomes arguments of the right types", () => {
  const draft = {
    title: "Coast",
    days: " 7 ",
    loud: false,
    pace: 1,
    version: true,
    where: { city: "Porto" },
    extra: { note: "n" },
    stops: [{ place: "A", nights: "1.5e1" }, {}],
    tags: ["x", undefined],
    free: '{"a": [1, null]}',
    constructor: "named like a method",
  };
  assert.deepEqual(read(draft), {
    value: {
      title: "Coast",
      days: 7,
      loud: false,
      pace: "fast",
      version: 2,
      where: { city: "Porto" },
      extra: { note: "n" },
      stops: [{ place: "A", nights: 15 }, {}],
      tags: ["x", ""],
      free: { a: [1, null] },
      constructor: "named like a method",
    },
    problems: [],
  });
});

test("what is left empty is left out", () => {
  assert.deepEqual(read({ title: "", days: "  ", free: " ", tags: undefined }).value, {});
});

test("what cannot be read is named with its place", () => {
  const { problems } = read({
    days: "seven",
    free: "{",
    stops: [{}, { nights: "0x10" }],
  });
  assert.deepEqual(
    problems.map(({ pointer, message }) => [pointer, message.slice(0, 16)]),
    [
      ["/days", "must be a number"],
      ["/stops/1/nights", "must be a number"],
      ["/free", "is not JSON: Exp"],
    ],
  );
});

test("an item of a list that must be there and is empty is named", () => {
  const schema = { properties: { "a/b": { type: "array", items: { type: "number" } } } };
  assert.deepEqual(read({ "a/b": ["1", ""] }, schema).problems, [
    { pointer: "/a~1b/1", message: "is missing" },
  ]);
});

test("arguments go into the form and come back as they were", () => {
  const form = new FormSchema(trip);
  const args = {
    title: "Coast",
    days: -3,
    loud: true,
    pace: "slow",
    version: 2,
    where: {},
    stops: [{ place: "A" }, { nights: 0.5 }],
    tags: ["", "x"],
    free: null,
  };
  const draft = draftFrom(form, form.rootField(), args);
  assert.deepEqual(readDraft(form, form.rootField(), draft), { value: args, problems: [] });
});

const unshown: [what: string, args: Json][] = [
  ["a property that the schema does not name", { title: "x", other: 1 }],
  ["a value of another type", { days: "7" }],
  ["a value that is no choice", { pace: "medium" }],
  ["the empty text", { title: "" }],
  ["null where text belongs", { title: null }],
  ["a number in a list of objects", { stops: [1] }],
  ["a list instead of an object", [1, 2]],
];

for (const [what, args] of unshown) {
  test(`a form does not take ${what}, which it could not give back`, () => {
    const form = new FormSchema(trip);
    assert.equal(draftFrom(form, form.rootField(), args), undefined);
  });
}
