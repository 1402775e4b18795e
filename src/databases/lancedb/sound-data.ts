// Whether Arrow data has the buffers that its lengths promise. Neither apache-arrow nor LanceDB looks before it reads, and a
// damaged payload would make the one count rows without end and the other panic.

import type { Data, Float32, RecordBatch, Utf8 } from "apache-arrow";
import { kindOf } from "./column-kinds.js";
import { describe, Refused } from "./refused.js";

/** @throws Refused naming the column that is damaged */
export function requireSound(batches: readonly RecordBatch[]): void {
  for (const { schema, data, numRows } of batches) {
    schema.fields.forEach(({ name }, index) => {
      const column = data.children[index];
      if (column === undefined || column.length !== numRows || !isSound(column)) {
        throw new Refused(`data is damaged in the column ${describe(name)}`);
      }
    });
  }
}

/** Columns of types that skills cannot make are taken as they are. */
function isSound(data: Data): boolean {
  const { type, length } = data;
  if (!hasRoomForNulls(data)) return false;
  const kind = kindOf(type);
  switch (kind?.name) {
    case undefined:
      return true;
    case "bool":
      return data.values.length >= Math.ceil(length / 8) || data.nullCount === length;
    case "string":
      return hasSoundOffsets(data as Data<Utf8>);
    case "vector_float32": {
      const child = data.children[0] as Data<Float32> | undefined;
      const size = length * (kind as { dimension: number }).dimension;
      return child?.length === size && child.values.length >= size && hasRoomForNulls(child);
    }
    default:
      return data.values.length >= length;
  }
}

function hasRoomForNulls({ length, nullCount, nullBitmap }: Data): boolean {
  return (
    nullCount >= 0 && nullCount <= length && (nullCount === 0 || nullBitmap.length >= Math.ceil(length / 8))
  );
}

function hasSoundOffsets({ length, valueOffsets, values }: Data<Utf8>): boolean {
  if (length === 0) return true;
  if (valueOffsets.length <= length || (valueOffsets[0] as number) < 0) return false;
  for (let row = 0; row < length; row++) {
    if ((valueOffsets[row + 1] as number) < (valueOffsets[row] as number)) return false;
  }
  return (valueOffsets[length] as number) <= values.length;
}
