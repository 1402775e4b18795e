// How texts become tokens: the modes of `tokenize_text` and of full-text search.

import { type DatabaseInput, InputError, isBlank, quoted, trimmed } from "../input.js";
import type { Cutter } from "./cutter.js";

export type TokenizerMode = "none" | "jieba";

export interface TokenizedText {
  /** The text with single spaces for all white space, and none at its ends. */
  readonly normalizedText: string;
  readonly tokens: readonly string[];
  /** An FTS5 expression: every token as a phrase; any of them in search mode, otherwise all. */
  readonly ftsQuery: string;
}

/** `tokenizer_mode`, or `mode` where that is absent; "none" by default. */
export function tokenizerMode(input: DatabaseInput): TokenizerMode {
  const mode = trimmed(input.optionalText(input.has("tokenizer_mode") ? "tokenizer_mode" : "mode"));
  switch (mode.toLowerCase()) {
    case "":
    case "none":
      return "none";
    case "jieba":
      return "jieba";
    default:
      throw new InputError(`tokenizer_mode must be none or jieba, got ${quoted(mode)}`);
  }
}

/**
 * @param cutter of mode jieba
 * @param searchMode for a query: jieba's words come with the shorter words in them, and any token is a hit
 */
export function tokenizeText(text: string, cutter: Cutter | undefined, searchMode: boolean): TokenizedText {
  const normalizedText = trimmed(text.replace(/\p{White_Space}+/gu, " "));
  const tokens =
    cutter === undefined ? plainTokens(normalizedText) : cutTokens(normalizedText, cutter, searchMode);
  const phrases = tokens.map(token => `"${token.replaceAll('"', '""')}"`);
  return { normalizedText, tokens, ftsQuery: phrases.join(searchMode ? " OR " : " ") };
}

/** What stands between white space and ASCII punctuation; a text of nothing else is one token. */
function plainTokens(text: string): string[] {
  const tokens = text.split(/[ !-/:-@[-`{-~]+/).filter(token => token !== "");
  return tokens.length === 0 ? [text] : tokens;
}

function cutTokens(text: string, cutter: Cutter, searchMode: boolean): string[] {
  const tokens: string[] = [];
  const add = (token: string) => {
    if (!isBlank(token)) tokens.push(trimmed(token));
  };
  if (searchMode) {
    for (const { word, parts } of cutter.cutWithParts(text)) {
      for (const part of parts) add(part);
      add(word);
    }
  } else {
    for (const word of cutter.cut(text)) add(word);
  }
  return tokens;
}
