// The FTS5 tokenizer "jieba": what goes into an index, and what is looked up in it.
//
// Documents hold the words of the text, and at the position of each word the shorter words in it, so that a search for a part
// finds the whole. Words are lower-cased and punctuation is dropped. Indexes of the original runtime know words only as they
// are written: a query looks for that spelling too.

import type { Cutter } from "./cutter.js";
import type { TokenList } from "./native.js";

const letterOrDigit = /[\p{L}\p{N}]/u;

export function ftsTokens(text: string, isQuery: boolean, cutter: Cutter): TokenList {
  const list = new TokenListBuilder();
  const isToken = (word: string) => letterOrDigit.test(word) || cutter.isCustom(word);
  if (isQuery) {
    for (const word of cutter.cut(text)) list.add(word, isToken(word) ? [word] : undefined);
  } else {
    for (const { word, parts } of cutter.cutWithParts(text)) {
      list.add(word, isToken(word) ? parts.filter(isToken).map(part => part.toLowerCase()) : undefined);
    }
  }
  return list.finish();
}

class TokenListBuilder {
  readonly #tokens: string[] = [];
  readonly #spans: number[] = [];
  #end = 0;

  /** @param others at the same position; undefined if the word is no token and only takes its space */
  add(word: string, others: readonly string[] | undefined): void {
    const start = this.#end;
    this.#end += utf8Length(word);
    if (others === undefined) return;
    const token = word.toLowerCase();
    this.#push(token, start, 0);
    for (const other of new Set(others)) {
      if (other !== token) this.#push(other, start, 1);
    }
  }

  finish(): TokenList {
    return { tokens: this.#tokens, spans: Int32Array.from(this.#spans) };
  }

  #push(token: string, start: number, colocated: 0 | 1): void {
    this.#tokens.push(token);
    this.#spans.push(start, this.#end, colocated);
  }
}

/** Bytes that a well-formed text takes in UTF-8. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts for two of its four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}
