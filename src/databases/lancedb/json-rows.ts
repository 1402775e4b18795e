// Rows that come as JSON: an array of objects. The columns of the table decide what is read; other keys are ignored.

import type { Field, RecordBatch, Schema } from "apache-arrow";
import { type ColumnData, newColumn, requireRoom } from "./column-data.js";
import { kindOf } from "./column-kinds.js";
import { parseExactJson } from "./exact-json.js";
import { asList } from "./input.js";
import { JsonValues } from "./json-values.js";
import type { Arrow } from "./library.js";
import { makeBatch } from "./record-batches.js";
import { describe, Refused } from "./refused.js";

export interface JsonRows {
  readonly rows: readonly unknown[];
  readonly values: JsonValues;
}

/** @param text of `rows` or `data`; an empty one holds no rows */
export function readJsonRows(text: string): JsonRows {
  if (text.trim() === "") return { rows: [], values: new JsonValues() };
  let parsed: ReturnType<typeof parseExactJson>;
  try {
    parsed = parseExactJson(text);
  } catch (error) {
    throw new Refused(`rows must be a JSON array of objects: ${(error as Error).message}`);
  }
  const rows = asList(parsed.value);
  if (rows === undefined)
    throw new Refused(`rows must be an array of objects, got ${describe(parsed.value)}`);
  return { rows, values: new JsonValues(parsed.integerOf) };
}

/** @throws Refused naming the row and the field that does not fit the schema */
export function batchOfJson(arrow: Arrow, schema: Schema, { rows, values }: JsonRows): RecordBatch {
  const columns = makeColumns(arrow, schema, rows.length, values);
  rows.forEach((row, index) => {
    if (!isObject(row)) throw new Refused(`rows[${index}] must be an object, got ${describe(row)}`);
    for (const { field, data } of columns) setField(row, index, field, data);
  });
  return makeBatch(
    arrow,
    schema,
    columns.map(({ data }) => data.finish()),
    rows.length,
  );
}

function makeColumns(
  arrow: Arrow,
  schema: Schema,
  rows: number,
  values: JsonValues,
): { field: Field; data: ColumnData }[] {
  const fields = schema.fields.map(field => {
    const { name, type } = field;
    const kind = kindOf(type);
    if (kind === undefined)
      throw new Refused(`column '${name}' has the type ${type}, which JSON rows cannot fill`);
    return { field, kind };
  });
  requireRoom(
    fields.map(({ kind }) => kind),
    rows,
  );
  return fields.map(({ field, kind }) => ({ field, data: newColumn(arrow, kind, rows, values) }));
}

function setField(row: { [name: string]: unknown }, index: number, field: Field, data: ColumnData): void {
  const { name, nullable } = field;
  // A column may have the name of something that every object inherits.
  const value = Object.hasOwn(row, name) ? row[name] : undefined;
  if (value === undefined || value === null) {
    if (nullable) return;
    const problem = value === null ? "is not nullable, got null" : "is missing and not nullable";
    throw new Refused(`rows[${index}].${name} ${problem}`);
  }
  try {
    data.set(index, value);
  } catch (error) {
    if (error instanceof Refused) throw new Refused(`rows[${index}].${name}${error.message}`);
    throw error;
  }
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  // An empty Lua table may come as an empty array.
  return !Array.isArray(value) || value.length === 0;
}
