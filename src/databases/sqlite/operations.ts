// The operations that run on a connection of their skill's database and are over with their answer. Streams live longer.

import type { SqliteAction } from "../actions.js";
import type { SqliteOperation } from "./action.js";
import { deleteFtsDocument, ensureFtsIndex, rebuildFtsIndex, upsertFtsDocument } from "./fts.js";
import { searchFts } from "./search.js";
import { executeBatch, executeScript, queryJson } from "./statements.js";
import { listCustomWords, removeCustomWord, tokenize, upsertCustomWord } from "./words.js";

export type ImmediateAction = Exclude<SqliteAction, `query_stream${string}`>;

const byAction: { readonly [Action in ImmediateAction]: SqliteOperation } = {
  execute_script: executeScript,
  execute_batch: executeBatch,
  query_json: queryJson,
  tokenize_text: tokenize,
  upsert_custom_word: upsertCustomWord,
  remove_custom_word: removeCustomWord,
  list_custom_words: listCustomWords,
  ensure_fts_index: ensureFtsIndex,
  rebuild_fts_index: rebuildFtsIndex,
  upsert_fts_document: upsertFtsDocument,
  delete_fts_document: deleteFtsDocument,
  search_fts: searchFts,
};

export const operations: ReadonlyMap<string, SqliteOperation> = new Map(Object.entries(byAction));
