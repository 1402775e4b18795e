// A full-text index: one FTS5 table of the skill's database, which the skill's own SQL may read and write too.

import { type DatabaseInput, InputError, quoted, trimmed } from "../input.js";
import type { SqliteDatabase } from "./database.js";
import type { NativeSqlite } from "./native.js";
import type { TokenizerMode } from "./tokenize.js";

const tokenizers = { none: "unicode61 remove_diacritics 2", jieba: "jieba" } as const;

/** Columns that FTS5 tables of ours have, or that every one has. */
const columns = new Set(["id", "file_path", "title", "content", "rank", "rowid"]);

const ownColumns = /\(\s*id\s+UNINDEXED\s*,\s*file_path\s+UNINDEXED\s*,\s*title\s*,\s*content\s*[,)]/i;

/** `index_name`, without white space at its ends. */
export function indexName(input: DatabaseInput): string {
  const name = trimmed(input.text("index_name"));
  const problem = nameProblem(name);
  if (problem !== undefined) throw new InputError(`index_name ${problem}, got ${quoted(name)}`);
  return name;
}

function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_]/.test(name)) return "must start with a letter (A-Z, a-z) or _";
  if (!/^[A-Za-z0-9_]+$/.test(name)) return "must consist of letters (A-Z, a-z), digits and _";
  if (/^_vulcan_/i.test(name)) return "must not start with _vulcan_, which is reserved";
  if (/^sqlite_/i.test(name)) return "must not start with sqlite_, which SQLite reserves";
  return columns.has(name.toLowerCase()) ? "must not be the name of a column of the index" : undefined;
}

export class FtsIndex {
  /** Quoted for SQL. */
  readonly table: string;
  readonly name: string;
  readonly #native: NativeSqlite;
  /** What the schema holds under the name and the names derived from it, in lower case, with its SQL. */
  readonly #schema: ReadonlyMap<string, string>;

  private constructor(native: NativeSqlite, name: string, schema: ReadonlyMap<string, string>) {
    this.#native = native;
    this.name = name;
    this.table = `"${name}"`;
    this.#schema = schema;
  }

  /**
   * Looks the index up.
   *
   * @throws InputError when something else has the name
   */
  static find(native: NativeSqlite, name: string): FtsIndex {
    const key = name.toLowerCase();
    const names = [key, `${key}_docsize`, idsIndex(key)];
    const { rows } = native.query(
      "SELECT lower(name) AS name, sql FROM sqlite_schema WHERE lower(name) IN (?1, ?2, ?3)",
      JSON.stringify(names),
    );
    const found = JSON.parse(Buffer.from(rows).toString()) as { name: string; sql: string | null }[];
    const index = new FtsIndex(native, name, new Map(found.map(({ name, sql }) => [name, sql ?? ""])));
    if (index.exists && !/\bUSING\s+fts5\b/i.test(index.#schema.get(key) ?? "")) {
      throw new InputError(`index_name must be free or a full-text index; ${name} is something else`);
    }
    return index;
  }

  get exists(): boolean {
    return this.#schema.has(this.name.toLowerCase());
  }

  /** A condition on its rows: a row that was removed can still have words in the index (fts.ts). */
  get isPresent(): string {
    const sizes = `${this.name}_docsize`;
    if (!this.#schema.has(sizes.toLowerCase())) return "TRUE";
    return `EXISTS (SELECT 1 FROM "${sizes}" AS present WHERE present.id = ${this.table}.rowid)`;
  }

  /** The rowids of the documents with the id `?1`: a query that is one of SQL. */
  get rowidsOfDocument(): string {
    return this.#schema.has(idsIndex(this.name.toLowerCase()))
      ? `SELECT id FROM "${this.name}_content" WHERE c0 = ?1`
      : `SELECT rowid FROM ${this.table} WHERE id = ?1`;
  }

  /** Creates the index. @returns it as it is now */
  create(mode: TokenizerMode, { instances }: SqliteDatabase): FtsIndex {
    if (mode === "jieba") instances.requireLibrary();
    this.#native.script(
      `CREATE VIRTUAL TABLE IF NOT EXISTS ${this.table} USING fts5(id UNINDEXED, file_path UNINDEXED, title, content, tokenize = '${tokenizers[mode]}')`,
    );
    return FtsIndex.find(this.#native, this.name).withIds();
  }

  /**
   * FTS5 finds a document by its id only by reading all of them. It keeps them in an ordinary table, which can have an
   * ordinary index on the column of the ids. @returns the index as it is now
   */
  withIds(): FtsIndex {
    const key = this.name.toLowerCase();
    const sql = this.#schema.get(key) ?? "";
    if (this.#schema.has(idsIndex(key)) || !ownColumns.test(sql) || /\bcontent\s*=/i.test(sql)) return this;
    this.#native.script(`CREATE INDEX IF NOT EXISTS "${idsIndex(key)}" ON "${this.name}_content" (c0)`);
    return FtsIndex.find(this.#native, this.name);
  }
}

function idsIndex(key: string): string {
  return `_vulcan_${key}_ids`;
}
