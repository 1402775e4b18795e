// The columns whose values say which row of a merge is which row of the table.

import type { RecordBatch, Schema } from "apache-arrow";
import { kindOf } from "./column-kinds.js";
import { describe, Refused } from "./refused.js";

/** @throws Refused naming the key that is no column to compare by */
export function requireKeyColumns(schema: Schema, keys: readonly string[]): void {
  keys.forEach((key, index) => {
    const field = schema.fields.find(({ name }) => name === key);
    if (field === undefined) {
      throw new Refused(`key_columns[${index}] must name a column of the table, got ${describe(key)}`);
    }
    if (keys.indexOf(key) !== index) throw new Refused(`key_columns has '${key}' twice`);
    const kind = kindOf(field.type)?.name;
    if (kind === undefined || kind === "vector_float32") {
      throw new Refused(`key_columns[${index}] must not be '${key}', whose type is ${field.type}`);
    }
  });
}

/**
 * LanceDB refuses two rows with one key where the table has a row of this key, and inserts both where it has none, which no
 * later merge can put right. A key with a null in it equals no other, as in SQL.
 *
 * @throws Refused naming both rows
 */
export function requireDistinctKeys(batches: readonly RecordBatch[], keys: readonly string[]): void {
  const seen = new Map<string, number>();
  let row = 0;
  for (const batch of batches) {
    const columns = keys.map(key => batch.getChild(key));
    for (let index = 0; index < batch.numRows; index++, row++) {
      const values = columns.map(column => column?.get(index));
      if (values.some(value => value === null)) continue;
      const key = JSON.stringify(values.map(String));
      const first = seen.get(key);
      if (first !== undefined) {
        const what = keys.map((name, place) => `${name} = ${describe(values[place])}`).join(", ");
        throw new Refused(`rows[${row}] has the same key as rows[${first}] (${what})`);
      }
      seen.set(key, row);
    }
  }
}
