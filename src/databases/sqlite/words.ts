// tokenize_text, and the custom words that it heeds: upsert_custom_word, remove_custom_word, list_custom_words.

import { trimmed } from "../input.js";
import type { SqliteOperation } from "./action.js";
import { tokenizerMode, tokenizeText } from "./tokenize.js";

export const tokenize: SqliteOperation = ({ dictionary }, input) => {
  const text = input.text("text");
  const mode = tokenizerMode(input);
  const cutter = mode === "jieba" ? dictionary.cutter() : undefined;
  const { normalizedText, ftsQuery, tokens } = tokenizeText(text, cutter, input.flag("search_mode"));
  return JSON.stringify({
    success: true,
    tokenizer_mode: mode,
    normalized_text: normalizedText,
    fts_query: ftsQuery,
    tokens,
  });
};

export const upsertCustomWord: SqliteOperation = ({ dictionary }, input) => {
  const word = input.text("word");
  const weight = input.count("weight") ?? 1;
  const stored = Math.min(Math.max(weight, 1), Number.MAX_SAFE_INTEGER);
  const affected = dictionary.upsert(trimmed(word), stored);
  return JSON.stringify({
    success: true,
    message: "custom word upserted",
    affected_rows: affected,
    word,
    weight,
  });
};

export const removeCustomWord: SqliteOperation = ({ dictionary }, input) => {
  const word = input.text("word");
  const affected = dictionary.remove(trimmed(word));
  const message = affected === 0 ? "custom word not found" : "custom word removed";
  return JSON.stringify({ success: true, message, affected_rows: affected, word });
};

export const listCustomWords: SqliteOperation = ({ dictionary }) => {
  const { json, count } = dictionary.list();
  return `{"success":true,"message":"listed ${count} custom words","total":${count},"words":${json}}`;
};
