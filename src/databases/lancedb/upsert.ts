// vector_upsert: rows added to a table, or merged into it by key columns.

import type { Table } from "@lancedb/lancedb";
import type { RecordBatch, Schema } from "apache-arrow";
import type { DatabaseRequest } from "../provider.js";
import { type ArrowRows, fitBatches, readArrowRows } from "./arrow-rows.js";
import type { Input } from "./input.js";
import { batchOfJson, type JsonRows, readJsonRows } from "./json-rows.js";
import type { Arrow } from "./library.js";
import { requireDistinctKeys, requireKeyColumns } from "./merge-keys.js";
import type { LanceOperation } from "./operations.js";
import { Refused } from "./refused.js";
import type { Tables } from "./tables.js";

const largestPayload = 50 * 2 ** 20;

const inputFormats = {
  json: "json",
  json_rows: "json",
  "json-rows": "json",
  unspecified: "json",
  "": "json",
  arrow: "arrow_ipc",
  arrow_ipc: "arrow_ipc",
  "arrow-ipc": "arrow_ipc",
} as const;

interface Written {
  readonly message: string;
  readonly version: number;
  readonly input: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** @param payload text: JSON, unless the input says otherwise; bytes: Arrow, unless the input says otherwise */
export function readUpsert(input: Input, payload: DatabaseRequest["payload"]): LanceOperation {
  const name = input.tableName();
  const keys = input.texts("key_columns");
  if (payload === undefined) throw new Refused("rows or data must be given");
  const usual = typeof payload === "string" ? "json" : "arrow_ipc";
  const format = input.choice<"json" | "arrow_ipc">("input_format", usual, inputFormats);
  const size = Buffer.byteLength(payload);
  if (size > largestPayload) {
    throw new Refused(`payload too large: ${size} bytes (max ${largestPayload})`);
  }
  const rows = format === "json" ? jsonPayload(payload) : arrowPayload(payload);
  return tables =>
    tables.write(name, keys.length > 0, async table => {
      const { message, version, input, inserted, updated, deleted } = await write(tables, table, rows, keys);
      return JSON.stringify({
        success: true,
        message,
        version,
        input_rows: input,
        inserted_rows: inserted,
        updated_rows: updated,
        deleted_rows: deleted,
      });
    });
}

/** Rows that were read, or will be once the library is there. */
interface Rows {
  count(arrow: Arrow): number;
  fit(arrow: Arrow, schema: Schema): readonly RecordBatch[];
}

function jsonPayload(payload: string | Uint8Array): Rows {
  const rows: JsonRows = readJsonRows(typeof payload === "string" ? payload : decode(payload));
  return {
    count: () => rows.rows.length,
    fit: (arrow, schema) => [batchOfJson(arrow, schema, rows)],
  };
}

function arrowPayload(payload: string | Uint8Array): Rows {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  let rows: ArrowRows | undefined;
  const read = (arrow: Arrow) => {
    rows ??= readArrowRows(arrow, bytes);
    return rows;
  };
  return {
    count: arrow => read(arrow).rows,
    fit: (arrow, schema) => fitBatches(arrow, schema, read(arrow)),
  };
}

async function write(tables: Tables, table: Table, rows: Rows, keys: readonly string[]): Promise<Written> {
  const { arrow } = tables;
  const input = rows.count(arrow);
  const schema = await tables.step(() => table.schema());
  requireKeyColumns(schema, keys);
  if (input === 0) {
    const version = await tables.step(() => table.version());
    return { message: "no rows to write", version, input, inserted: 0, updated: 0, deleted: 0 };
  }
  const batches = rows.fit(arrow, schema);
  if (keys.length > 0) requireDistinctKeys(batches, keys);
  const data = new arrow.Table(schema, [...batches]);
  if (keys.length === 0) {
    const { version } = await tables.step(() => table.add(data));
    return { message: "append completed", version, input, inserted: input, updated: 0, deleted: 0 };
  }
  // Within the step: the builder asks the table for its schema at once, and nobody would hear the answer without `execute`.
  const result = await tables.step(() =>
    table
      .mergeInsert([...keys])
      .whenMatchedUpdateAll()
      .whenNotMatchedInsertAll()
      .execute(data),
  );
  return {
    message: "merge upsert completed",
    version: result.version,
    input,
    inserted: result.numInsertedRows,
    updated: result.numUpdatedRows,
    deleted: result.numDeletedRows,
  };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refused("rows must be UTF-8 text");
  }
}
