import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "@lancedb/lancedb";
import { column, isThere, lanceBench, locationKinds, vectorColumn } from "./bench.js";

/** What LanceDB itself reads in the folder. */
async function fieldsOf(folder: string, table: string): Promise<string[]> {
  const { fields } = await (await (await connect(folder)).openTable(table)).schema();
  return fields.map(({ name, type, nullable }) => `${name} ${type}${nullable ? "" : " not null"}`);
}

const types: [spelling: string, arrow: string][] = [
  ["string", "Utf8"],
  ["int64", "Int64"],
  ["int32", "Int32"],
  ["uint64", "Uint64"],
  ["uint32", "Uint32"],
  ["float64", "Float64"],
  ["float32", "Float32"],
  ["bool", "Bool"],
  ["boolean", "Bool"],
  [" Boolean\t", "Bool"],
  ["STRING", "Utf8"],
];

for (const [kind, uriOf] of Object.entries(locationKinds)) {
  test(`create_table makes every type of column, nullable unless it says otherwise (${kind})`, async t => {
    const { run, folder } = lanceBench(t, uriOf);
    const columns = [
      ...types.map(([spelling], index) => column(`c${index}`, spelling, { nullable: index % 2 === 0 })),
      column("plain", "string"),
      vectorColumn("v", 3),
      column("w", " Vector-Float32", { vector_dim: 1, nullable: false, vector_dims: 9 }),
    ];
    const { meta, body } = await run("create_table", { table_name: " all ", columns, more: 1 });
    assert.deepEqual(meta, { success: true, message: "table 'all' is ready" });
    assert.equal(body, undefined);
    assert.deepEqual(await fieldsOf(folder, "all"), [
      ...types.map(([, arrow], index) => `c${index} ${arrow}${index % 2 === 0 ? "" : " not null"}`),
      "plain Utf8",
      "v FixedSizeList[3]<Float32>",
      "w FixedSizeList[1]<Float32> not null",
    ]);
  });

  test(`a table that exists is replaced only on request, with its schema and its rows (${kind})`, async t => {
    const { run, fails, search, folder } = lanceBench(t, uriOf);
    const table = { table_name: "notes" };
    await run("create_table", { ...table, columns: [vectorColumn("v", 2)] });
    await run("vector_upsert", table, '[{"v":[1,2]}]');

    const again = { ...table, columns: [vectorColumn("other", 1)] };
    for (const input of [again, { ...again, overwrite_if_exists: false }]) {
      assert.equal(await fails("create_table", input), "lancedb.create_table: table 'notes' already exists");
    }
    assert.equal((await search({ ...table, vector: [1, 2] })).rows.length, 1);

    await run("create_table", { ...again, overwrite_if_exists: true });
    assert.deepEqual(await fieldsOf(folder, "notes"), ["other FixedSizeList[1]<Float32>"]);
    assert.deepEqual((await search({ ...table, vector: [1] })).rows, []);
  });

  test(`only the first table makes the folder, which has exactly the name it was given (${kind})`, async t => {
    const { run, fails, folder } = lanceBench(t, uriOf);
    const missing = (action: string) => `lancedb.${action}: table 'notes' was not found`;
    const table = { table_name: "notes" };
    assert.equal(await fails("vector_search", { ...table, vector: [1] }), missing("vector_search"));
    assert.equal(await fails("delete", { ...table, condition: "true" }), missing("delete"));
    assert.equal(await fails("drop_table", table), missing("drop_table"));
    assert.equal(await fails("vector_upsert", table, "[]"), missing("vector_upsert"));
    assert.equal(isThere(folder), false);
    await run("create_table", { ...table, columns: [column("a", "bool")] });
    assert.equal(isThere(`${folder}/notes.lance`), true);
  });
}

const columnCases: [what: string, column: unknown, problem: string][] = [
  ["no table", "id", 'columns[0] must be a table, got "id"'],
  ["an array", ["id"], "columns[0] must be a table, got an array"],
  ["no name", { column_type: "bool" }, "columns[0].name must be a non-blank string, got nil"],
  ["a blank name", column(" ", "bool"), 'columns[0].name must be a non-blank string, got " "'],
  ["a number as name", { name: 1, column_type: "bool" }, "columns[0].name must be a non-blank string, got 1"],
  [
    "a dot in the name",
    column("a.b", "bool"),
    "columns[0].name must not contain '.', '\"', '`' or NUL, got \"a.b\"",
  ],
  [
    "quotes in the name",
    column('a"b', "bool"),
    "columns[0].name must not contain '.', '\"', '`' or NUL, got \"a\\\"b\"",
  ],
  [
    "a name of LanceDB",
    column("_distance", "float32"),
    'columns[0].name is a name that LanceDB uses itself, got "_distance"',
  ],
  ["no type", { name: "a" }, "columns[0].column_type must be a string, got nil"],
  ["an empty type", column("a", " "), 'columns[0].column_type must name a type, got " "'],
  [
    "the type unspecified",
    column("a", "Unspecified"),
    'columns[0].column_type must name a type, got "Unspecified"',
  ],
  [
    "an unknown type",
    column("a", "int16"),
    "columns[0].column_type must be one of string, int64, int32, uint64, uint32, float64, float32, bool, boolean, " +
      'vector_float32, vector-float32, got "int16"',
  ],
  [
    "a vector without length",
    column("v", "vector_float32"),
    "columns[0].vector_dim must be an integer from 1 to 65536, got nil",
  ],
  [
    "a vector of length 0",
    vectorColumn("v", 0),
    "columns[0].vector_dim must be an integer from 1 to 65536, got 0",
  ],
  [
    "a vector that is too long",
    vectorColumn("v", 65_537),
    "columns[0].vector_dim must be an integer from 1 to 65536, got 65537",
  ],
  [
    "a broken length",
    vectorColumn("v", 1.5),
    "columns[0].vector_dim must be an integer from 0 to 4294967295, got 1.5",
  ],
  [
    "a length as text",
    column("v", "vector_float32", { vector_dim: "3" }),
    'columns[0].vector_dim must be an integer from 0 to 4294967295, got "3"',
  ],
  [
    "nullable as number",
    column("a", "bool", { nullable: 1 }),
    "columns[0].nullable must be a boolean, got 1",
  ],
  [
    "nullable as null",
    column("a", "bool", { nullable: null }),
    "columns[0].nullable must be a boolean, got null",
  ],
];

const inputCases: [what: string, input: object, problem: string][] = [
  ["no table name", {}, "table_name must be a non-blank string, got nil"],
  ["a blank table name", { table_name: "\n" }, 'table_name must be a non-blank string, got "\\n"'],
  ["a table as name", { table_name: {} }, "table_name must be a non-blank string, got an object"],
  [
    "a path as name",
    { table_name: "../x" },
    "table_name may hold only letters, digits, '_', '-' and '.', got \"../x\"",
  ],
  [
    "a name with an umlaut",
    { table_name: "ü" },
    "table_name may hold only letters, digits, '_', '-' and '.', got \"ü\"",
  ],
  [
    "a very long name",
    { table_name: "n".repeat(201) },
    `table_name may have at most 200 characters, got "${"n".repeat(59)}…`,
  ],
  ["no columns", { table_name: "t" }, "columns must be an array, got nil"],
  ["an empty list", { table_name: "t", columns: [] }, "columns must not be empty"],
  ["an empty Lua table", { table_name: "t", columns: {} }, "columns must not be empty"],
  [
    "an object as columns",
    { table_name: "t", columns: { id: "bool" } },
    "columns must be an array, got an object",
  ],
  [
    "the same name twice",
    { table_name: "t", columns: [column("a", "bool"), column("a", "string")] },
    "columns has the name 'a' twice",
  ],
  [
    "overwrite as text",
    { table_name: "t", columns: [column("a", "bool")], overwrite_if_exists: "yes" },
    'overwrite_if_exists must be a boolean, got "yes"',
  ],
  ["an array as input", ["t"], "table_name must be a non-blank string, got nil"],
];

test("create_table refuses what is wrong by the name of the field, and makes nothing", async t => {
  const { fails, folder } = lanceBench(t);
  const all = [
    ...inputCases,
    ...columnCases.map(([what, wrong, problem]): [string, object, string] => [
      what,
      { table_name: "t", columns: [wrong] },
      problem,
    ]),
  ];
  for (const [what, input, problem] of all) {
    assert.equal(await fails("create_table", input), `lancedb.create_table: ${problem}`, what);
  }
  assert.equal(isThere(folder), false);
});

test("columns may have the names of what every object inherits, of keywords, and with blanks", async t => {
  const { run, search } = lanceBench(t);
  const names = ["__proto__", "constructor", "toString", "select", "two words", "ü", "A", "a"];
  await run("create_table", {
    table_name: "odd",
    columns: [...names.map(name => column(name, "int32")), vectorColumn("v", 1)],
  });
  const row = `{${names.map((name, index) => `${JSON.stringify(name)}:${index}`)},"v":[0]}`;
  await run("vector_upsert", { table_name: "odd", key_columns: ["two words", "A"] }, `[${row}]`);
  await run("vector_upsert", { table_name: "odd" }, '[{"v":[2]}]');
  const { text } = await search({ table_name: "odd", vector: [0] });
  const empty = `{${names.map(name => `${JSON.stringify(name)}:null`)},"v":[2],"_distance":4}`;
  assert.equal(text, `[${row.slice(0, -1)},"_distance":0},${empty}]`);
});
