import assert from "node:assert/strict";
import { test } from "node:test";
import { column, type LanceBench, lanceBench, locationKinds, vectorColumn } from "./bench.js";

const everything = {
  table_name: "all",
  columns: [
    column("s", "string"),
    column("i64", "int64"),
    column("i32", "int32"),
    column("u64", "uint64"),
    column("u32", "uint32"),
    column("f64", "float64"),
    column("f32", "float32"),
    column("b", "bool"),
    vectorColumn("w", 2),
    vectorColumn("v", 1, { nullable: false }),
  ],
};

async function written(bench: LanceBench, rows: string, more: object = {}): Promise<string> {
  await bench.run("create_table", everything);
  await bench.run("vector_upsert", { table_name: "all", ...more }, rows);
  const { text } = await bench.search({ table_name: "all", vector: [0], limit: 100 });
  return text;
}

for (const [kind, uriOf] of Object.entries(locationKinds)) {
  test(`values come back as they went in, 64-bit integers to the last digit (${kind})`, async t => {
    const rows = [
      '{"s":"größe \\"\\\\ 🎉\\n","i64":9223372036854775807,"i32":2147483647,"u64":18446744073709551615,"u32":4294967295,' +
        '"f64":1.7976931348623157e+308,"f32":0.5,"b":true,"w":[1,-2],"v":[0]}',
      '{"s":"","i64":-9223372036854775808,"i32":-2147483648,"u64":0,"u32":0,"f64":-0.1,"f32":-3,"b":false,"w":[0,0],"v":[1]}',
      '{"s":"1234567890123456789","i64":9007199254740993,"i32":0,"u64":9007199254740993,"u32":7,"f64":12345678901234567000,' +
        '"f32":16777216,"b":true,"w":[0.5,0.25],"v":[2]}',
    ];
    const text = await written(lanceBench(t, uriOf), `[${rows.join(", ")}]`);
    const found = rows.map((row, index) => `${row.slice(0, -1)},"_distance":${index * index}}`);
    assert.equal(text, `[${found.join(",")}]`);
  });
}

test("null and an absent key are null in every type of column; keys that are no column are ignored", async t => {
  const rows = `[{"v":[0],"zzz":{"a":[1]}}, {"v":[1],${everything.columns
    .map(col => (col as { name: string }).name)
    .filter(name => name !== "v")
    .map(name => `"${name}":null`)}}]`;
  const nulls =
    '{"s":null,"i64":null,"i32":null,"u64":null,"u32":null,"f64":null,"f32":null,"b":null,"w":null';
  assert.equal(
    await written(lanceBench(t), rows),
    `[${nulls},"v":[0],"_distance":0},${nulls},"v":[1],"_distance":1}]`,
  );
});

test("single precision is widened with all its digits; whole floats are integers", async t => {
  const text = await written(
    lanceBench(t),
    '[{"f32":0.1,"f64":0.1,"w":[0.1,1e-3],"v":[0],"i64":5.0,"i32":1e3}]',
  );
  assert.equal(
    text,
    '[{"s":null,"i64":5,"i32":1000,"u64":null,"u32":null,"f64":0.1,"f32":0.10000000149011612,"b":null,' +
      '"w":[0.10000000149011612,0.0010000000474974513],"v":[0],"_distance":0}]',
  );
});

test("rows that share halves of a character keep to themselves", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", everything);
  await bench.run(
    "vector_upsert",
    { table_name: "all" },
    '[{"s":"a\\ud83d","v":[0]},{"s":"\\ude00b","v":[1]}]',
  );
  const { rows } = await bench.search({ table_name: "all", vector: [0] });
  assert.deepEqual(
    rows.map(({ s }) => s),
    ["a\ufffd", "\ufffdb"],
  );
});

const badRows: [rows: string, problem: string][] = [
  ["{", "rows must be a JSON array of objects: "],
  ['{"v":[1]}', "rows must be an array of objects, got an object"],
  ['"x"', 'rows must be an array of objects, got "x"'],
  ["null", "rows must be an array of objects, got null"],
  ["[1]", "rows[0] must be an object, got 1"],
  ['[{"v":[1]},null]', "rows[1] must be an object, got null"],
  ['[["v",[1]]]', "rows[0] must be an object, got an array"],
  ["[{}]", "rows[0].v is missing and not nullable"],
  ["[[]]", "rows[0].v is missing and not nullable"],
  ['[{"v":null}]', "rows[0].v is not nullable, got null"],
  ['[{"v":[1],"s":1}]', "rows[0].s must be a string, got 1"],
  ['[{"v":[1],"s":12345678901234567890}]', "rows[0].s must be a string, got 12345678901234567890"],
  ['[{"v":[1],"s":["a"]}]', "rows[0].s must be a string, got an array"],
  ['[{"v":[1],"b":1}]', "rows[0].b must be a bool, got 1"],
  ['[{"v":[1],"b":"true"}]', 'rows[0].b must be a bool, got "true"'],
  ['[{"v":[1],"i64":"1"}]', 'rows[0].i64 must be an int64, got "1"'],
  ['[{"v":[1],"i64":1.5}]', "rows[0].i64 must be an int64, got 1.5"],
  ['[{"v":[1],"i64":true}]', "rows[0].i64 must be an int64, got true"],
  ['[{"v":[1],"i64":9223372036854775808}]', "rows[0].i64 is out of int64 range, got 9223372036854775808"],
  ['[{"v":[1],"i64":-9223372036854775809}]', "rows[0].i64 is out of int64 range, got -9223372036854775809"],
  ['[{"v":[1],"i32":0.5}]', "rows[0].i32 must be an int32, got 0.5"],
  ['[{"v":[1],"i32":{}}]', "rows[0].i32 must be an int32, got an object"],
  ['[{"v":[1],"i32":2147483648}]', "rows[0].i32 is out of int32 range, got 2147483648"],
  ['[{"v":[1],"i32":-2147483649}]', "rows[0].i32 is out of int32 range, got -2147483649"],
  ['[{"v":[1],"u64":"x"}]', 'rows[0].u64 must be a uint64, got "x"'],
  ['[{"v":[1],"u64":-1}]', "rows[0].u64 is out of uint64 range, got -1"],
  ['[{"v":[1],"u64":18446744073709551616}]', "rows[0].u64 is out of uint64 range, got 18446744073709551616"],
  ['[{"v":[1],"u32":"x"}]', 'rows[0].u32 must be a uint32, got "x"'],
  ['[{"v":[1],"u32":-1}]', "rows[0].u32 is out of uint32 range, got -1"],
  ['[{"v":[1],"u32":4294967296}]', "rows[0].u32 is out of uint32 range, got 4294967296"],
  ['[{"v":[1],"f64":"1"}]', 'rows[0].f64 must be a float64, got "1"'],
  ['[{"v":[1],"f64":1e999}]', "rows[0].f64 is out of float64 range, got Infinity"],
  ['[{"v":[1],"f32":[]}]', "rows[0].f32 must be a float32, got an array"],
  ['[{"v":[1],"f32":1e39}]', "rows[0].f32 is out of float32 range, got 1e+39"],
  ['[{"v":1}]', "rows[0].v must be an array of float32 values, got 1"],
  ['[{"v":{"x":1}}]', "rows[0].v must be an array of float32 values, got an object"],
  ['[{"v":"[1]"}]', 'rows[0].v must be an array of float32 values, got "[1]"'],
  ['[{"v":[]}]', "rows[0].v must have 1 numbers, got 0"],
  ['[{"v":{}}]', "rows[0].v must have 1 numbers, got 0"],
  ['[{"v":[1,2]}]', "rows[0].v must have 1 numbers, got 2"],
  ['[{"v":[1]},{"v":[1],"w":[1,"2"]}]', 'rows[1].w[1] must be a float32, got "2"'],
  ['[{"v":[1],"w":[null,2]}]', "rows[0].w[0] must be a float32, got null"],
  ['[{"v":[-1e39]}]', "rows[0].v[0] is out of float32 range, got -1e+39"],
];

test("a row that does not fit is refused by its number and field, and nothing of its batch is written", async t => {
  const { run, fails, search } = lanceBench(t);
  await run("create_table", everything);
  for (const [rows, problem] of badRows) {
    const message = await fails("vector_upsert", { table_name: "all" }, rows);
    if (problem.endsWith(": ")) assert.ok(message.startsWith(`lancedb.vector_upsert: ${problem}`), message);
    else assert.equal(message, `lancedb.vector_upsert: ${problem}`, rows);
  }
  assert.deepEqual((await search({ table_name: "all", vector: [0] })).rows, []);
});

test("no rows are written without a new version, however they are spelled", async t => {
  const { run } = lanceBench(t);
  await run("create_table", everything);
  const nothing = {
    success: true,
    message: "no rows to write",
    version: 1,
    input_rows: 0,
    inserted_rows: 0,
    updated_rows: 0,
    deleted_rows: 0,
  };
  for (const rows of ["[]", "", " \n", "{}", Buffer.from("[]")]) {
    const input = { table_name: "all", input_format: "json", key_columns: ["s"] };
    assert.deepEqual((await run("vector_upsert", input, rows)).meta, nothing);
  }
});

test("an append counts its rows, makes one version, and never looks for duplicates", async t => {
  const { run, search } = lanceBench(t);
  await run("create_table", everything);
  const rows = '[{"s":"a","v":[1]},{"s":"a","v":[1]}]';
  const counts = { input_rows: 2, inserted_rows: 2, updated_rows: 0, deleted_rows: 0 };
  for (const version of [2, 3]) {
    const { meta, body } = await run("vector_upsert", { table_name: "all", key_columns: [] }, rows);
    assert.deepEqual(meta, { success: true, message: "append completed", version, ...counts });
    assert.equal(body, undefined);
  }
  assert.equal((await search({ table_name: "all", vector: [1] })).rows.length, 4);
});

test("every spelling of the JSON format reads text and bytes; text is JSON unless the input says otherwise", async t => {
  const { run, search } = lanceBench(t);
  await run("create_table", everything);
  const rows = '[{"s":"ü","v":[1]}]';
  const spellings = ["json", "json_rows", "json-rows", "JSON", " json ", "unspecified", ""];
  for (const input_format of spellings) {
    await run("vector_upsert", { table_name: "all", input_format }, rows);
    await run("vector_upsert", { table_name: "all", input_format }, Buffer.from(rows));
  }
  await run("vector_upsert", { table_name: "all", key_columns: {} }, rows);
  const found = (await search({ table_name: "all", vector: [1], limit: 100 })).rows;
  assert.deepEqual(
    found.map(({ s }) => s),
    new Array(2 * spellings.length + 1).fill("ü"),
  );
});

const badInput: [input: object, payload: string | Uint8Array | undefined, problem: string][] = [
  [{}, "[]", "table_name must be a non-blank string, got nil"],
  [{ table_name: "all" }, undefined, "rows or data must be given"],
  [{ table_name: "nope" }, "[]", "table 'nope' was not found"],
  [
    { table_name: "all", input_format: "csv" },
    "[]",
    'input_format must be one of json, json_rows, json-rows, unspecified, arrow, arrow_ipc, arrow-ipc, got "csv"',
  ],
  [{ table_name: "all", input_format: 1 }, "[]", "input_format must be a string, got 1"],
  [{ table_name: "all", input_format: null }, "[]", "input_format must be a string, got null"],
  [{ table_name: "all", key_columns: "s" }, "[]", 'key_columns must be an array, got "s"'],
  [{ table_name: "all", key_columns: [1] }, "[]", "key_columns[0] must be a string, got 1"],
  [
    { table_name: "all", input_format: "json" },
    new Uint8Array([0x5b, 0xff, 0x5d]),
    "rows must be UTF-8 text",
  ],
];

test("vector_upsert refuses wrong input by the name of the field", async t => {
  const { run, fails } = lanceBench(t);
  await run("create_table", everything);
  for (const [input, payload, problem] of badInput) {
    assert.equal(await fails("vector_upsert", input, payload), `lancedb.vector_upsert: ${problem}`);
  }
});

test("a payload may have 50 MiB, counted in bytes", async t => {
  const { run, fails } = lanceBench(t);
  await run("create_table", everything);
  const most = 50 * 2 ** 20;
  const [start, end] = ['[{"s":"', '","v":[1]}]'];
  const rows = `${start}${"ü".repeat((most - start.length - end.length) / 2)}${end}`;
  const { meta } = await run("vector_upsert", { table_name: "all" }, rows);
  assert.equal(meta.inserted_rows, 1);
  const tooLarge = `lancedb.vector_upsert: payload too large: ${most + 1} bytes (max ${most})`;
  assert.equal(await fails("vector_upsert", { table_name: "all" }, `${rows} `), tooLarge);
  assert.equal(await fails("vector_upsert", { table_name: "all" }, new Uint8Array(most + 1)), tooLarge);
});

test("rows that would fill the memory with empty vectors are refused", async t => {
  const { run, fails } = lanceBench(t);
  await run("create_table", { table_name: "wide", columns: [vectorColumn("v", 65_536)] });
  const rows = `[${new Array(5000).fill("{}").join(",")}]`;
  assert.equal(
    await fails("vector_upsert", { table_name: "wide" }, rows),
    "lancedb.vector_upsert: 5000 rows take 1310720000 bytes in this table (at most 1073741824 at once)",
  );
});
