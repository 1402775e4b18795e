// The operations of both kinds of database, by the names that skills and host providers know.

import type { DatabaseKind } from "./binding.js";

export const databaseActions = {
  sqlite: [
    "execute_script",
    "execute_batch",
    "query_json",
    "query_stream",
    "query_stream_wait_metrics",
    "query_stream_chunk",
    "query_stream_close",
    "tokenize_text",
    "upsert_custom_word",
    "remove_custom_word",
    "list_custom_words",
    "ensure_fts_index",
    "rebuild_fts_index",
    "upsert_fts_document",
    "delete_fts_document",
    "search_fts",
  ],
  lancedb: ["create_table", "vector_upsert", "vector_search", "delete", "drop_table"],
} as const satisfies { [Kind in DatabaseKind]: readonly string[] };

export type SqliteAction = (typeof databaseActions.sqlite)[number];
export type LanceAction = (typeof databaseActions.lancedb)[number];
