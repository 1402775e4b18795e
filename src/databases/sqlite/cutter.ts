// Cuts text into words with jieba and the custom words of one database.

import { isJiebaWord } from "./jieba.js";
import type { JiebaInstances, WordFrequencies } from "./jieba-instances.js";
import { WordFinder } from "./word-finder.js";

/** A word of a text, and the shorter words that it consists of, where there are some. */
export interface CompoundWord {
  readonly word: string;
  readonly parts: readonly string[];
}

/** A stretch of text, which is a custom word or still to be cut. */
interface Stretch {
  readonly text: string;
  readonly isWord: boolean;
}

/**
 * jieba ends its sentences at white space and most punctuation, so it would never see a custom word that has some inside:
 * those are looked for first, and jieba cuts what lies between them. A text without custom words is cut as if there were none.
 */
export class Cutter {
  readonly #instances: JiebaInstances;
  readonly #words: WordFrequencies;
  readonly #taught: WordFrequencies;
  readonly #taughtFinder: WordFinder;
  readonly #otherFinder: WordFinder;

  /** @param words custom words and their frequencies */
  constructor(instances: JiebaInstances, words: WordFrequencies) {
    this.#instances = instances;
    this.#words = words;
    this.#taught = new Map([...words].filter(([word]) => isJiebaWord(word)));
    this.#taughtFinder = new WordFinder(this.#taught.keys());
    this.#otherFinder = new WordFinder([...words.keys()].filter(word => !isJiebaWord(word)));
  }

  isCustom(word: string): boolean {
    return this.#words.has(word);
  }

  /** The words of the text, with everything between them: joined they are the text. */
  cut(text: string): string[] {
    const words: string[] = [];
    for (const { text: stretch, isWord } of this.#stretches(text)) {
      if (isWord) words.push(stretch);
      else for (const word of this.#jieba(stretch).cut(stretch, true)) words.push(word);
    }
    return words;
  }

  /** As `cut`, with the parts of the words. */
  cutWithParts(text: string): CompoundWord[] {
    const words: CompoundWord[] = [];
    for (const { text: stretch, isWord } of this.#stretches(text)) {
      if (isWord) words.push({ word: stretch, parts: this.#partsOf(stretch) });
      else this.#addCompounds(stretch, words);
    }
    return words;
  }

  #addCompounds(text: string, to: CompoundWord[]): void {
    const jieba = this.#jieba(text);
    const all = jieba.cutForSearch(text, true);
    let next = 0;
    for (const word of jieba.cut(text, true)) {
      // The parts come before their word, and are shorter.
      const start = next;
      while (next < all.length && all[next] !== word) next++;
      to.push({ word, parts: all.slice(start, next) });
      next++;
    }
  }

  /** Of a custom word that jieba does not see: as with other words, what has two characters at least. */
  #partsOf(word: string): string[] {
    const parts = this.#jieba(word).cutForSearch(word, true);
    return parts.filter(part => /[\p{L}\p{N}]/u.test(part) && [...part].length > 1);
  }

  #jieba(text: string) {
    return this.#taughtFinder.occursIn(text) ? this.#instances.taught(this.#taught) : this.#instances.plain();
  }

  *#stretches(text: string): Generator<Stretch> {
    let end = 0;
    for (const { word, start } of this.#otherFinder.find(text)) {
      if (start > end) yield { text: text.slice(end, start), isWord: false };
      yield { text: word, isWord: true };
      end = start + word.length;
    }
    if (end < text.length) yield { text: text.slice(end), isWord: false };
  }
}
