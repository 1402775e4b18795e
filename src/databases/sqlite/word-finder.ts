// Finds words of a list in a text, from left to right, the longest first.

export interface FoundWord {
  readonly word: string;
  /** Where it begins, in UTF-16 units. */
  readonly start: number;
}

/** Letters of scripts that put spaces between words, and digits. */
const spaced =
  /(?!\p{scx=Han}|\p{scx=Hiragana}|\p{scx=Katakana}|\p{scx=Hangul}|\p{scx=Thai}|\p{scx=Lao}|\p{scx=Khmer}|\p{scx=Myanmar})[\p{L}\p{N}\p{M}]/u;

export class WordFinder {
  readonly #words: ReadonlySet<string>;
  /** How long the words are that begin with this UTF-16 unit; the longest first. */
  readonly #lengths = new Map<number, number[]>();

  /** @param words none of them empty */
  constructor(words: Iterable<string>) {
    this.#words = new Set(words);
    for (const word of this.#words) {
      const start = word.charCodeAt(0);
      const lengths = this.#lengths.get(start);
      if (lengths === undefined) this.#lengths.set(start, [word.length]);
      else if (!lengths.includes(word.length)) lengths.push(word.length);
    }
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a);
  }

  get isEmpty(): boolean {
    return this.#words.size === 0;
  }

  /** Whether any of the words occurs in the text. */
  occursIn(text: string): boolean {
    return this.#matches(text).next().done === false;
  }

  /**
   * The words in the text, none overlapping another. One that begins or ends with a letter or digit does not count inside a
   * longer word of a script with spaces: `go` is not in `good`.
   */
  *find(text: string): Generator<FoundWord> {
    let end = 0;
    for (const found of this.#matches(text)) {
      if (found.start < end || !standsAlone(text, found)) continue;
      end = found.start + found.word.length;
      yield found;
    }
  }

  /** All occurrences in the order of their starts; of those with the same start the longest comes first. */
  *#matches(text: string): Generator<FoundWord> {
    if (this.isEmpty) return;
    for (let start = 0; start < text.length; start++) {
      const lengths = this.#lengths.get(text.charCodeAt(start));
      if (lengths === undefined) continue;
      for (const length of lengths) {
        const word = text.slice(start, start + length);
        if (word.length === length && this.#words.has(word)) yield { word, start };
      }
    }
  }
}

function standsAlone(text: string, { word, start }: FoundWord): boolean {
  const end = start + word.length;
  return !isInside(text, start) && !isInside(text, end);
}

/** Whether characters of the same word are before and behind the position. */
function isInside(text: string, position: number): boolean {
  const next = text.codePointAt(position);
  const previous = characterBefore(text, position);
  return next !== undefined && spaced.test(previous) && spaced.test(String.fromCodePoint(next));
}

function characterBefore(text: string, position: number): string {
  const unit = text.charCodeAt(position - 1);
  const isLowSurrogate = unit >= 0xdc00 && unit < 0xe000;
  return text.slice(Math.max(0, position - (isLowSurrogate ? 2 : 1)), position);
}
