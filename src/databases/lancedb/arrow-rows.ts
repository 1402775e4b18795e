// Rows that come as an Arrow IPC stream. They must be what the table holds: LanceDB would cast types, and a stream that was
// cut off between two batches would lose its end without a word.

import type { Data, Field, RecordBatch, Schema } from "apache-arrow";
import { newColumn } from "./column-data.js";
import { kindOf } from "./column-kinds.js";
import { JsonValues } from "./json-values.js";
import type { Arrow } from "./library.js";
import { makeBatch } from "./record-batches.js";
import { Refused } from "./refused.js";

export interface ArrowRows {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
  readonly rows: number;
}

/** @param bytes an IPC stream with its end-of-stream marker, or an IPC file */
export function readArrowRows(arrow: Arrow, bytes: Uint8Array): ArrowRows {
  const streams = readStreams(arrow, bytes);
  const [only] = streams;
  if (only === undefined || only.schema.fields.length === 0) {
    throw new Refused("data must be an Arrow IPC stream");
  }
  if (streams.length > 1) throw new Refused("data must be one Arrow IPC stream, got several");
  if (!isComplete(bytes))
    throw new Refused("data is cut off: the Arrow IPC stream has no end-of-stream marker");
  return { ...only, rows: only.batches.reduce((sum, batch) => sum + batch.numRows, 0) };
}

/**
 * The rows with all columns of the table, in its order.
 *
 * @throws Refused naming the column that does not fit
 */
export function fitBatches(arrow: Arrow, schema: Schema, { schema: own, batches }: ArrowRows): RecordBatch[] {
  const places = schema.fields.map(field => placeOf(field, own));
  for (const { name } of own.fields) {
    if (!schema.fields.some(field => field.name === name)) {
      throw new Refused(`data has the column '${name}', which the table does not have`);
    }
  }
  return batches.map(batch => {
    const length = batch.numRows;
    const children = schema.fields.map((field, index) => {
      const place = places[index] as number;
      if (place === -1) return nullColumn(arrow, field, length);
      const data = batch.data.children[place] as Data;
      if (!field.nullable && data.nullCount > 0) {
        throw new Refused(`column '${field.name}' is not nullable, and data has nulls in it`);
      }
      return data;
    });
    return makeBatch(arrow, schema, children, length);
  });
}

function readStreams(arrow: Arrow, bytes: Uint8Array): { schema: Schema; batches: RecordBatch[] }[] {
  try {
    return Array.from(arrow.RecordBatchReader.readAll(bytes), reader => {
      const batches = [...reader];
      return { schema: reader.schema, batches };
    });
  } catch (error) {
    throw new Refused(`data must be an Arrow IPC stream: ${(error as Error).message}`);
  }
}

/** A stream ends with the mark of a message and the length 0, an IPC file with its magic. */
function isComplete(bytes: Uint8Array): boolean {
  const end = Buffer.from(bytes.subarray(-8));
  return end.toString("hex") === "ffffffff00000000" || end.toString("latin1").endsWith("ARROW1");
}

function placeOf({ name, type, nullable }: Field, own: Schema): number {
  const places = own.fields.flatMap((field, index) => (field.name === name ? [index] : []));
  const [place = -1] = places;
  if (places.length > 1) throw new Refused(`data has the column '${name}' twice`);
  if (place === -1) {
    if (!nullable) throw new Refused(`data lacks the column '${name}', which is not nullable`);
    return place;
  }
  const given = String((own.fields[place] as Field).type);
  if (given !== String(type)) {
    throw new Refused(`column '${name}' must have the type ${type}, data has ${given}`);
  }
  return place;
}

function nullColumn(arrow: Arrow, { name, type }: Field, length: number): Data {
  const kind = kindOf(type);
  if (kind === undefined) throw new Refused(`data lacks the column '${name}' of type ${type}`);
  return newColumn(arrow, kind, length, new JsonValues()).finish();
}
