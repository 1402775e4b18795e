// Rows of a result as JSON text, written without making a JavaScript object of each row: integers keep all their digits.

import type { Field, Float32, RecordBatch, Schema, Vector } from "apache-arrow";
import { type ColumnKind, kindOf } from "./column-kinds.js";
import { Refused } from "./refused.js";

type Write = (value: unknown) => string;

/** Characters after which a text becomes bytes: one of JavaScript cannot have more than 512 Mi. */
const textLength = 2 ** 20;

/** @returns UTF-8 text of an array of objects, with the columns in the order of the schema */
export function rowsAsJson(schema: Schema, batches: readonly RecordBatch[]): Uint8Array {
  const writers = schema.fields.map(writerOf);
  const names = schema.fields.map(({ name }) => JSON.stringify(name));
  const parts: Buffer[] = [];
  let text = "[";
  let separator = "";
  for (const batch of batches) {
    const columns = schema.fields.map((_, index) => batch.getChildAt(index) as Vector);
    for (let row = 0; row < batch.numRows; row++) {
      const members = columns.map((column, index) => {
        const value: unknown = column.get(row);
        return `${names[index]}:${value === null ? "null" : (writers[index] as Write)(value)}`;
      });
      text += `${separator}{${members.join(",")}}`;
      separator = ",";
      if (text.length < textLength) continue;
      parts.push(Buffer.from(text));
      text = "";
    }
  }
  parts.push(Buffer.from(`${text}]`));
  return Buffer.concat(parts);
}

function writerOf({ name, type }: Field): Write {
  const kind = kindOf(type);
  if (kind === undefined) {
    throw new Refused(
      `column '${name}' has the type ${type}, which JSON cannot show; output_format arrow can`,
    );
  }
  return writers[kind.name];
}

const writers: { readonly [Name in ColumnKind["name"]]: Write } = {
  string: value => JSON.stringify(value),
  bool: String,
  int64: String,
  int32: String,
  uint64: String,
  uint32: String,
  float64: writeFloat,
  // A float32 is a double here, with all the digits that it has as one.
  float32: writeFloat,
  vector_float32: value => {
    const vector = value as Vector<Float32>;
    const numbers = vector.nullCount === 0 ? vector.toArray() : [...vector];
    const isPlain = numbers.every(number => Number.isFinite(number));
    return `[${isPlain ? numbers.join(",") : Array.from(numbers, writeFloat).join(",")}]`;
  },
};

/** JSON has no infinities and no NaN. */
function writeFloat(value: unknown): string {
  return Number.isFinite(value) ? String(value) : "null";
}
