// search_fts: documents of an index that hold any of the words of a query, the best ones first.

import type { SqliteOperation } from "./action.js";
import { FtsIndex, indexName } from "./fts-index.js";
import { tokenizerMode, tokenizeText } from "./tokenize.js";

const defaultLimit = 10;
const greatestLimit = 200;

export const searchFts: SqliteOperation = (database, input) => {
  const name = indexName(input);
  const query = input.text("query");
  const mode = tokenizerMode(input);
  const limit = Math.min(Math.max(input.count("limit") ?? defaultLimit, 1), greatestLimit);
  const offset = Math.min(input.count("offset") ?? 0, Number.MAX_SAFE_INTEGER);

  const cutter = mode === "jieba" ? database.dictionary.cutter() : undefined;
  const { normalizedText, ftsQuery } = tokenizeText(query, cutter, true);
  const found = FtsIndex.find(database.native, name);
  const index = found.exists ? found : database.inTransaction(() => found.create(mode, database));
  const { native } = database;
  const [{ total }] = JSON.parse(text(native.query(totalSql(index), JSON.stringify([ftsQuery])).rows)) as [
    { total: number },
  ];
  const hits = native.query(hitsSql(index), JSON.stringify([ftsQuery, limit, offset]));
  const meta = JSON.stringify({
    success: true,
    message: `fts search completed (hits=${hits.count})`,
    index_name: name,
    tokenizer_mode: mode,
    normalized_query: normalizedText,
    fts_query: ftsQuery,
    source: "sqlite_fts",
    query_mode: "fts",
    total,
  });
  // The ids may be integers beyond what JavaScript's numbers hold, where SQL of the skill has written them.
  return `${meta.slice(0, -1)},"hits":${text(hits.rows)}}`;
};

function totalSql({ table, isPresent }: FtsIndex): string {
  return `SELECT count(*) AS total FROM ${table} WHERE ${table} MATCH ?1 AND ${isPresent}`;
}

/** All columns weigh the same, as in the original: its weights go to columns that are not indexed. */
function hitsSql({ table, isPresent }: FtsIndex): string {
  return `
    SELECT id, file_path, title, title_highlight, content_snippet, -raw_score AS score,
      ?3 + row_number() OVER (ORDER BY raw_score, file_path, id) AS rank, raw_score
    FROM (
      SELECT id, file_path, title, highlight(${table}, 2, '<mark>', '</mark>') AS title_highlight,
        snippet(${table}, 3, '<mark>', '</mark>', '...', 12) AS content_snippet, bm25(${table}) AS raw_score
      FROM ${table} WHERE ${table} MATCH ?1 AND ${isPresent}
      ORDER BY raw_score, file_path, id LIMIT ?2 OFFSET ?3
    )
    ORDER BY rank`;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
