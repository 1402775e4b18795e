// vector_search: the rows whose vectors are nearest to a given one.

import type { Table } from "@lancedb/lancedb";
import type { RecordBatch, Schema } from "apache-arrow";
import { answerWithBody } from "../answer.js";
import { kindOf } from "./column-kinds.js";
import type { Input } from "./input.js";
import { JsonValues } from "./json-values.js";
import type { LanceOperation } from "./operations.js";
import { wholePredicate } from "./predicate.js";
import { makeBatch } from "./record-batches.js";
import { describe, Refused } from "./refused.js";
import { rowsAsJson } from "./row-text.js";
import type { Tables } from "./tables.js";

const usualLimit = 10;
const largestLimit = 10_000;

const outputFormats = {
  json: "json",
  json_rows: "json",
  "json-rows": "json",
  arrow: "arrow_ipc",
  arrow_ipc: "arrow_ipc",
  "arrow-ipc": "arrow_ipc",
  unspecified: "arrow_ipc",
  "": "arrow_ipc",
} as const;

interface Search {
  readonly vector: Float32Array;
  readonly limit: number;
  readonly filter: string | undefined;
  /** Empty: the one that fits. */
  readonly column: string;
}

export function readSearch(input: Input): LanceOperation {
  const name = input.tableName();
  const filter = input.optionalText("filter", "");
  const search: Search = {
    vector: readVector(input),
    limit: Math.min(input.count("limit", 0) || usualLimit, largestLimit),
    filter: filter === "" ? undefined : wholePredicate(filter),
    column: input.optionalText("vector_column", ""),
  };
  const format = input.choice<"json" | "arrow_ipc">("output_format", "json", outputFormats);
  return async tables => {
    const { schema, batches } = await tables.read(name, table => run(tables, table, search));
    const body = format === "json" ? rowsAsJson(schema, batches) : asStream(tables, schema, batches);
    const meta = {
      success: true,
      message: "search completed",
      format,
      rows: batches.reduce((sum, batch) => sum + batch.numRows, 0),
      byte_length: body.length,
    };
    return answerWithBody(JSON.stringify(meta), body);
  };
}

async function run(
  tables: Tables,
  table: Table,
  { vector, limit, filter, column }: Search,
): Promise<{ schema: Schema; batches: RecordBatch[] }> {
  const schema = await tables.step(() => table.schema());
  const query = table
    .query()
    .nearestTo(vector)
    .column(vectorColumn(schema, vector.length, column))
    .limit(limit);
  if (filter !== undefined) query.where(filter);
  const result = await tables.step(() => query.toArrow());
  if (result.batches.length > 0) return { schema: result.schema, batches: result.batches };
  return { schema: await tables.step(() => query.outputSchema()), batches: [] };
}

function asStream({ arrow }: Tables, schema: Schema, batches: readonly RecordBatch[]): Uint8Array {
  const writable = batches.map(({ data, numRows }) => makeBatch(arrow, schema, data.children, numRows));
  return arrow.tableToIPC(new arrow.Table(schema, writable), "stream");
}

function readVector(input: Input): Float32Array {
  const list = input.list("vector");
  if (list.length === 0) throw new Refused("vector must not be empty");
  const vector = new Float32Array(list.length);
  try {
    new JsonValues().vector(list, vector);
  } catch (error) {
    throw new Refused(`vector${(error as Error).message}`);
  }
  return vector;
}

/** @throws Refused when no column, or more than one, has vectors of this length */
function vectorColumn(schema: Schema, length: number, wanted: string): string {
  const columns = schema.fields.flatMap(({ name, type }) => {
    const kind = kindOf(type);
    return kind?.name === "vector_float32" ? [{ name, dimension: kind.dimension }] : [];
  });
  const listed = columns.map(({ name, dimension }) => `'${name}' has ${dimension}`).join(", ");
  if (wanted !== "") {
    const column = columns.find(({ name }) => name === wanted);
    if (column === undefined) {
      throw new Refused(`vector_column must name a vector column of the table, got ${describe(wanted)}`);
    }
    if (column.dimension !== length) {
      throw new Refused(`vector must have ${column.dimension} numbers for column '${wanted}', got ${length}`);
    }
    return wanted;
  }
  const fitting = columns.filter(({ dimension }) => dimension === length);
  const [first] = fitting;
  if (first === undefined) {
    if (columns.length === 0) throw new Refused("the table has no vector column");
    throw new Refused(`no vector column has ${length} numbers (${listed})`);
  }
  if (fitting.length > 1) {
    const names = fitting.map(({ name }) => `'${name}'`).join(" or ");
    throw new Refused(`vector_column must say which column is meant: ${names}`);
  }
  return first.name;
}
