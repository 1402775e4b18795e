// JSON whose integers may have 64 bits, which a JavaScript number does not hold. Node gives the digits of a number to a
// reviver from version 21 on only, and calling one for each value is slow.

import { randomUUID } from "node:crypto";

export interface ExactJson {
  /** As `JSON.parse` gives it, but integers of 16 digits and more are texts that only `integerOf` understands. */
  readonly value: unknown;
  /** The integer that stands at this place with 16 digits or more; undefined for everything else. */
  integerOf(value: unknown): bigint | undefined;
}

/** A double holds every integer of 15 digits. Digits behind a point or of an exponent are no integer. */
const longInteger = String.raw`(?<![\d.eE+-])-?[1-9]\d{15,}(?![\d.eE])`;
const longIntegers = new RegExp(longInteger);

/** @throws SyntaxError as `JSON.parse` */
export function parseExactJson(text: string): ExactJson {
  if (!longIntegers.test(text)) return { value: JSON.parse(text), integerOf: () => undefined };
  // Nobody who wrote the text can have known the mark, so no string of it begins with it.
  const mark = `${randomUUID()}:`;
  return {
    value: JSON.parse(quoteLongIntegers(text, mark)),
    integerOf: value =>
      typeof value === "string" && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : undefined,
  };
}

function quoteLongIntegers(text: string, mark: string): string {
  const quoteOrLongInteger = new RegExp(`"|${longInteger}`, "g");
  const parts: string[] = [];
  let copied = 0;
  for (;;) {
    const match = quoteOrLongInteger.exec(text);
    if (match === null) break;
    if (match[0] === '"') {
      quoteOrLongInteger.lastIndex = endOfString(text, match.index + 1);
      continue;
    }
    parts.push(text.slice(copied, match.index), `"${mark}${match[0]}"`);
    copied = match.index + match[0].length;
  }
  parts.push(text.slice(copied));
  return parts.join("");
}

/** @param start behind the quote that opens a string. @returns behind the quote that closes it */
function endOfString(text: string, start: number): number {
  for (let at = start; ; ) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}
