import assert from "node:assert/strict";
import { test } from "node:test";
import { column, isThere, type LanceBench, lanceBench, locationKinds, range, vectorColumn } from "./bench.js";

const table = {
  table_name: "t",
  columns: [column("id", "int64"), column("name", "string"), vectorColumn("v", 1)],
};

async function fill(bench: LanceBench): Promise<LanceBench> {
  await bench.run("create_table", table);
  const rows = range(5).map(n => `{"id":${n},"name":"n${n}","v":[${n}]}`);
  await bench.run("vector_upsert", { table_name: "t" }, `[${rows}]`);
  return bench;
}

async function ids(bench: LanceBench): Promise<unknown[]> {
  return (await bench.search({ table_name: "t", vector: [0] })).rows.map(({ id }) => id);
}

for (const [kind, uriOf] of Object.entries(locationKinds)) {
  test(`delete removes the rows of a condition and counts them (${kind})`, async t => {
    const bench = await fill(lanceBench(t, uriOf));
    const { meta, body } = await bench.run("delete", {
      table_name: " t ",
      condition: " id < 2 OR name = 'n4' ",
    });
    assert.deepEqual(meta, {
      success: true,
      message: "delete completed for 't'",
      version: 3,
      deleted_rows: 3,
    });
    assert.equal(body, undefined);
    assert.deepEqual(await ids(bench), [2, 3]);
  });

  test(`deleting nothing succeeds and makes a version (${kind})`, async t => {
    const bench = await fill(lanceBench(t, uriOf));
    for (const version of [3, 4]) {
      const { meta } = await bench.run("delete", { table_name: "t", condition: "id = 77" });
      assert.deepEqual([meta.deleted_rows, meta.version], [0, version]);
    }
  });

  test(`a dropped table is gone with its files, and its name is free (${kind})`, async t => {
    const bench = await fill(lanceBench(t, uriOf));
    const { meta, body } = await bench.run("drop_table", { table_name: " t " });
    assert.deepEqual(meta, { success: true, message: "table 't' dropped" });
    assert.equal(body, undefined);
    assert.equal(isThere(`${bench.folder}/t.lance`), false);
    for (const [action, input] of [
      ["drop_table", {}],
      ["delete", { condition: "true" }],
      ["vector_search", { vector: [1] }],
    ] as const) {
      const message = await bench.fails(action, { table_name: "t", ...input });
      assert.equal(message, `lancedb.${action}: table 't' was not found`);
    }
    await fill(bench);
    assert.deepEqual(await ids(bench), [0, 1, 2, 3, 4]);
  });
}

test("a condition is one predicate to its end, and what is none deletes nothing", async t => {
  const bench = await fill(lanceBench(t));
  const wrong: [condition: string, problem: RegExp][] = [
    ["id >= 0 LIMIT 1", /^not a SQL predicate: .*LIMIT/],
    ["id >= 0 ORDER BY id", /^not a SQL predicate: .*ORDER/],
    ["1 = 1; DROP TABLE t", /^not a SQL predicate: .*;/],
    ["id = 'abc", /^not a SQL predicate: Unterminated string literal$/],
    ["zzz = 1", /^No field named zzz\. /],
    ["id", /boolean/],
  ];
  for (const [condition, problem] of wrong) {
    const message = await bench.fails("delete", { table_name: "t", condition });
    assert.match(message, /^lancedb\.delete: /, condition);
    assert.match(message.slice("lancedb.delete: ".length), problem);
  }
  assert.deepEqual(await ids(bench), [0, 1, 2, 3, 4]);
  await bench.run("delete", { table_name: "t", condition: "id = 0 -- the first" });
  await bench.run("delete", { table_name: "t", condition: "name = 'x; LIMIT 1' OR id = 1" });
  assert.deepEqual(await ids(bench), [2, 3, 4]);
});

const refused: [action: string, input: object, problem: string][] = [
  ["delete", {}, "table_name must be a non-blank string, got nil"],
  ["delete", { table_name: "t" }, "condition must be a non-blank string, got nil"],
  ["delete", { table_name: "t", condition: " " }, 'condition must be a non-blank string, got " "'],
  ["delete", { table_name: "t", condition: true }, "condition must be a non-blank string, got true"],
  ["delete", { table_name: "nope", condition: "true" }, "table 'nope' was not found"],
  ["drop_table", {}, "table_name must be a non-blank string, got nil"],
  ["drop_table", { table_name: ["t"] }, "table_name must be a non-blank string, got an array"],
  [
    "drop_table",
    { table_name: "a/b" },
    "table_name may hold only letters, digits, '_', '-' and '.', got \"a/b\"",
  ],
  ["drop_table", { table_name: "nope" }, "table 'nope' was not found"],
];

test("delete and drop_table refuse wrong input by the name of the field", async t => {
  const { fails } = await fill(lanceBench(t));
  for (const [action, input, problem] of refused) {
    assert.equal(await fails(action, input), `lancedb.${action}: ${problem}`);
  }
});
