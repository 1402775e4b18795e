// Full-text indexes and their documents: ensure_fts_index, rebuild_fts_index, upsert_fts_document, delete_fts_document.
//
// To remove a document, FTS5 cuts its text into words once more and removes those. When the custom words have changed in the
// meantime, or the index comes from the original runtime, some stay behind. Searches do not look at words of documents that
// are gone; and when FTS5 notices that its sums do not add up, the index is made anew from its documents.

import type { SqliteOperation } from "./action.js";
import type { SqliteDatabase } from "./database.js";
import { codeOf } from "./failure.js";
import { FtsIndex, indexName } from "./fts-index.js";
import { tokenizerMode } from "./tokenize.js";

export const ensureFtsIndex: SqliteOperation = (database, input) => {
  const name = indexName(input);
  const mode = tokenizerMode(input);
  const index = FtsIndex.find(database.native, name);
  if (!index.exists) database.inTransaction(() => index.create(mode, database));
  return JSON.stringify({
    success: true,
    message: "fts index ensured",
    index_name: name,
    tokenizer_mode: mode,
  });
};

/** Makes the index anew with this tokenizer. Of several documents with the same id the last one stays. */
export const rebuildFtsIndex: SqliteOperation = (database, input) => {
  const name = indexName(input);
  const mode = tokenizerMode(input);
  const { native } = database;
  let rows = 0;
  let message = "fts index created during rebuild";
  database.inTransaction(() => {
    const index = FtsIndex.find(native, name);
    if (!index.exists) return void index.create(mode, database);
    // Not a rename of the table: that would change the triggers of the skill that write to it.
    native.script(`
      CREATE TABLE _vulcan_rebuild AS
        SELECT rowid AS position, id, file_path, coalesce(title, '') AS title, coalesce(content, '') AS content
        FROM ${index.table} ORDER BY rowid;
      DROP TABLE ${index.table}`);
    rows = countOf(database, "SELECT count(*) AS n FROM _vulcan_rebuild");
    FtsIndex.find(native, name).create(mode, database);
    native.script(`
      INSERT INTO ${index.table} (id, file_path, title, content)
        SELECT id, file_path, title, content FROM _vulcan_rebuild
        WHERE id IS NULL OR position IN (SELECT max(position) FROM _vulcan_rebuild GROUP BY id) ORDER BY position;
      DROP TABLE _vulcan_rebuild`);
    message = `fts index rebuilt (rows=${rows})`;
  });
  return JSON.stringify({
    success: true,
    message,
    index_name: name,
    tokenizer_mode: mode,
    reindexed_rows: rows,
  });
};

/** Adds the document, in the place of those with its id. */
export const upsertFtsDocument: SqliteOperation = (database, input) => {
  const name = indexName(input);
  const id = input.text("id");
  const document = [id, input.text("file_path"), input.optionalText("title"), input.optionalText("content")];
  const mode = tokenizerMode(input);
  const removed = changeDocuments(database, name, () => {
    const found = FtsIndex.find(database.native, name);
    const index = found.exists ? found.withIds() : found.create(mode, database);
    // The new one comes first, so that it does not get the rowid of an old one, of which words may stay behind.
    const { lastInsertRowid } = database.native.execute(
      `INSERT INTO ${index.table} (id, file_path, title, content) VALUES (?1, ?2, ?3, ?4)`,
      JSON.stringify(document),
    );
    return database.native.execute(
      `DELETE FROM ${index.table} WHERE rowid IN (${index.rowidsOfDocument}) AND rowid <> ?2`,
      `[${JSON.stringify(id)},${lastInsertRowid}]`,
    ).rowsChanged;
  });
  return documentAnswer("fts document upserted", removed + 1, name, id);
};

export const deleteFtsDocument: SqliteOperation = (database, input) => {
  const name = indexName(input);
  const id = input.text("id");
  const removed = changeDocuments(database, name, () => {
    const index = FtsIndex.find(database.native, name);
    if (!index.exists) throw new Error(`there is no index ${name}`);
    return database.native.execute(
      `DELETE FROM ${index.table} WHERE rowid IN (${index.rowidsOfDocument})`,
      JSON.stringify([id]),
    ).rowsChanged;
  });
  const message = removed === 0 ? "fts document not found" : "fts document removed";
  return documentAnswer(message, removed, name, id);
};

function documentAnswer(message: string, affected: number, index: string, id: string): string {
  return JSON.stringify({ success: true, message, affected_rows: affected, index_name: index, id });
}

function changeDocuments(database: SqliteDatabase, name: string, change: () => number): number {
  const { native } = database;
  return database.inTransaction(() => {
    native.script("SAVEPOINT unchanged");
    try {
      return change();
    } catch (error) {
      if (codeOf(error) !== "SQLITE_CORRUPT") throw error;
      native.script(`ROLLBACK TO unchanged; INSERT INTO "${name}" ("${name}") VALUES ('rebuild')`);
      return change();
    }
  });
}

function countOf({ native }: SqliteDatabase, sql: string): number {
  const [row] = JSON.parse(Buffer.from(native.query(sql, "").rows).toString()) as [{ n: number }];
  return row.n;
}
