// The types of columns: how skills spell them, what they are in Arrow, and how an Arrow type is recognised.

import type { DataType } from "apache-arrow";
import type { Arrow } from "./library.js";

export type ColumnKind =
  | { readonly name: ScalarName }
  | { readonly name: "vector_float32"; readonly dimension: number };

export type ScalarName = "string" | "int64" | "int32" | "uint64" | "uint32" | "float64" | "float32" | "bool";

/** What `column_type` may be. */
export const columnTypes: { readonly [spelling: string]: ColumnKind["name"] } = {
  string: "string",
  int64: "int64",
  int32: "int32",
  uint64: "uint64",
  uint32: "uint32",
  float64: "float64",
  float32: "float32",
  bool: "bool",
  boolean: "bool",
  vector_float32: "vector_float32",
  "vector-float32": "vector_float32",
};

export function arrowType(arrow: Arrow, kind: ColumnKind): DataType {
  switch (kind.name) {
    case "string":
      return new arrow.Utf8();
    case "int64":
      return new arrow.Int64();
    case "int32":
      return new arrow.Int32();
    case "uint64":
      return new arrow.Uint64();
    case "uint32":
      return new arrow.Uint32();
    case "float64":
      return new arrow.Float64();
    case "float32":
      return new arrow.Float32();
    case "bool":
      return new arrow.Bool();
    case "vector_float32":
      return new arrow.FixedSizeList(kind.dimension, new arrow.Field("item", new arrow.Float32(), true));
  }
}

const scalarsByArrowName: { readonly [name: string]: ScalarName } = {
  Utf8: "string",
  Int64: "int64",
  Int32: "int32",
  Uint64: "uint64",
  Uint32: "uint32",
  Float64: "float64",
  Float32: "float32",
  Bool: "bool",
};

/** Undefined for types that only tables have which something else made. */
export function kindOf(type: DataType): ColumnKind | undefined {
  // The text of a type is the same in every copy and version of apache-arrow.
  const text = String(type);
  const scalar = scalarsByArrowName[text];
  if (scalar !== undefined) return { name: scalar };
  const vector = /^FixedSizeList\[(\d+)\]<Float32>$/.exec(text);
  return vector === null ? undefined : { name: "vector_float32", dimension: Number(vector[1]) };
}
