// What an operation of SQLite is made of.

import type { DatabaseAnswer } from "../answer.js";
import { DatabaseInput, InputError } from "../input.js";
import type { DatabaseRequest } from "../provider.js";
import type { SqliteDatabase } from "./database.js";

/** Runs within a request of the database's connection, which rolls back what it leaves open. */
export type SqliteOperation = (database: SqliteDatabase, input: SqliteInput) => DatabaseAnswer;

export class SqliteInput extends DatabaseInput {
  /** JSON text of `params` or `items`; undefined where the input has none. */
  readonly payload: string | undefined;

  constructor({ head, payload }: DatabaseRequest) {
    super(head);
    this.payload = payload === undefined ? undefined : String(payload);
  }

  /** JSON text of the values to bind, "" for none. */
  params(): string {
    if (this.has("params_json")) throw new InputError("params_json is not supported; use params");
    const { payload = "" } = this;
    return /^\s*(\[\s*\]|\{\s*\})?\s*$/.test(payload) ? "" : payload;
  }
}
