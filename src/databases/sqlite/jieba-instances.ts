// The jieba instances of one thread: one that knows its own dictionary only, and a few that were taught the words of databases.

import { type Jieba, type JiebaLibrary, loadJieba } from "./jieba.js";

/** Words with the frequency that they count for. */
export type WordFrequencies = ReadonlyMap<string, number>;

interface TaughtInstance {
  readonly jieba: Jieba;
  readonly ballast: ArrayBuffer;
  words: WordFrequencies;
}

const mostTaught = 2;
/** Enough to win against any words of jieba's own, and few enough that sums of them stay exact. */
const greatestFrequency = 2 ** 32 - 1;
/**
 * Bytes that an instance holds outside of V8's sight. A buffer of this size that nobody touches says it: without it, instances
 * that nobody uses any more wait for a garbage collection which has no reason to come.
 */
const instanceBytes = 45_000_000;

export class JiebaInstances {
  readonly #load: () => JiebaLibrary;
  #library: JiebaLibrary | undefined;
  #plain: Jieba | undefined;
  /** The one used last at the end. */
  readonly #taught: TaughtInstance[] = [];

  constructor(load: () => JiebaLibrary = loadJieba) {
    this.#load = load;
  }

  /** @throws when jieba is not there */
  requireLibrary(): JiebaLibrary {
    this.#library ??= this.#load();
    return this.#library;
  }

  plain(): Jieba {
    this.#plain ??= this.requireLibrary().create();
    return this.#plain;
  }

  /** One that knows exactly these words beside its own. The same words come as the same map where that is possible. */
  taught(words: WordFrequencies): Jieba {
    const index = this.#taught.findIndex(one => isSame(one.words, words));
    const known = index === -1 ? undefined : this.#taught.splice(index, 1)[0];
    const instance = known ?? this.#extended(words) ?? this.#created(words);
    this.#taught.push(instance);
    if (this.#taught.length > mostTaught) this.#taught.shift();
    return instance.jieba;
  }

  /** jieba can learn and cannot forget: an instance serves again for more words, never for fewer. */
  #extended(words: WordFrequencies): TaughtInstance | undefined {
    const index = this.#taught.findIndex(one => [...one.words.keys()].every(word => words.has(word)));
    if (index === -1) return undefined;
    const [instance] = this.#taught.splice(index, 1) as [TaughtInstance];
    teach(
      instance.jieba,
      [...words].filter(([word, frequency]) => instance.words.get(word) !== frequency),
    );
    instance.words = words;
    return instance;
  }

  #created(words: WordFrequencies): TaughtInstance {
    const jieba = this.requireLibrary().create();
    teach(jieba, words);
    return { jieba, ballast: new ArrayBuffer(instanceBytes), words };
  }
}

function isSame(some: WordFrequencies, others: WordFrequencies): boolean {
  if (some === others) return true;
  return some.size === others.size && [...some].every(([word, frequency]) => others.get(word) === frequency);
}

function teach(jieba: Jieba, words: Iterable<readonly [string, number]>): void {
  let lines = "";
  for (const [word, frequency] of words) lines += `${word} ${Math.min(frequency, greatestFrequency)}\n`;
  jieba.loadDict(Buffer.from(lines));
}
