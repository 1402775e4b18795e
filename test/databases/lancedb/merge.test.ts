import assert from "node:assert/strict";
import { test } from "node:test";
import { Bool, type Data, makeData, Utf8, vectorFromArray } from "apache-arrow";
import { arrowStream, vectors } from "./arrow-data.js";
import { column, type LanceBench, lanceBench, locationKinds, vectorColumn } from "./bench.js";

const table = {
  table_name: "notes",
  columns: [
    column("id", "string"),
    column("part", "uint64"),
    column("ok", "bool"),
    column("text", "string"),
    vectorColumn("v", 1),
  ],
};

function merge(bench: LanceBench, keys: string[], rows: string) {
  return bench.run("vector_upsert", { table_name: "notes", key_columns: keys }, rows);
}

async function texts(bench: LanceBench): Promise<unknown[]> {
  const { rows } = await bench.search({ table_name: "notes", vector: [0], limit: 1000 });
  return rows.map(({ id, part, text }) => `${id}/${part} ${text}`).sort();
}

for (const [kind, uriOf] of Object.entries(locationKinds)) {
  test(`a merge updates the rows whose keys are there, whole, and inserts the others (${kind})`, async t => {
    const bench = lanceBench(t, uriOf);
    await bench.run("create_table", table);
    const first = await merge(
      bench,
      ["id"],
      '[{"id":"a","part":1,"text":"one","v":[1]},{"id":"b","text":"two","v":[2]}]',
    );
    const success = { success: true, message: "merge upsert completed", input_rows: 2, deleted_rows: 0 };
    assert.deepEqual(first.meta, { ...success, version: 2, inserted_rows: 2, updated_rows: 0 });
    const second = await merge(bench, ["id"], '[{"id":"a","text":"new","v":[1]},{"id":"c","v":[3]}]');
    assert.deepEqual(second.meta, { ...success, version: 3, inserted_rows: 1, updated_rows: 1 });
    assert.deepEqual(await texts(bench), ["a/null new", "b/null two", "c/null null"]);
  });
}

test("several key columns count together, 64-bit integers to the last digit", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const rows = (text: string) =>
    `[{"id":"a","part":9007199254740993,"text":"${text}","v":[1]},{"id":"a","part":9007199254740992,"text":"${text}","v":[1]},` +
    `{"id":"b","part":9007199254740993,"text":"${text}","v":[1]}]`;
  await merge(bench, ["id", "part"], rows("old"));
  const { meta } = await merge(bench, ["id", "part"], rows("new"));
  assert.deepEqual([meta.inserted_rows, meta.updated_rows], [0, 3]);
  const { text } = await bench.search({
    table_name: "notes",
    vector: [1],
    filter: "part = 9007199254740993",
  });
  assert.equal(text.match(/"part":9007199254740993,"ok":null,"text":"new"/g)?.length, 2);
});

test("a key with a null in it equals no other", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const rows = '[{"id":null,"text":"x","v":[1]},{"text":"y","v":[1]}]';
  await merge(bench, ["id"], rows);
  const { meta } = await merge(bench, ["id"], rows);
  assert.deepEqual([meta.inserted_rows, meta.updated_rows], [2, 0]);
});

test("a row that is there several times is updated everywhere", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  await merge(bench, [], '[{"id":"a","v":[1]},{"id":"a","v":[1]}]');
  const { meta } = await merge(bench, ["id"], '[{"id":"a","text":"new","v":[1]}]');
  assert.deepEqual([meta.inserted_rows, meta.updated_rows], [0, 2]);
  assert.deepEqual(await texts(bench), ["a/null new", "a/null new"]);
});

const refused: [keys: unknown, rows: string, problem: string][] = [
  [
    ["id"],
    '[{"id":"a","v":[1]},{"id":"b","v":[1]},{"id":"a","v":[1]}]',
    'rows[2] has the same key as rows[0] (id = "a")',
  ],
  [
    ["id", "part"],
    '[{"id":"n","part":12345678901234567890},{"id":"n","part":12345678901234567890}]',
    'rows[1] has the same key as rows[0] (id = "n", part = 12345678901234567890)',
  ],
  [["ok"], '[{"ok":true},{"ok":false},{"ok":true}]', "rows[2] has the same key as rows[0] (ok = true)"],
  [["zzz"], "[]", 'key_columns[0] must name a column of the table, got "zzz"'],
  [["ID"], "[]", 'key_columns[0] must name a column of the table, got "ID"'],
  [["id", ""], "[]", 'key_columns[1] must name a column of the table, got ""'],
  [["id", "part", "id"], "[]", "key_columns has 'id' twice"],
  [["v"], "[]", "key_columns[0] must not be 'v', whose type is FixedSizeList[1]<Float32>"],
];

test("keys that are no columns, and rows that share a key, are refused", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  for (const [keys, rows, problem] of refused) {
    const message = await bench.fails("vector_upsert", { table_name: "notes", key_columns: keys }, rows);
    assert.equal(message, `lancedb.vector_upsert: ${problem}`);
  }
  assert.deepEqual(await texts(bench), []);
});

test("Arrow rows that share a key are refused, also in different batches", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const batch = (...ids: string[]) => [
    { name: "id", data: vectorFromArray(ids, new Utf8()).data[0] as Data },
    { name: "v", data: vectors(1, ...ids.map(() => [1])) },
  ];
  const input = { table_name: "notes", key_columns: ["id"] };
  assert.equal(
    await bench.fails("vector_upsert", input, arrowStream(batch("a", "b"), batch("c", "b"))),
    'lancedb.vector_upsert: rows[3] has the same key as rows[1] (id = "b")',
  );
  const { meta } = await bench.run("vector_upsert", input, arrowStream(batch("a", "b"), batch("c")));
  assert.equal(meta.inserted_rows, 3);
});

test("a merge whose keys are nothing but null booleans inserts its rows", async t => {
  const bench = lanceBench(t);
  await bench.run("create_table", table);
  const ok = makeData({ type: new Bool(), length: 2, nullCount: 2, nullBitmap: new Uint8Array(1) });
  const stream = arrowStream([
    { name: "ok", data: ok },
    { name: "v", data: vectors(1, [1], [1]) },
  ]);
  const { meta } = await bench.run("vector_upsert", { table_name: "notes", key_columns: ["ok"] }, stream);
  assert.deepEqual([meta.inserted_rows, meta.updated_rows], [2, 0]);
});
