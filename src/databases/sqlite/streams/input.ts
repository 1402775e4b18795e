// What query_stream takes.

import { InputError } from "../../input.js";
import type { DatabaseRequest } from "../../provider.js";
import { SqliteInput } from "../action.js";

export interface QueryInput {
  readonly sql: string;
  /** JSON text, "" where there are none. */
  readonly params: string;
  readonly chunkBytes: number;
}

const defaultChunkBytes = 1024 * 1024;
const leastChunkBytes = 65_536;
/** A chunk is in memory several times on its way to Lua. */
const mostChunkBytes = 64 * 1024 * 1024;

/** @throws InputError for what can be told without the database */
export function readQuery(request: DatabaseRequest): QueryInput {
  const input = new SqliteInput(request);
  const sql = input.text("sql");
  const params = input.params();
  if (params !== "" && !params.trimStart().startsWith("[")) throw new InputError("params must be an array");
  const size = input.count("chunk_bytes") ?? input.count("chunk_size") ?? 0;
  const chunkBytes = size === 0 ? defaultChunkBytes : size;
  return { sql, params, chunkBytes: Math.min(Math.max(chunkBytes, leastChunkBytes), mostChunkBytes) };
}
