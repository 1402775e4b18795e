// execute_script, execute_batch, query_json: SQL of the skill.

import { answerWithBody } from "../answer.js";
import { InputError } from "../input.js";
import type { SqliteOperation } from "./action.js";
import type { SqliteOutcome } from "./native.js";

/** Without values a script, which is no transaction; with values one statement that returns no rows. */
export const executeScript: SqliteOperation = ({ native }, input) => {
  const sql = input.text("sql");
  const params = input.params();
  if (params === "") return written("script executed successfully", native.script(sql));
  const outcome = native.execute(sql, params);
  return written(`statement executed successfully (rows_changed=${outcome.rowsChanged})`, outcome);
};

/** One statement for every row of `items`, in one transaction. */
export const executeBatch: SqliteOperation = ({ native }, input) => {
  const sql = input.text("sql");
  if (input.payload === undefined) throw new InputError("items must be an array of arrays, got nil");
  const outcome = native.batch(sql, input.payload);
  const { statements, rowsChanged } = outcome;
  return written(
    `batch executed successfully (statements_executed=${statements} rows_changed=${rowsChanged})`,
    outcome,
  );
};

/** One statement; the body of the answer is JSON text of its rows. */
export const queryJson: SqliteOperation = ({ native }, input) => {
  const { rows, count } = native.query(input.text("sql"), input.params());
  return answerWithBody(`{"success":true,"row_count":${count}}`, rows);
};

/** A rowid may be any 64-bit integer, so that the text is not made of JavaScript's numbers. */
function written(message: string, { rowsChanged, lastInsertRowid, statements }: SqliteOutcome): string {
  return `{"success":true,"message":${JSON.stringify(message)},"rows_changed":${rowsChanged},"last_insert_rowid":${lastInsertRowid},"statements_executed":${statements}}`;
}
