import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Json, SkillError } from "luaskills";
import { engineWith, writeSkill } from "./skill-tree.js";

function skill(schema: object) {
  return {
    "skill.yaml":
      "name: T\nversion: 1.0.0\nentries:\n" +
      "  - name: run\n    lua_entry: runtime/run.lua\n    lua_module: run\n    input_schema_file: schemas/run.json\n",
    "runtime/run.lua": "return function(args) return vulcan.json.encode(args) end",
    "schemas/run.json": JSON.stringify({ type: "object", ...schema }),
  };
}

async function validating(t: TestContext, schema: object) {
  const { engine, report } = await engineWith(t, { demo: skill(schema) }, { validateArguments: true });
  assert.deepEqual(report.failed, []);
  const check = async (args: unknown): Promise<string | undefined> => {
    let message: string | undefined;
    const refused = (error: unknown) => {
      const { name, code } = error as { name: string; code: string };
      assert.deepEqual([name, code], ["SkillError", "SKILL_ARGUMENTS"]);
      message = (error as Error).message;
      return true;
    };
    try {
      engine.callSync("demo-run", args as Json);
    } catch (error) {
      refused(error);
    }
    const before = message;
    await engine.call("demo-run", args as Json).catch(refused);
    assert.equal(message, before);
    return message;
  };
  return { engine, check };
}

const item = {
  type: "object",
  properties: { name: { type: "string" }, "odd name": { type: "integer" } },
  required: ["name"],
  additionalProperties: false,
};

const cases: [what: string, schema: object, args: unknown, problem: string | undefined][] = [
  ["what fits", { properties: { a: { type: "string" } } }, { a: "x" }, undefined],
  ["what is not described", { properties: { a: { type: "string" } } }, { b: 1 }, undefined],
  ["a wrong type", { properties: { a: { type: "string" } } }, { a: 1 }, "args.a must be string"],
  ["one of several types", { properties: { a: { type: ["string", "null"] } } }, { a: null }, undefined],
  [
    "none of several types",
    { properties: { a: { type: ["string", "null"] } } },
    { a: 1 },
    "args.a must be string,null",
  ],
  [
    "something missing",
    { required: ["a", "odd name"] },
    {},
    'args.a is missing; args["odd name"] is missing',
  ],
  ["no arguments at all", { required: ["a"] }, undefined, "args.a is missing"],
  ["null for no arguments", { required: ["a"] }, null, "args.a is missing"],
  ["no arguments where none are needed", {}, undefined, undefined],
  ["a scalar", {}, 5, "args must be object"],
  ["an array", {}, [1], "args must be object"],
  ["something unknown", { additionalProperties: false }, { b: 1 }, "args.b is not known"],
  ["something nobody evaluated", { unevaluatedProperties: false }, { b: 1 }, "args.b is not known"],
  [
    "several things deep inside",
    { properties: { items: { type: "array", items: item } } },
    { items: [{ name: "x" }, { "odd name": "y", extra: 1 }] },
    'args.items[1].name is missing; args.items[1].extra is not known; args.items[1]["odd name"] must be integer',
  ],
  [
    "a value that is none of a list",
    { properties: { a: { enum: ["x", 1] } } },
    { a: "z" },
    'args.a must be one of ["x",1]',
  ],
  ["another value than the one", { properties: { a: { const: "x" } } }, { a: "z" }, 'args.a must be "x"'],
  ["a number out of range", { properties: { a: { minimum: 3 } } }, { a: 2 }, "args.a must be >= 3"],
  [
    "text that is too long",
    { properties: { a: { maxLength: 2 } } },
    { a: "äöü" },
    "args.a must NOT have more than 2 characters",
  ],
  [
    "text of another pattern",
    { properties: { a: { pattern: "^a+$" } } },
    { a: "b" },
    'args.a must match pattern "^a+$"',
  ],
  [
    "a name of another pattern",
    { propertyNames: { maxLength: 2 } },
    { abc: 1 },
    'args has the name "abc", which must NOT have more than 2 characters',
  ],
  [
    "a companion missing",
    { dependentRequired: { a: ["b"] } },
    { a: 1 },
    "args must have property b when property a is present",
  ],
  [
    "names that need quotes",
    { properties: { "a/b~c": { type: "string" }, "1": { type: "string" } } },
    { "a/b~c": 1, "1": 2 },
    'args[1] must be string; args["a/b~c"] must be string',
  ],
  ["a format, which is a note", { properties: { a: { format: "date" } } }, { a: "today" }, undefined],
  [
    "unknown keywords",
    { properties: { a: { type: "string", "x-note": 5, widget: {} } } },
    { a: "x" },
    undefined,
  ],
  [
    "a definition of its own",
    { properties: { a: { $ref: "#/$defs/small" } }, $defs: { small: { type: "number", maximum: 5 } } },
    { a: 6 },
    "args.a must be <= 5",
  ],
  [
    "a definition by its anchor",
    { properties: { a: { $ref: "#small" } }, $defs: { s: { $anchor: "small", type: "string" } } },
    { a: 6 },
    "args.a must be string",
  ],
];

for (const [what, schema, args, problem] of cases) {
  test(`arguments: ${what}`, async t => {
    const { check } = await validating(t, schema);
    assert.equal(await check(args), problem && `demo-run: ${problem}`);
  });
}

test("many problems are shown in part", async t => {
  const { check } = await validating(t, { properties: { a: { type: "array", items: { type: "string" } } } });
  const message = (await check({ a: Array.from({ length: 30 }, (_, i) => i) })) ?? "";
  assert.match(
    message,
    /^demo-run: args\.a\[0\] must be string; .*args\.a\[19\] must be string; and 10 more$/,
  );
});

const tuples: [dialect: string | undefined, schema: object][] = [
  [undefined, { prefixItems: [{ type: "string" }] }],
  ["https://json-schema.org/draft/2020-12/schema", { prefixItems: [{ type: "string" }] }],
  ["https://json-schema.org/draft/2019-09/schema", { items: [{ type: "string" }] }],
  ["http://json-schema.org/draft-07/schema#", { items: [{ type: "string" }] }],
  ["http://json-schema.org/draft-07/schema", { items: [{ type: "string" }] }],
  ["https://json-schema.org/draft-07/schema#", { items: [{ type: "string" }] }],
  ["http://json-schema.org/draft-06/schema#", { items: [{ type: "string" }] }],
  ["http://json-schema.org/draft-04/schema#", { items: [{ type: "string" }] }],
  ["https://example.com/own-dialect", { prefixItems: [{ type: "string" }] }],
];

for (const [dialect, list] of tuples) {
  test(`a tuple in the words of ${dialect ?? "no dialect"}`, async t => {
    const schema = { properties: { a: { type: "array", ...list } } };
    const { check } = await validating(t, dialect === undefined ? schema : { $schema: dialect, ...schema });
    assert.equal(await check({ a: ["x"] }), undefined);
    assert.equal(await check({ a: [1] }), "demo-run: args.a[0] must be string");
  });
}

test("schemas of two skills may have the same $id, and refer to it", async t => {
  const schema = (type: string) =>
    skill({
      $id: "https://example.com/args",
      properties: { a: { $ref: "#/$defs/a" } },
      $defs: { a: { type } },
    });
  const { engine } = await engineWith(
    t,
    { demo: schema("string"), second: schema("number") },
    { validateArguments: true },
  );
  for (let i = 0; i < 2; i++) {
    await assert.rejects(engine.call("demo-run", { a: 1 }), { message: "demo-run: args.a must be string" });
    await assert.rejects(engine.call("second-run", { a: "x" }), {
      message: "second-run: args.a must be number",
    });
    await engine.reload();
  }
});

test("a reload brings the new schema", async t => {
  const { engine, root } = await engineWith(
    t,
    { demo: skill({ properties: { a: { type: "string" } } }) },
    { validateArguments: true },
  );
  await assert.rejects(engine.call("demo-run", { a: 1 }), { code: "SKILL_ARGUMENTS" });
  writeSkill(root, "demo", skill({ properties: { a: { type: "number" } } }));
  await engine.reload();
  assert.equal((await engine.call("demo-run", { a: 1 })).content, '{"a":1}');
});

test("a parameter list is checked as the schema it stands for", async t => {
  const yaml =
    "name: T\nversion: 1.0.0\nentries:\n  - name: run\n    lua_entry: runtime/run.lua\n    lua_module: run\n    parameters:\n" +
    "      - { name: a, type: string, description: '', required: true }\n" +
    "      - { name: b, type: integer | null, description: '', required: false }\n" +
    "      - { name: c, type: anything at all, description: '', required: false }\n";
  const files = { "skill.yaml": yaml, "runtime/run.lua": "return function() return 'ran' end" };
  const { engine } = await engineWith(t, { demo: files }, { validateArguments: true });
  assert.equal((await engine.call("demo-run", { a: "x", b: null, c: [1] })).content, "ran");
  await assert.rejects(engine.call("demo-run", { b: 1.5 }), {
    message: "demo-run: args.a is missing; args.b must be integer,null",
  });
});

const unusable: [what: string, schema: object, problem: RegExp][] = [
  ["that refers to nowhere", { properties: { a: { $ref: "#/$defs/none" } } }, /can't resolve reference/],
  [
    "that refers to the network",
    { properties: { a: { $ref: "https://example.com/x" } } },
    /can't resolve reference/,
  ],
  ["with a pattern that is none", { properties: { a: { pattern: "(" } } }, /[Ii]nvalid regular expression/],
];

for (const [what, schema, problem] of unusable) {
  test(`a schema ${what} is an error of each call, and of no other skill`, async t => {
    const { engine } = await engineWith(
      t,
      { demo: skill(schema), fine: skill({}) },
      { validateArguments: true },
    );
    assert.ok(engine.has("demo-run"));
    for (let i = 0; i < 2; i++) {
      await assert.rejects(engine.call("demo-run", {}), error => {
        assert.equal((error as { code: string }).code, "SKILL_ARGUMENTS");
        assert.match((error as Error).message, /^demo-run: its input schema cannot be used: /);
        assert.match((error as Error).message, problem);
        return true;
      });
    }
    assert.equal((await engine.call("fine-run", {})).content, "[]");
  });
}

test("nothing is checked unless the host asks for it", async t => {
  const { engine } = await engineWith(t, { demo: skill({ required: ["a"] }) });
  assert.equal((await engine.call("demo-run", { b: 1 })).content, '{"b":1}');
});

test("nested calls are the skill's own affair", async t => {
  const { engine } = await engineWith(
    t,
    { demo: skill({ required: ["a"] }), outer: "return function() return vulcan.call('demo-run', {}) end" },
    { validateArguments: true },
  );
  assert.equal((await engine.call("outer-run")).content, "[]");
});

test("arguments are checked before any code runs", async t => {
  const { engine, root } = await engineWith(
    t,
    { demo: skill({ required: ["a"] }) },
    { validateArguments: true },
  );
  const file = join(root, "ran");
  writeFileSync(file, "");
  await assert.rejects(engine.call("demo-run", {}), { code: "SKILL_ARGUMENTS" });
  assert.equal(engine.stats().calls.completed + engine.stats().calls.failed, 0);
  assert.equal(readFileSync(file, "utf8"), "");
});

test("the error of wrong arguments has each problem with its place", async t => {
  const { engine } = await validating(t, {
    properties: { list: { type: "array", items: item }, "a/b": { type: "string" } },
    required: ["who"],
  });
  const args = { list: [{ name: "x" }, { "odd name": 1.5 }], "a/b": 1 };
  await assert.rejects(engine.call("demo-run", args), (error: SkillError) => {
    assert.deepEqual(
      [...(error.problems ?? [])].sort((a, b) => a.pointer.localeCompare(b.pointer)),
      [
        { pointer: "/a~1b", message: "must be string" },
        { pointer: "/list/1/name", message: "is missing" },
        { pointer: "/list/1/odd name", message: "must be integer" },
        { pointer: "/who", message: "is missing" },
      ],
    );
    return true;
  });
});

test("errors that are not about arguments have no problems", async t => {
  const { engine } = await validating(t, {});
  await assert.rejects(engine.call("no-such-entry"), (error: SkillError) => !("problems" in error));
});
