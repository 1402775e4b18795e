// The schema of a table that a skill makes, from its list of columns.

import type { Field, Schema } from "apache-arrow";
import { arrowType, type ColumnKind, columnTypes } from "./column-kinds.js";
import { Input } from "./input.js";
import type { Arrow } from "./library.js";
import { describe, Refused } from "./refused.js";

export interface NewColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly nullable: boolean;
}

/** A null vector takes as much room as any other. */
const largestDimension = 65_536;

/** Names that LanceDB adds to rows itself. */
const reservedNames = new Set([
  "_distance",
  "_rowid",
  "_rowaddr",
  "_rowoffset",
  "_row_created_at_version",
  "_row_last_updated_at_version",
]);

/** @throws Refused naming the column that is wrong */
export function readColumns(input: Input): readonly NewColumn[] {
  const columns = input.list("columns").map(readColumn);
  if (columns.length === 0) throw new Refused("columns must not be empty");
  const names = new Set<string>();
  for (const { name } of columns) {
    if (names.has(name)) throw new Refused(`columns has the name '${name}' twice`);
    names.add(name);
  }
  return columns;
}

export function schemaOf(arrow: Arrow, columns: readonly NewColumn[]): Schema {
  const fields: Field[] = columns.map(
    ({ name, kind, nullable }) => new arrow.Field(name, arrowType(arrow, kind), nullable),
  );
  return new arrow.Schema(fields);
}

function readColumn(value: unknown, index: number): NewColumn {
  const path = `columns[${index}]`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refused(`${path} must be a table, got ${describe(value)}`);
  }
  const column = new Input(value, `${path}.`);
  const name = columnName(column);
  return { name, kind: columnKind(column), nullable: column.flag("nullable", true) };
}

function columnName(column: Input): string {
  const name = column.get("name");
  if (typeof name !== "string" || name.trim() === "") column.fail("name", "must be a non-blank string");
  // With these, LanceDB makes the table and then cannot read or merge into it.
  if (/[."`\0]/.test(name)) column.fail("name", "must not contain '.', '\"', '`' or NUL");
  if (reservedNames.has(name)) column.fail("name", "is a name that LanceDB uses itself");
  return name;
}

function columnKind(column: Input): ColumnKind {
  const type = column.get("column_type");
  if (typeof type !== "string") column.fail("column_type", "must be a string");
  const spelling = type.trim().toLowerCase();
  if (spelling === "" || spelling === "unspecified") column.fail("column_type", "must name a type");
  const kind = Object.hasOwn(columnTypes, spelling) ? columnTypes[spelling] : undefined;
  if (kind === undefined) {
    column.fail("column_type", `must be one of ${Object.keys(columnTypes).join(", ")}`);
  }
  const dimension = column.count("vector_dim", 0);
  if (kind !== "vector_float32") return { name: kind };
  if (dimension === 0 || dimension > largestDimension) {
    column.fail("vector_dim", `must be an integer from 1 to ${largestDimension}`);
  }
  return { name: kind, dimension };
}
