// The custom words of one database: rows of its table `_vulcan_dict`, which skills may also change with SQL of their own.

import { isBlank } from "../input.js";
import { DICTIONARY } from "./connection.js";
import { Cutter } from "./cutter.js";
import type { JiebaInstances, WordFrequencies } from "./jieba-instances.js";
import type { NativeSqlite } from "./native.js";

const wordsSql =
  "SELECT word, max(CAST(weight AS INTEGER), 1) AS weight FROM _vulcan_dict WHERE enabled = 1 AND typeof(word) = 'text' ORDER BY word";
const upsertSql = `
  INSERT INTO _vulcan_dict (word, weight, enabled) VALUES (?1, ?2, 1)
  ON CONFLICT (word) DO UPDATE
    SET weight = excluded.weight, enabled = 1, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;

export class Dictionary {
  readonly #native: NativeSqlite;
  readonly #instances: JiebaInstances;
  /** What the cutter was made of: rows of `wordsSql` as JSON text. */
  #rows: Uint8Array | undefined;
  #cutter: Cutter | undefined;
  #isCurrent = false;

  constructor(native: NativeSqlite, instances: JiebaInstances) {
    this.#native = native;
    this.#instances = instances;
  }

  /** A new request: other connections may have changed the words since the last one. */
  beginRequest(): void {
    this.#isCurrent = false;
  }

  /**
   * Cuts with the words as they were when the request first asked. Every request reads them, and only another text of them
   * makes another cutter: a counter of changes would have to know what was rolled back.
   */
  cutter(): Cutter {
    if (this.#cutter !== undefined && this.#isCurrent) return this.#cutter;
    const rows = this.#read();
    if (this.#cutter === undefined || this.#rows === undefined || Buffer.compare(rows, this.#rows) !== 0) {
      this.#cutter = new Cutter(this.#instances, frequencies(rows));
      this.#rows = rows;
    }
    this.#isCurrent = true;
    return this.#cutter;
  }

  /** @returns JSON text of an array of `{ word, weight }` in the order of the words */
  list(): { json: string; count: number } {
    this.#ensureTable();
    const { rows, count } = this.#native.query(wordsSql, "");
    return { json: Buffer.from(rows).toString(), count };
  }

  /** @returns how many rows it has changed */
  upsert(word: string, weight: number): number {
    this.#ensureTable();
    return this.#native.execute(upsertSql, JSON.stringify([word, weight])).rowsChanged;
  }

  /** @returns how many rows it has removed */
  remove(word: string): number {
    this.#ensureTable();
    return this.#native.execute("DELETE FROM _vulcan_dict WHERE word = ?1", JSON.stringify([word]))
      .rowsChanged;
  }

  #read(): Uint8Array {
    try {
      return this.#native.query(wordsSql, "").rows;
    } catch (error) {
      // SQL of the skill can have dropped it.
      const { count } = this.#native.query("SELECT 1 FROM sqlite_schema WHERE name = '_vulcan_dict'", "");
      if (count !== 0) throw error;
      return Buffer.from("[]");
    }
  }

  #ensureTable(): void {
    this.#native.script(DICTIONARY);
  }
}

function frequencies(rows: Uint8Array): WordFrequencies {
  const words = JSON.parse(Buffer.from(rows).toString()) as { word: string; weight: number }[];
  const frequencies = new Map<string, number>();
  for (const { word, weight } of words) {
    if (!isBlank(word)) frequencies.set(word, weight);
  }
  return frequencies;
}
