// Arrow payloads as other programs make them.

import {
  type Data,
  Field,
  FixedSizeList,
  Float32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
} from "apache-arrow";

export interface ArrowColumn {
  readonly name: string;
  readonly data: Data;
  readonly nullable?: boolean;
}

/** @param batches each a list of columns of one length; all with the same names and types */
export function arrowTable(...batches: readonly (readonly ArrowColumn[])[]): Table {
  const first = batches[0] as readonly ArrowColumn[];
  const schema = new Schema(
    first.map(({ name, data, nullable = true }) => new Field(name, data.type, nullable)),
  );
  const type = new Struct(schema.fields);
  return new Table(
    schema,
    batches.map(columns => {
      const length = columns[0]?.data.length ?? 0;
      const children = columns.map(({ data }) => data);
      return new RecordBatch(schema, makeData({ type, length, nullCount: 0, children }));
    }),
  );
}

export function arrowStream(...batches: readonly (readonly ArrowColumn[])[]): Uint8Array {
  return tableToIPC(arrowTable(...batches), "stream");
}

/** Vectors; undefined is null. */
export function vectors(dimension: number, ...rows: (readonly number[] | undefined)[]): Data {
  const data = new Float32Array(rows.length * dimension);
  const nullBitmap = new Uint8Array(Math.ceil(rows.length / 8));
  rows.forEach((row, index) => {
    if (row === undefined) return;
    data.set(row, index * dimension);
    nullBitmap[index >> 3] = (nullBitmap[index >> 3] as number) | (1 << (index & 7));
  });
  return makeData({
    type: new FixedSizeList(dimension, new Field("element", new Float32(), false)),
    length: rows.length,
    nullCount: rows.filter(row => row === undefined).length,
    nullBitmap,
    child: makeData({ type: new Float32(), length: data.length, nullCount: 0, data }),
  });
}
