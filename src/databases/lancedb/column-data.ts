// Columns of Arrow data that are filled with JSON values, one row after the other.

import type { Data, DataType } from "apache-arrow";
import { arrowType, type ColumnKind } from "./column-kinds.js";
import type { JsonValues } from "./json-values.js";
import type { Arrow } from "./library.js";
import { Refused } from "./refused.js";

/** A column of fixed length. A row that is never set is null. */
export abstract class ColumnData {
  readonly #arrow: Arrow;
  readonly #type: DataType;
  readonly #rows: number;
  readonly #set: Uint8Array;
  #nulls: number;

  protected constructor(arrow: Arrow, kind: ColumnKind, rows: number) {
    this.#arrow = arrow;
    this.#type = arrowType(arrow, kind);
    this.#rows = rows;
    this.#set = bitmap(rows);
    this.#nulls = rows;
  }

  /** Each row at most once. @throws Refused as `JsonValues` does */
  set(row: number, value: unknown): void {
    this.put(row, value);
    setBit(this.#set, row);
    this.#nulls -= 1;
  }

  finish(): Data {
    return this.#arrow.makeData({
      type: this.#type,
      length: this.#rows,
      nullCount: this.#nulls,
      nullBitmap: this.#set,
      ...this.parts(),
    });
  }

  protected abstract put(row: number, value: unknown): void;
  /** The buffers or the child, as `makeData` names them. */
  protected abstract parts(): object;
}

/** Rows that lack most of their vectors are much larger as columns than they are as JSON. */
const mostBytes = 2 ** 30;

/** @throws Refused when columns of these kinds would take too much memory at once, with all their nulls */
export function requireRoom(kinds: readonly ColumnKind[], rows: number): void {
  const bytes = rows * kinds.reduce((sum, kind) => sum + bytesPerRow(kind), 0);
  if (bytes <= mostBytes) return;
  throw new Refused(`${rows} rows take ${bytes} bytes in this table (at most ${mostBytes} at once)`);
}

function bytesPerRow(kind: ColumnKind): number {
  if (kind.name === "vector_float32") return 4 * kind.dimension;
  return kind.name.endsWith("64") ? 8 : 4;
}

export function newColumn(arrow: Arrow, kind: ColumnKind, rows: number, values: JsonValues): ColumnData {
  const { name } = kind;
  switch (name) {
    case "string":
      return new TextColumn(arrow, rows, values);
    case "bool":
      return new BoolColumn(arrow, rows, values);
    case "vector_float32":
      return new VectorColumn(arrow, kind.dimension, rows, values);
    case "float32":
      return new PlainColumn(arrow, kind, rows, new Float32Array(rows), value => values.float32(value));
    case "float64":
      return new PlainColumn(arrow, kind, rows, new Float64Array(rows), value => values.float64(value));
    case "int64":
      return new PlainColumn(arrow, kind, rows, new BigInt64Array(rows), value =>
        values.integer(name, value),
      );
    case "uint64":
      return new PlainColumn(arrow, kind, rows, new BigUint64Array(rows), value =>
        values.integer(name, value),
      );
    case "int32":
      return new PlainColumn(arrow, kind, rows, new Int32Array(rows), value =>
        Number(values.integer(name, value)),
      );
    case "uint32":
      return new PlainColumn(arrow, kind, rows, new Uint32Array(rows), value =>
        Number(values.integer(name, value)),
      );
  }
}

class PlainColumn<T> extends ColumnData {
  readonly #data: { [index: number]: T };
  readonly #read: (value: unknown) => T;

  constructor(
    arrow: Arrow,
    kind: ColumnKind,
    rows: number,
    data: { [index: number]: T },
    read: (value: unknown) => T,
  ) {
    super(arrow, kind, rows);
    this.#data = data;
    this.#read = read;
  }

  protected put(row: number, value: unknown): void {
    this.#data[row] = this.#read(value);
  }

  protected parts(): object {
    return { data: this.#data };
  }
}

class BoolColumn extends ColumnData {
  readonly #bits: Uint8Array;
  readonly #values: JsonValues;

  constructor(arrow: Arrow, rows: number, values: JsonValues) {
    super(arrow, { name: "bool" }, rows);
    this.#bits = bitmap(rows);
    this.#values = values;
  }

  protected put(row: number, value: unknown): void {
    if (this.#values.bool(value)) setBit(this.#bits, row);
  }

  protected parts(): object {
    return { data: this.#bits };
  }
}

class TextColumn extends ColumnData {
  readonly #texts: string[];
  readonly #values: JsonValues;

  constructor(arrow: Arrow, rows: number, values: JsonValues) {
    super(arrow, { name: "string" }, rows);
    this.#texts = new Array(rows).fill("");
    this.#values = values;
  }

  protected put(row: number, value: unknown): void {
    this.#texts[row] = this.#values.text(value);
  }

  protected parts(): object {
    const valueOffsets = new Int32Array(this.#texts.length + 1);
    let end = 0;
    this.#texts.forEach((text, row) => {
      end += Buffer.byteLength(text);
      valueOffsets[row + 1] = end;
    });
    // Each by itself: halves of a surrogate pair in neighbouring rows would become one character.
    const data = Buffer.alloc(end);
    this.#texts.forEach((text, row) => {
      data.write(text, valueOffsets[row] as number);
    });
    return { valueOffsets, data };
  }
}

class VectorColumn extends ColumnData {
  readonly #arrow: Arrow;
  readonly #dimension: number;
  readonly #data: Float32Array;
  readonly #values: JsonValues;

  constructor(arrow: Arrow, dimension: number, rows: number, values: JsonValues) {
    super(arrow, { name: "vector_float32", dimension }, rows);
    this.#arrow = arrow;
    this.#dimension = dimension;
    this.#data = new Float32Array(rows * dimension);
    this.#values = values;
  }

  protected put(row: number, value: unknown): void {
    const start = row * this.#dimension;
    this.#values.vector(value, this.#data.subarray(start, start + this.#dimension));
  }

  protected parts(): object {
    const data = this.#data;
    const type = new this.#arrow.Float32();
    return { child: this.#arrow.makeData({ type, length: data.length, nullCount: 0, data }) };
  }
}

function bitmap(bits: number): Uint8Array {
  return new Uint8Array(Math.ceil(bits / 8));
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] as number) | (1 << (index & 7));
}
