import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromIPC, tableToIPC } from "apache-arrow";
import { arrowStream, vectors } from "./arrow-data.js";
import { column, type LanceBench, lanceBench, locationKinds, range, vectorColumn } from "./bench.js";

const table = {
  table_name: "t",
  columns: [
    column("id", "int64"),
    column("name", "string"),
    vectorColumn("v", 2),
    vectorColumn("w", 3),
    vectorColumn("x", 3),
  ],
};

/** Row n lies at [n, 0]. */
async function fill(bench: LanceBench, rows: number): Promise<LanceBench> {
  await bench.run("create_table", table);
  const text = range(rows).map(n => `{"id":${n},"name":"n${n}","v":[${n},0],"w":[${n},0,0]}`);
  await bench.run("vector_upsert", { table_name: "t" }, `[${text}]`);
  return bench;
}

const search = { table_name: "t", vector: [0, 0] };

for (const [kind, uriOf] of Object.entries(locationKinds)) {
  test(`a search finds the nearest rows first, whole, with their squared distance (${kind})`, async t => {
    const { run } = await fill(lanceBench(t, uriOf), 5);
    const { meta, body } = await run("vector_search", { ...search, vector: [3.25, 0], limit: 2 });
    const rows =
      '[{"id":3,"name":"n3","v":[3,0],"w":[3,0,0],"x":null,"_distance":0.0625},' +
      '{"id":4,"name":"n4","v":[4,0],"w":[4,0,0],"x":null,"_distance":0.5625}]';
    assert.equal(String(body), rows);
    assert.deepEqual(meta, {
      success: true,
      message: "search completed",
      format: "json",
      rows: 2,
      byte_length: rows.length,
    });
  });
}

test("a search without a limit finds 10 rows, as does one with 0, and none finds more than 10000", async t => {
  const { run } = await fill(lanceBench(t), 10_050);
  const cases: [limit: number | undefined, rows: number][] = [
    [undefined, 10],
    [0, 10],
    [1, 1],
    [11, 11],
    [10_000, 10_000],
    [10_001, 10_000],
    [2 ** 32 - 1, 10_000],
  ];
  for (const [limit, rows] of cases) {
    const { meta, body } = await run("vector_search", { ...search, limit });
    assert.equal(meta.rows, rows);
    assert.deepEqual(
      (JSON.parse(String(body)) as { id: number }[]).map(({ id }) => id),
      range(rows),
    );
  }
});

test("a filter is applied before the nearest are taken", async t => {
  const bench = await fill(lanceBench(t), 100);
  const cases: [filter: string, ids: number[]][] = [
    ["id >= 90", [90, 91]],
    ["  name = 'n50' OR id = 60 -- and nothing else", [50, 60]],
    ["name LIKE 'n7%' /* seventies */ AND id % 2 = 1", [7, 71]],
    ["id IN (5, 50, 500)", [5, 50]],
    ["x IS NULL AND id > 97", [98, 99]],
    ["name = 'it''s; LIMIT 1'", []],
    [" ", [0, 1]],
    ["", [0, 1]],
  ];
  for (const [filter, ids] of cases) {
    const { rows } = await bench.search({ ...search, limit: 2, filter });
    assert.deepEqual(
      rows.map(({ id }) => id),
      ids,
      filter,
    );
  }
});

test("the column is the one whose vectors have the length, or the one that is named", async t => {
  const bench = await fill(lanceBench(t), 3);
  const ids = async (input: object) =>
    (await bench.search({ table_name: "t", ...input })).rows.map(({ id }) => id);
  assert.deepEqual(await ids({ vector: [2, 0] }), [2, 1, 0]);
  assert.deepEqual(await ids({ vector: [2, 0], vector_column: "" }), [2, 1, 0]);
  assert.deepEqual(await ids({ vector: [2, 0, 0], vector_column: " w " }), [2, 1, 0]);
  assert.deepEqual(
    await ids({ vector: [2, 0, 0], vector_column: "x" }),
    [],
    "rows without a vector are not found",
  );
});

test("every spelling of the output formats is known", async t => {
  const { run } = await fill(lanceBench(t), 3);
  const formats: [spelling: string | undefined, format: string][] = [
    [undefined, "json"],
    ["json", "json"],
    ["json_rows", "json"],
    ["json-rows", "json"],
    [" JSON ", "json"],
    ["arrow", "arrow_ipc"],
    ["arrow_ipc", "arrow_ipc"],
    ["arrow-ipc", "arrow_ipc"],
    ["unspecified", "arrow_ipc"],
    ["", "arrow_ipc"],
  ];
  for (const [output_format, format] of formats) {
    const { meta, body } = await run("vector_search", { ...search, output_format });
    assert.equal(meta.format, format);
    assert.equal(meta.byte_length, body?.length);
  }
});

test("Arrow results are one stream with all columns, also when nothing was found", async t => {
  const { run } = await fill(lanceBench(t), 3);
  const input = { ...search, vector: [1, 0], output_format: "arrow" };
  for (const [filter, ids] of [
    ["", [1n, 0n, 2n]],
    ["id > 5", []],
  ] as const) {
    const { meta, body } = await run("vector_search", { ...input, filter });
    const result = tableFromIPC(body as Buffer);
    assert.equal(meta.rows, ids.length);
    assert.deepEqual(
      result.schema.fields.map(({ name, type }) => `${name} ${type}`),
      [
        "id Int64",
        "name Utf8",
        "v FixedSizeList[2]<Float32>",
        "w FixedSizeList[3]<Float32>",
        "x FixedSizeList[3]<Float32>",
        "_distance Float32",
      ],
    );
    assert.deepEqual([...(result.getChild("id") ?? [])], ids);
    assert.equal((body as Buffer).subarray(-8).toString("hex"), "ffffffff00000000");
  }
});

test("what a search finds as Arrow can be written as it is, but for the distance", async t => {
  const { run, fails } = await fill(lanceBench(t), 3);
  const { body } = await run("vector_search", { ...search, output_format: "arrow" });
  assert.equal(
    await fails("vector_upsert", { table_name: "t" }, body),
    'lancedb.vector_upsert: data has the column "_distance", which the table does not have',
  );
  const found = tableToIPC(tableFromIPC(body as Buffer).select(["v", "w", "id"]), "stream");
  const { meta } = await run("vector_upsert", { table_name: "t", key_columns: ["id"] }, found);
  assert.deepEqual([meta.updated_rows, meta.inserted_rows], [3, 0]);
});

test("an empty table, and one without a row that fits, answer an empty array", async t => {
  const bench = await fill(lanceBench(t), 0);
  const { meta, body } = await bench.run("vector_search", search);
  assert.deepEqual([meta.rows, meta.byte_length, String(body)], [0, 2, "[]"]);
});

test("integers of 64 bits and texts keep their form in JSON; what JSON has no number for is null", async t => {
  const bench = lanceBench(t);
  const columns = [
    column("n", "uint64"),
    column("q\u2028", "string"),
    vectorColumn("v", 1),
    vectorColumn("w", 3),
  ];
  await bench.run("create_table", { table_name: "t", columns });
  const row = '{"n":18446744073709551615,"q\u2028":"\\u0000\\"\u2029","v":[0],"w":null';
  await bench.run("vector_upsert", { table_name: "t" }, `[${row}}]`);
  const odd = arrowStream([
    { name: "v", data: vectors(1, [1]) },
    { name: "w", data: vectors(3, [Number.POSITIVE_INFINITY, 0.5, Number.NEGATIVE_INFINITY]) },
  ]);
  await bench.run("vector_upsert", { table_name: "t" }, odd);
  const { text } = await bench.search({ table_name: "t", vector: [0] });
  const second = '{"n":null,"q\u2028":null,"v":[1],"w":[null,0.5,null],"_distance":1}';
  assert.equal(text, `[${row},"_distance":0},${second}]`);
});

const refused: [input: object, problem: string][] = [
  [{ vector: [1] }, "table_name must be a non-blank string, got nil"],
  [{ table_name: "t" }, "vector must be an array, got nil"],
  [{ table_name: "t", vector: [] }, "vector must not be empty"],
  [{ table_name: "t", vector: {} }, "vector must not be empty"],
  [{ table_name: "t", vector: "[1,2]" }, 'vector must be an array, got "[1,2]"'],
  [{ table_name: "t", vector: [1, "2"] }, 'vector[1] must be a float32, got "2"'],
  [{ table_name: "t", vector: [null] }, "vector[0] must be a float32, got null"],
  [{ table_name: "t", vector: [1, 1e39] }, "vector[1] is out of float32 range, got 1e+39"],
  [{ table_name: "t", vector: [1] }, "no vector column has 1 numbers ('v' has 2, 'w' has 3, 'x' has 3)"],
  [{ table_name: "t", vector: [1, 2, 3] }, "vector_column must say which column is meant: 'w' or 'x'"],
  [{ ...search, vector_column: "w" }, "vector must have 3 numbers for column 'w', got 2"],
  [{ ...search, vector_column: "id" }, 'vector_column must name a vector column of the table, got "id"'],
  [{ ...search, vector_column: "zzz" }, 'vector_column must name a vector column of the table, got "zzz"'],
  [{ ...search, vector_column: 1 }, "vector_column must be a string, got 1"],
  [{ ...search, limit: -1 }, "limit must be an integer from 0 to 4294967295, got -1"],
  [{ ...search, limit: 1.5 }, "limit must be an integer from 0 to 4294967295, got 1.5"],
  [{ ...search, limit: "5" }, 'limit must be an integer from 0 to 4294967295, got "5"'],
  [{ ...search, limit: 2 ** 32 }, "limit must be an integer from 0 to 4294967295, got 4294967296"],
  [{ ...search, limit: null }, "limit must be an integer from 0 to 4294967295, got null"],
  [{ ...search, filter: 5 }, "filter must be a string, got 5"],
  [
    { ...search, output_format: "csv" },
    'output_format must be one of json, json_rows, json-rows, arrow, arrow_ipc, arrow-ipc, unspecified, got "csv"',
  ],
  [{ ...search, table_name: "nope" }, "table 'nope' was not found"],
  [{ ...search, table_name: "flat" }, "the table has no vector column"],
];

/** Texts of the library, of which only the meaning is ours. */
const wrongFilters: [filter: string, problem: RegExp][] = [
  ["id = ", /^not a SQL predicate: /],
  ["id = 'abc", /^not a SQL predicate: Unterminated string literal$/],
  ["id > 0 LIMIT 1", /^not a SQL predicate: .*LIMIT/],
  ["id > 0; DROP TABLE t", /^not a SQL predicate: .*;/],
  ["id > 0) OR (", /^not a SQL predicate: /],
  ["zzz = 1", /^No field named zzz\. /],
  ["name", /^The filter name does not return a boolean$|boolean/],
  ["nothing(id)", /^Invalid function 'nothing'/],
  ["name LIKE 3", /^There isn't a common type/],
  ["count(*) > 1", /^This feature is not implemented: /],
];

test("vector_search refuses wrong input by the name of the field", async t => {
  const { run, fails } = await fill(lanceBench(t), 3);
  await run("create_table", { table_name: "flat", columns: [column("a", "string")] });
  for (const [input, problem] of refused) {
    assert.equal(await fails("vector_search", input), `lancedb.vector_search: ${problem}`);
  }
});

test("a wrong filter is refused in one short line, without places in the library's source", async t => {
  const { fails } = await fill(lanceBench(t), 3);
  for (const [filter, problem] of wrongFilters) {
    const message = await fails("vector_search", { ...search, filter });
    assert.match(message, /^lancedb\.vector_search: /);
    const text = message.slice("lancedb.vector_search: ".length);
    assert.match(text, problem);
    assert.doesNotMatch(text, /\.rs:|\n|Caused by|GenericFailure|\{/);
    assert.ok(text.length <= 401);
  }
});
