// Which Arrow type a column of a result gets. SQLite types values, Arrow types columns: what the table declares decides,
// corrected by the values of the first batch.

/** The numbers are those of `NativeCursor.build`. */
export const ColumnType = { Int64: 0, Float64: 1, Utf8: 2, Binary: 3 } as const;
export type ColumnType = (typeof ColumnType)[keyof typeof ColumnType];

/** Kinds of values that a column has held, as `NativeCursor.fetch` reports them: a set of bits. NULL is none. */
export const Seen = { Integer: 1, Real: 2, Text: 4, Blob: 8 } as const;

/** The first word that occurs in a declared type decides. `POINT` is an integer here as it is for SQLite's own affinity. */
const declaredWords: readonly (readonly [ColumnType, readonly string[]])[] = [
  [ColumnType.Int64, ["INT", "BOOL"]],
  [ColumnType.Float64, ["REAL", "FLOA", "DOUB", "NUMERIC", "DEC"]],
  [ColumnType.Binary, ["BLOB"]],
];

/**
 * @param declared the type in the table's declaration; "" for an expression, or a column without one
 * @returns undefined when nothing is declared
 */
function declaredType(declared: string): ColumnType | undefined {
  if (declared.trim() === "") return undefined;
  const upper = declared.toUpperCase();
  const match = declaredWords.find(([, words]) => words.some(word => upper.includes(word)));
  return match?.[0] ?? ColumnType.Utf8;
}

/** What values alone say: one kind gives its own type, a mixture text, but numbers stay numbers. */
function valueType(seen: number): ColumnType {
  if (seen === Seen.Integer) return ColumnType.Int64;
  if (seen === Seen.Real || seen === (Seen.Integer | Seen.Real)) return ColumnType.Float64;
  return seen === Seen.Blob ? ColumnType.Binary : ColumnType.Utf8;
}

/**
 * The type of a column for all batches of a stream.
 *
 * @param seen kinds of values in the first batch
 */
export function columnType(declared: string, seen: number): ColumnType {
  const type = declaredType(declared);
  const numbers = seen & (Seen.Integer | Seen.Real);
  const has = (kind: number) => (seen & kind) !== 0;
  switch (type) {
    case undefined:
      return valueType(seen);
    case ColumnType.Int64:
      if (has(Seen.Text | Seen.Blob)) return ColumnType.Utf8;
      return has(Seen.Real) ? ColumnType.Float64 : ColumnType.Int64;
    case ColumnType.Float64:
      return has(Seen.Text | Seen.Blob) ? ColumnType.Utf8 : ColumnType.Float64;
    case ColumnType.Binary:
      return has(Seen.Text) || numbers !== 0 ? ColumnType.Utf8 : ColumnType.Binary;
    default:
      return ColumnType.Utf8;
  }
}
