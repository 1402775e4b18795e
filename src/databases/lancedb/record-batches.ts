// Record batches as the writer of apache-arrow can write them.

import type { Data, RecordBatch, Schema } from "apache-arrow";
import type { Arrow } from "./library.js";

/** @param columns in the order of the schema */
export function makeBatch(
  arrow: Arrow,
  schema: Schema,
  columns: readonly Data[],
  length: number,
): RecordBatch {
  const type = new arrow.Struct(schema.fields);
  const children = columns.map(column =>
    hasOnlyNullBools(arrow, column) ? nullBits(arrow, length) : column,
  );
  return new arrow.RecordBatch(schema, arrow.makeData({ type, length, nullCount: 0, children }));
}

/** Of a column of nothing but null booleans, the writer leaves out the values, and no reader takes that (18.1). */
function hasOnlyNullBools({ DataType }: Arrow, { type, length, nullCount }: Data): boolean {
  return DataType.isBool(type) && length > 0 && nullCount === length;
}

/** The same two buffers under the name of a type with which the writer writes both. */
function nullBits(arrow: Arrow, length: number): Data {
  const bytes = Math.ceil(length / 8);
  return arrow.makeData({
    type: new arrow.Uint8(),
    length,
    nullCount: length,
    nullBitmap: new Uint8Array(bytes),
    data: new Uint8Array(bytes),
  });
}
