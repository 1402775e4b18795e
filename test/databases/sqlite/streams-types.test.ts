// Which Arrow types the columns of a stream have, and what becomes of values of other types.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Table } from "apache-arrow";
import { numbers, streamBench } from "./stream-bench.js";

const bench = streamBench({ after });

function typesOf(table: Table): string[] {
  return table.schema.fields.map(({ type }) => String(type));
}

/** Arrow hands out bytes as views of its buffers. */
function valuesOf(table: Table, column = 0): unknown[] {
  return Array.from(table.getChildAt(column) ?? [], value =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
  );
}

function fill(declared: string, values: readonly string[]): void {
  const { database } = bench;
  database.native.script(`DROP TABLE IF EXISTS t; CREATE TABLE t (c ${declared})`);
  for (const value of values) database.native.script(`INSERT INTO t VALUES (${value})`);
}

const declarations = [
  ["INT", "Int64"],
  ["integer", "Int64"],
  ["UNSIGNED BIG INT", "Int64"],
  ["BOOLEAN", "Int64"],
  ["REAL", "Float64"],
  ["FLOAT", "Float64"],
  ["Double Precision", "Float64"],
  ["NUMERIC(10, 2)", "Float64"],
  ["DECIMAL", "Float64"],
  ["BLOB", "Binary"],
  ["VARCHAR(80)", "Utf8"],
  ["CLOB", "Utf8"],
  ["TEXT", "Utf8"],
  ["JSON", "Utf8"],
  ["DATE", "Utf8"],
  ["DATETIME", "Utf8"],
  ["TIMESTAMP", "Utf8"],
  ["GEOMETRY", "Utf8"],
  ["", "Utf8"],
  // The first word of the list that occurs decides.
  ["CHARINT", "Int64"],
  ["FLOATING POINT", "Int64"],
  ["BLOB TEXT", "Binary"],
  ["REAL BLOB", "Float64"],
] as const;

for (const [declared, type] of declarations) {
  test(`a column declared ${declared || "without a type"} that holds only NULL is ${type}`, async () => {
    fill(declared, ["NULL"]);
    const table = await bench.table("SELECT c FROM t");
    assert.deepEqual(typesOf(table), [type]);
    assert.deepEqual(valuesOf(table), [null]);
    assert.equal(table.schema.fields[0]?.nullable, true);
  });
}

const firstBatches = [
  ["INT", ["1", "NULL", "-2"], "Int64", [1n, null, -2n]],
  ["INT", ["1", "2.5"], "Float64", [1, 2.5]],
  ["INT", ["1", "'x'"], "Utf8", ["1", "x"]],
  ["INT", ["2.5", "1", "'x'"], "Utf8", ["2.5", "1", "x"]],
  ["INT", ["1", "x'0aff'"], "Utf8", ["1", "x'0AFF'"]],
  ["REAL", ["1", "2.5"], "Float64", [1, 2.5]],
  ["NUMERIC", ["1", "NULL"], "Float64", [1, null]],
  ["REAL", ["1", "'x'"], "Utf8", ["1.0", "x"]],
  ["REAL", ["1", "x'00'"], "Utf8", ["1.0", "x'00'"]],
  ["BLOB", ["x'00ff'", "NULL", "x''"], "Binary", ["\x00\xff", null, ""]],
  ["BLOB", ["x'00ff'", "7"], "Utf8", ["x'00FF'", "7"]],
  ["BLOB", ["x'00ff'", "7.0"], "Utf8", ["x'00FF'", "7.0"]],
  ["BLOB", ["x'00ff'", "'x'"], "Utf8", ["x'00FF'", "x"]],
  ["TEXT", ["'a'", "''", "NULL", "'漢字 😀'"], "Utf8", ["a", "", null, "漢字 😀"]],
  ["TEXT", ["'a'", "x'00'"], "Utf8", ["a", "x'00'"]],
  ["DATE", ["20261120", "1.5"], "Utf8", ["20261120", "1.5"]],
  // Without a declared type the values alone decide.
  ["", ["NULL", "1"], "Int64", [null, 1n]],
  ["", ["1.5"], "Float64", [1.5]],
  ["", ["1.5", "1"], "Float64", [1.5, 1]],
  ["", ["x'41'", "NULL"], "Binary", ["A", null]],
  ["", ["'a'"], "Utf8", ["a"]],
  ["", ["x'41'", "1"], "Utf8", ["x'41'", "1"]],
  ["", ["x'41'", "1.5"], "Utf8", ["x'41'", "1.5"]],
  ["", ["1", "'a'"], "Utf8", ["1", "a"]],
] as const;

for (const [declared, values, type, expected] of firstBatches) {
  test(`${declared || "a column without a type"} with ${values.join(", ")} becomes ${type}`, async () => {
    fill(declared, values);
    const table = await bench.table("SELECT c FROM t ORDER BY rowid");
    assert.deepEqual(typesOf(table), [type]);
    assert.deepEqual(valuesOf(table), expected);
  });
}

const oddValues = [
  ["an Int64", "1", "2.9", 2n],
  ["an Int64", "1", "-2.9", -2n],
  ["an Int64", "1", "1e300", 9223372036854775807n],
  ["an Int64", "1", "9223372036854775808.0", 9223372036854775807n],
  ["an Int64", "1", "-9223372036854775808.0", -9223372036854775808n],
  ["an Int64", "1", "-9e999", -9223372036854775808n],
  ["an Int64", "1", "'2'", null],
  ["an Int64", "1", "x'32'", null],
  ["an Int64", "1", "NULL", null],
  ["a Float64", "1.5", "3", 3],
  ["a Float64", "1.5", "9007199254740993", 9007199254740992],
  ["a Float64", "1.5", "9e999", Number.POSITIVE_INFINITY],
  ["a Float64", "1.5", "'2.5'", null],
  ["a Float64", "1.5", "x'32'", null],
  ["a Float64", "1.5", "NULL", null],
  ["a Binary", "x'41'", "'text'", "text"],
  ["a Binary", "x'41'", "12", "12"],
  ["a Binary", "x'41'", "2.0", "2.0"],
  ["a Binary", "x'41'", "CAST(x'ff41' AS TEXT)", "\xffA"],
  ["a Binary", "x'41'", "NULL", null],
  ["a Utf8", "'a'", "-9223372036854775808", "-9223372036854775808"],
  ["a Utf8", "'a'", "2.0", "2.0"],
  ["a Utf8", "'a'", "0.1", "0.1"],
  ["a Utf8", "'a'", "-0.0", "-0.0"],
  ["a Utf8", "'a'", "1e21", "1e+21"],
  ["a Utf8", "'a'", "1e-7", "1e-7"],
  ["a Utf8", "'a'", "123456789012345680000.0", "123456789012345680000.0"],
  ["a Utf8", "'a'", "9e999", "inf"],
  ["a Utf8", "'a'", "-9e999", "-inf"],
  ["a Utf8", "'a'", "x''", "x''"],
  ["a Utf8", "'a'", "x'00abcdef'", "x'00ABCDEF'"],
  ["a Utf8", "'a'", "'é' || char(0) || 'b'", "é\0b"],
  ["a Utf8", "'a'", "CAST(x'ff41' AS TEXT)", null],
  ["a Utf8", "'a'", "NULL", null],
] as const;

for (const [column, usual, odd, expected] of oddValues) {
  test(`${odd} behind the first batch of ${column} column becomes ${expected}`, async () => {
    const table = await bench.table(
      `SELECT CASE WHEN i = 1001 THEN ${odd} ELSE ${usual} END AS c FROM ${numbers(1002)}`,
    );
    assert.equal(typesOf(table)[0], column.split(" ")[1]);
    const values = valuesOf(table);
    assert.equal(values.length, 1002);
    assert.deepEqual(values[1000], expected);
    assert.deepEqual(values[1001], values[0], "the value behind it is as it was");
  });
}

test("integers keep all 64 bits", async () => {
  const table = await bench.table(
    "SELECT 9223372036854775807 AS c UNION ALL SELECT -9223372036854775808 UNION ALL SELECT 9007199254740993",
  );
  assert.deepEqual(valuesOf(table), [9223372036854775807n, -9223372036854775808n, 9007199254740993n]);
});

test("nulls at both ends of bytes and words of the bitmap stay where they are", async () => {
  const table = await bench.table(
    `SELECT CASE WHEN i % 8 IN (0, 1) THEN NULL ELSE i END AS n, CASE WHEN i % 3 = 0 THEN NULL ELSE 's' || i END AS s
     FROM ${numbers(2500)}`,
  );
  const expected = Array.from({ length: 2500 }, (_, index) => index + 1);
  assert.deepEqual(
    valuesOf(table, 0),
    expected.map(i => (i % 8 < 2 ? null : BigInt(i))),
  );
  assert.deepEqual(
    valuesOf(table, 1),
    expected.map(i => (i % 3 === 0 ? null : `s${i}`)),
  );
});

test("columns keep their order and their names, also where two have one name", async () => {
  const table = await bench.table("SELECT 1 AS a, 'x' AS 漢, 2 AS a, 1.5 AS \"a b\"");
  assert.deepEqual(
    table.schema.fields.map(({ name }) => name),
    ["a", "漢", "a", "a b"],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map(column => valuesOf(table, column)[0]),
    [1n, "x", 2n, 1.5],
  );
});

test("parameters are bound by position", async () => {
  const table = await bench.table("SELECT ?2 AS b, ?1 AS a, :c AS c", [
    1,
    "two",
    { kind: "bytes", base64: "AP8=" },
  ]);
  assert.deepEqual(
    [0, 1, 2].map(column => valuesOf(table, column)[0]),
    ["two", 1n, "\x00\xff"],
  );
});
