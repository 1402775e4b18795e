// Ranks short texts by the words of a query: Okapi BM25.

interface Document<T> {
  item: T;
  counts: ReadonlyMap<string, number>;
  length: number;
}

/** How much a repeated word counts, and how much a long text is held against. The values of the literature. */
const saturation = 1.2;
const lengthPart = 0.75;

export class Ranking<T> {
  readonly #documents: readonly Document<T>[];
  /** In how many documents each word is. */
  readonly #spread = new Map<string, number>();
  readonly #meanLength: number;

  constructor(items: readonly T[], textOf: (item: T) => string) {
    this.#documents = items.map(item => {
      const words = wordsOf(textOf(item));
      const counts = new Map<string, number>();
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      for (const word of counts.keys()) this.#spread.set(word, (this.#spread.get(word) ?? 0) + 1);
      return { item, counts, length: words.length };
    });
    const total = this.#documents.reduce((sum, { length }) => sum + length, 0);
    this.#meanLength = total / Math.max(1, this.#documents.length);
  }

  /** The best first; equals in the order of the items. What has none of the words is not there. */
  search(query: string, limit: number): T[] {
    const words = [...new Set(wordsOf(query))];
    return this.#documents
      .map(document => ({ item: document.item, score: this.#score(document, words) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, limit)
      .map(({ item }) => item);
  }

  #score({ counts, length }: Document<T>, words: readonly string[]): number {
    let score = 0;
    for (const word of words) {
      const count = counts.get(word);
      if (count === undefined) continue;
      const spread = this.#spread.get(word) ?? 0;
      const rarity = Math.log(1 + (this.#documents.length - spread + 0.5) / (spread + 0.5));
      const damping = saturation * (1 - lengthPart + (lengthPart * length) / this.#meanLength);
      score += (rarity * count * (saturation + 1)) / (count + damping);
    }
    return score;
  }
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
