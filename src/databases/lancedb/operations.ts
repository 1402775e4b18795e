// What each action is, once its input is read: something to do with the tables of a location.

import type { LanceAction } from "../actions.js";
import type { DatabaseAnswer } from "../answer.js";
import type { DatabaseRequest } from "../provider.js";
import { Input } from "./input.js";
import { readColumns, schemaOf } from "./new-schema.js";
import { wholePredicate } from "./predicate.js";
import { readSearch } from "./search.js";
import type { Tables } from "./tables.js";
import { readUpsert } from "./upsert.js";

export type LanceOperation = (tables: Tables) => Promise<DatabaseAnswer>;

/** @throws Refused when the input is wrong: no table is looked at, and the library need not be loaded */
const readers: {
  readonly [Action in LanceAction]: (input: Input, payload: DatabaseRequest["payload"]) => LanceOperation;
} = {
  create_table: readCreate,
  vector_upsert: readUpsert,
  vector_search: readSearch,
  delete: readDelete,
  drop_table: readDrop,
};

/** @throws Refused when the input is wrong */
export function readOperation({ action, head, payload }: DatabaseRequest): LanceOperation {
  const read = Object.hasOwn(readers, action) ? readers[action as LanceAction] : undefined;
  if (read === undefined) throw new Error(`LanceDB has no action ${action}`);
  return read(Input.parse(head), payload);
}

function readCreate(input: Input): LanceOperation {
  const name = input.tableName();
  const columns = readColumns(input);
  const replace = input.flag("overwrite_if_exists", false);
  return async tables => {
    await tables.create(name, schemaOf(tables.arrow, columns), replace);
    return JSON.stringify({ success: true, message: `table '${name}' is ready` });
  };
}

function readDelete(input: Input): LanceOperation {
  const name = input.tableName();
  const condition = wholePredicate(input.text("condition"));
  return tables =>
    tables.write(name, false, async table => {
      const { version, numDeletedRows } = await tables.step(() => table.delete(condition));
      return JSON.stringify({
        success: true,
        message: `delete completed for '${name}'`,
        version,
        deleted_rows: numDeletedRows,
      });
    });
}

function readDrop(input: Input): LanceOperation {
  const name = input.tableName();
  return async tables => {
    await tables.drop(name);
    return JSON.stringify({ success: true, message: `table '${name}' dropped` });
  };
}
