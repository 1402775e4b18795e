// What the stream operations take. The fields are those of vulcan.sqlite.query_stream and its companions.

import type { DatabaseRequest } from "../../provider.js";

type Fields = { readonly [name: string]: unknown };

export interface QueryInput {
  readonly sql: string;
  /** JSON text, "" where there are none. */
  readonly params: string;
  readonly chunkBytes: number;
}

/** An empty Lua table does not say which it is. */
const arrayStart = /^\s*(\[|\{\s*\}\s*$)/;
const defaultChunkBytes = 1024 * 1024;
const leastChunkBytes = 65_536;
/** A chunk is in memory several times on its way to Lua. */
const mostChunkBytes = 64 * 1024 * 1024;

/** @throws with a message that says which field is wrong, without the name of the function */
export function readQuery({ head, payload }: DatabaseRequest): QueryInput {
  const fields = fieldsOf(head);
  const { sql } = fields;
  if (typeof sql !== "string") throw new Error(`sql must be a non-blank string, got ${described(sql)}`);
  if (sql.trim() === "") throw new Error("sql must be a non-blank string, got a blank one");
  if (sql.includes("\0")) throw new Error("sql must not contain NUL characters");
  if (fields.params_json !== undefined) throw new Error("params_json is not supported: use params");
  const params = typeof payload === "string" ? payload : "";
  if (params !== "" && !arrayStart.test(params)) throw new Error("params must be an array");
  const size = unsigned(fields.chunk_bytes) ?? unsigned(fields.chunk_size) ?? 0;
  const chunkBytes = size === 0 ? defaultChunkBytes : size;
  return { sql, params, chunkBytes: Math.min(Math.max(chunkBytes, leastChunkBytes), mostChunkBytes) };
}

/** @param names of fields that are all required, each a whole number from 0 */
export function readNumbers<Name extends string>(head: string, ...names: Name[]): { [Key in Name]: number } {
  const fields = fieldsOf(head);
  const numbers = {} as { [Key in Name]: number };
  for (const name of names) {
    const value = unsigned(fields[name]);
    if (value === undefined)
      throw new Error(`${name} must be a non-negative integer, got ${described(fields[name])}`);
    numbers[name] = value;
  }
  return numbers;
}

function fieldsOf(head: string): Fields {
  return JSON.parse(head) as Fields;
}

/** Undefined where the value is of another kind: optional numbers are lenient. */
function unsigned(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** As Lua code would see it. */
function described(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "number") return String(value);
  return typeof value === "object" ? "table" : typeof value;
}
