import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Bool,
  type Data,
  Float64,
  Int32,
  Int64,
  makeData,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Uint64,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { arrowStream, arrowTable, vectors } from "./arrow-data.js";
import { column, lanceBench, locationKinds, vectorColumn } from "./bench.js";

const table = {
  table_name: "t",
  columns: [
    column("id", "int64", { nullable: false }),
    column("name", "string"),
    column("flag", "bool"),
    vectorColumn("v", 2),
  ],
};

const texts = (...rows: (string | null)[]) => vectorFromArray(rows, new Utf8()).data[0] as Data;
const bools = (...rows: (boolean | null)[]) => vectorFromArray(rows, new Bool()).data[0] as Data;
const ids = (...rows: bigint[]) =>
  makeData({ type: new Int64(), length: rows.length, nullCount: 0, data: BigInt64Array.from(rows) });

const full = (start: bigint) => [
  { name: "id", data: ids(start, start + 1n), nullable: false },
  { name: "name", data: texts("größe", null) },
  { name: "flag", data: bools(true, null) },
  { name: "v", data: vectors(2, [0.5, Number(start)], undefined) },
];

for (const [kind, uriOf] of Object.entries(locationKinds)) {
  test(`an Arrow stream is written as it is, all batches, under every spelling of its format (${kind})`, async t => {
    const { run, search } = lanceBench(t, uriOf);
    await run("create_table", table);
    const spellings = [undefined, "arrow", "arrow_ipc", "arrow-ipc", "ARROW_IPC"];
    for (const [index, input_format] of spellings.entries()) {
      const start = BigInt(4 * index);
      const stream = arrowStream(full(start), full(start + 2n));
      const { meta } = await run("vector_upsert", { table_name: "t", input_format }, stream);
      assert.deepEqual(meta, {
        success: true,
        message: "append completed",
        version: index + 2,
        input_rows: 4,
        inserted_rows: 4,
        updated_rows: 0,
        deleted_rows: 0,
      });
    }
    const { text } = await search({ table_name: "t", vector: [0.5, 0], limit: 100, filter: "id < 3" });
    assert.equal(
      text,
      '[{"id":0,"name":"größe","flag":true,"v":[0.5,0],"_distance":0},' +
        '{"id":2,"name":"größe","flag":true,"v":[0.5,2],"_distance":4}]',
    );
    const { rows } = await search({ table_name: "t", vector: [0.5, 0], limit: 100 });
    assert.equal(rows.length, 2 * spellings.length);
  });
}

test("columns may come in any order, and those that can be null may be absent", async t => {
  const { run, search } = lanceBench(t);
  await run("create_table", table);
  const [id, name, flag, v] = full(7n);
  assert.ok(id && name && flag && v);
  await run("vector_upsert", { table_name: "t" }, arrowStream([v, id]));
  await run("vector_upsert", { table_name: "t" }, arrowStream([flag, v, name, id]));
  const { text } = await search({ table_name: "t", vector: [0.5, 7] });
  const found = (rest: string) => `{"id":7,${rest},"v":[0.5,7],"_distance":0}`;
  assert.deepEqual(
    JSON.parse(text),
    JSON.parse(`[${found('"name":null,"flag":null')},${found('"name":"größe","flag":true')}]`),
  );
});

test("an absent column becomes null in a merge too, as it does with JSON rows", async t => {
  const { run, search } = lanceBench(t);
  await run("create_table", table);
  await run("vector_upsert", { table_name: "t" }, arrowStream(full(1n)));
  const [id, , , v] = full(1n);
  assert.ok(id && v);
  const merge = { table_name: "t", key_columns: ["id"] };
  const { meta } = await run("vector_upsert", merge, arrowStream([id, v]));
  assert.deepEqual([meta.message, meta.inserted_rows, meta.updated_rows], ["merge upsert completed", 0, 2]);
  assert.deepEqual((await search({ table_name: "t", vector: [0.5, 1] })).rows, [
    { id: 1, name: null, flag: null, v: [0.5, 1], _distance: 0 },
  ]);
});

test("nothing but null booleans can be written as Arrow and as JSON, and come back as Arrow", async t => {
  const { run, search } = lanceBench(t);
  await run("create_table", table);
  const [id, name, , v] = full(1n);
  assert.ok(id && name && v);
  await run("vector_upsert", { table_name: "t" }, arrowStream([id, name, v]));
  await run("vector_upsert", { table_name: "t" }, '[{"id":3,"v":[0,0]}]');
  assert.deepEqual(
    (await search({ table_name: "t", vector: [0, 0] })).rows.map(({ id, flag }) => [id, flag]),
    [
      [3, null],
      [1, null],
    ],
  );
  const { body } = await run("vector_search", { table_name: "t", vector: [0, 0], output_format: "arrow" });
  const copy = { table_name: "copy", columns: table.columns };
  await run("create_table", copy);
  const found = tableFromIPC(body as Buffer).select(["id", "name", "flag", "v"]);
  assert.equal((await run("vector_upsert", copy, tableToIPC(found, "stream"))).meta.inserted_rows, 2);
});

const wrong: [what: string, payload: Uint8Array, problem: string][] = [
  [
    "a vector that is too long",
    arrowStream([...full(1n).slice(0, 3), { name: "v", data: vectors(3, [1, 2, 3], [1, 2, 3]) }]),
    "column 'v' must have the type FixedSizeList[2]<Float32>, data has FixedSizeList[3]<Float32>",
  ],
  [
    "a vector that is too short",
    arrowStream([...full(1n).slice(0, 3), { name: "v", data: vectors(1, [1], [1]) }]),
    "column 'v' must have the type FixedSizeList[2]<Float32>, data has FixedSizeList[1]<Float32>",
  ],
  [
    "another integer",
    arrowStream([
      { name: "id", data: makeData({ type: new Int32(), length: 1, nullCount: 0, data: Int32Array.of(1) }) },
    ]),
    "column 'id' must have the type Int64, data has Int32",
  ],
  [
    "another sign",
    arrowStream([
      {
        name: "id",
        data: makeData({ type: new Uint64(), length: 1, nullCount: 0, data: BigUint64Array.of(1n) }),
      },
    ]),
    "column 'id' must have the type Int64, data has Uint64",
  ],
  [
    "a float for an integer",
    arrowStream([
      {
        name: "id",
        data: makeData({ type: new Float64(), length: 1, nullCount: 0, data: Float64Array.of(1) }),
      },
    ]),
    "column 'id' must have the type Int64, data has Float64",
  ],
  [
    "no column for what cannot be null",
    arrowStream(full(1n).slice(1)),
    "data lacks the column 'id', which is not nullable",
  ],
  [
    "nulls in what cannot be null",
    arrowStream([{ name: "id", data: vectorFromArray([1n, null], new Int64()).data[0] as Data }]),
    "column 'id' is not nullable, and data has nulls in it",
  ],
  [
    "a column too many",
    arrowStream([...full(1n), { name: "zzz", data: bools(true, false) }]),
    'data has the column "zzz", which the table does not have',
  ],
  ["a column twice", arrowStream([...full(1n), ...full(1n).slice(0, 1)]), "data has the column 'id' twice"],
  [
    "NaN in a vector",
    arrowStream([...full(1n).slice(0, 3), { name: "v", data: vectors(2, [1, Number.NaN], [1, 2]) }]),
    "Compute error: Vector column contains NaN values",
  ],
  ["no Arrow", Buffer.from("hello"), "data must be an Arrow IPC stream"],
  ["nothing", new Uint8Array(0), "data must be an Arrow IPC stream"],
  ["JSON", Buffer.from('[{"id":1}]'), "data must be an Arrow IPC stream"],
  ["an Arrow file", tableToIPC(arrowTable(full(1n)), "file"), "data must be an Arrow IPC stream"],
  ["nothing but the end", arrowStream(full(1n)).subarray(-8), "data must be an Arrow IPC stream"],
  ["no columns", arrowStream([]), "data has no columns"],
  ["a batch without a schema", withoutSchema(arrowStream(full(1n))), "data is damaged"],
  [
    "two streams",
    Buffer.concat([arrowStream(full(1n)), arrowStream(full(3n))]),
    "data must be one Arrow IPC stream, and more follows its end",
  ],
  [
    "a stream without its end",
    arrowStream(full(1n)).subarray(0, -8),
    "data is cut off: it has no end-of-stream mark",
  ],
  [
    "dictionaries",
    tableToIPC(tableFromArrays({ name: ["a", "b", "a"] }), "stream"),
    "data has columns with dictionaries, which cannot be written",
  ],
];

test("Arrow data that is not what the table holds is refused, and nothing of it is written", async t => {
  const { run, fails, search } = lanceBench(t);
  await run("create_table", table);
  for (const [what, payload, problem] of wrong) {
    const message = await fails("vector_upsert", { table_name: "t" }, payload);
    const expected = `lancedb.vector_upsert: ${problem}`;
    if (problem.endsWith(": ")) assert.ok(message.startsWith(expected), `${what}: ${message}`);
    else assert.equal(message, expected, what);
  }
  assert.deepEqual((await search({ table_name: "t", vector: [0, 0] })).rows, []);
});

/** The messages behind the first one. */
function withoutSchema(stream: Uint8Array): Uint8Array {
  return stream.subarray(8 + Buffer.from(stream).readInt32LE(4));
}

test("a stream that is cut off anywhere is refused", async t => {
  const { run, fails, search } = lanceBench(t);
  await run("create_table", table);
  const stream = arrowStream(full(1n), full(3n));
  for (let length = 0; length < stream.length; length += 7) {
    const message = await fails("vector_upsert", { table_name: "t" }, stream.subarray(0, length));
    assert.match(
      message,
      /^lancedb\.vector_upsert: data (must be an Arrow IPC stream|is damaged or cut off|is cut off)/,
    );
  }
  assert.deepEqual((await search({ table_name: "t", vector: [0, 0] })).rows, []);
});

test("a stream without rows writes nothing", async t => {
  const { run } = lanceBench(t);
  await run("create_table", table);
  const { meta } = await run(
    "vector_upsert",
    { table_name: "t" },
    arrowStream([{ name: "id", data: ids() }]),
  );
  assert.deepEqual([meta.message, meta.version, meta.input_rows], ["no rows to write", 1, 0]);
});

test("damaged streams are refused or written, and harm nothing", async t => {
  const { run, fails } = lanceBench(t);
  await run("create_table", table);
  const stream = arrowStream(full(1n));
  for (let at = 0; at < stream.length; at += 2) {
    const damaged = Buffer.from(stream);
    damaged[at] = [0xff, 0x7f, 0][(at / 2) % 3] as number;
    const message = await fails("vector_upsert", { table_name: "t" }, damaged);
    assert.match(message, /^(lancedb\.vector_upsert: |succeeded)/);
    assert.doesNotMatch(message, /panic/i);
  }
});
