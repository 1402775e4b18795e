// Rows that come as an Arrow IPC stream. They must be what the table holds: LanceDB would cast types, and fill what is absent.

import type { Data, Field, RecordBatch, Schema } from "apache-arrow";
import { requireWholeStream } from "./arrow-stream.js";
import { newColumn, requireRoom } from "./column-data.js";
import { type ColumnKind, kindOf } from "./column-kinds.js";
import { JsonValues } from "./json-values.js";
import type { Arrow } from "./library.js";
import { makeBatch } from "./record-batches.js";
import { describe, Refused } from "./refused.js";
import { requireSound } from "./sound-data.js";

export interface ArrowRows {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
  readonly rows: number;
}

/** @param bytes an IPC stream with its end-of-stream mark */
export function readArrowRows(arrow: Arrow, bytes: Uint8Array): ArrowRows {
  requireWholeStream(bytes);
  const { schema, batches } = readStream(arrow, bytes);
  if (schema.fields.length === 0) throw new Refused("data has no columns");
  requireSound(batches);
  return { schema, batches, rows: batches.reduce((sum, batch) => sum + batch.numRows, 0) };
}

/**
 * The rows with all columns of the table, in its order. Columns that may be null may be absent.
 *
 * @throws Refused naming the column that does not fit
 */
export function fitBatches(arrow: Arrow, schema: Schema, data: ArrowRows): RecordBatch[] {
  const sources = schema.fields.map(field => sourceOf(field, data.schema));
  for (const { name } of data.schema.fields) {
    if (!schema.fields.some(field => field.name === name)) {
      throw new Refused(`data has the column ${describe(name)}, which the table does not have`);
    }
  }
  const absent = sources.flatMap(source => (typeof source === "number" ? [] : [source]));
  requireRoom(absent, data.rows);
  return data.batches.map(batch => {
    const columns = sources.map((source, index) => {
      if (typeof source !== "number")
        return newColumn(arrow, source, batch.numRows, new JsonValues()).finish();
      const column = batch.data.children[source] as Data;
      const { name, nullable } = schema.fields[index] as Field;
      if (nullable || column.nullCount === 0) return column;
      throw new Refused(`column '${name}' is not nullable, and data has nulls in it`);
    });
    return makeBatch(arrow, schema, columns, batch.numRows);
  });
}

function readStream(arrow: Arrow, bytes: Uint8Array): { schema: Schema; batches: RecordBatch[] } {
  try {
    const reader = arrow.RecordBatchReader.from(bytes).open();
    // Taken first: the reader forgets it at the end.
    const { schema } = reader;
    return { schema, batches: [...reader] };
  } catch (error) {
    throw new Refused(`data must be an Arrow IPC stream: ${(error as Error).message}`);
  }
}

/** Which column of the data a column of the table comes from, or of what kind the nulls are that it consists of. */
function sourceOf({ name, type, nullable }: Field, data: Schema): number | ColumnKind {
  const [place, second] = data.fields.flatMap((field, index) => (field.name === name ? [index] : []));
  if (second !== undefined) throw new Refused(`data has the column '${name}' twice`);
  if (place !== undefined) {
    const given = String((data.fields[place] as Field).type);
    if (given === String(type)) return place;
    throw new Refused(`column '${name}' must have the type ${type}, data has ${given}`);
  }
  const kind = kindOf(type);
  if (!nullable) throw new Refused(`data lacks the column '${name}', which is not nullable`);
  if (kind === undefined) throw new Refused(`data lacks the column '${name}' of the type ${type}`);
  return kind;
}
