// The addon's half of SQLite (native/node/native_sqlite.cc). SQLite itself comes with better-sqlite3: the addon is loaded a
// second time, as an extension of a database of better-sqlite3, and so gets hold of the functions of that SQLite.
//
// What fails throws an Error without prefix in its message, with a `code`: the name of an SQLite result code
// ("SQLITE_BUSY", "SQLITE_INTERRUPT", …) or one of SqliteNativeCode.
import { addon, addonFile } from "../../vm/binding.js";

/** Codes of errors that do not come from SQLite. */
export type SqliteNativeCode =
  /** A value of `params` or `items` cannot be bound, or their number is wrong. */
  | "PARAMETER"
  /** More than one statement where one is expected. */
  | "MULTIPLE_STATEMENTS"
  /** Only blanks and comments where a statement is expected. */
  | "NO_STATEMENT"
  /** `execute` with a statement that returns rows. */
  | "RETURNS_ROWS"
  /** The connection is closed, or has never had a database. */
  | "CLOSED";

export interface SqliteOutcome {
  /** How many statements ran; in a batch, how often its statement did. */
  readonly statements: number;
  /** Of a script: by its last INSERT, UPDATE or DELETE; of a batch: the sum. */
  readonly rowsChanged: number;
  /** 0 unless the request has inserted something. */
  readonly lastInsertRowid: bigint;
}

export interface SqliteRows {
  /** JSON text in UTF-8: an array of objects, integers with all their digits. */
  readonly rows: Uint8Array;
  readonly count: number;
}

/** The tokens of a text, in their order. */
export interface TokenList {
  readonly tokens: readonly string[];
  /**
   * Three numbers per token: where it starts and ends, in UTF-8 bytes, and 1 when it stands at the position of the token
   * before it, else 0. Tokens with a position of their own do not overlap.
   */
  readonly spans: Int32Array;
}

/** Some rows of a query, held by its cursor until the next ones are fetched. */
export interface FetchedRows {
  readonly rows: number;
  /** A set of bits for each column, of the kinds of values in it: 1 INTEGER, 2 REAL, 4 TEXT, 8 BLOB. */
  readonly seen: Uint8Array;
  /** True when there are no more rows: the statement is finished with, and so are its locks. */
  readonly last: boolean;
}

/** A column of fetched rows as Arrow lays it out. */
export interface ColumnBuffers {
  readonly nullCount: number;
  /** A bit for each row, set where there is a value; empty when there are no nulls. */
  readonly validity: Uint8Array;
  /** Only of texts and blobs: rows + 1 positions in `values`. */
  readonly offsets?: Int32Array;
  readonly values: Uint8Array | BigInt64Array | Float64Array;
}

/** The rows of one statement (native/node/native_cursor.cc). Close it before the request ends. */
export interface NativeCursor {
  /** Final once rows were fetched. `declared` is "" for an expression. */
  readonly columns: { readonly name: string; readonly declared: string }[];
  /** False when running the statement changes the database. */
  readonly readonly: boolean;
  /** Runs the statement on to so many rows, or to about 4 MiB. Undefined when there are none left. */
  fetch(maxRows: number): FetchedRows | undefined;
  /**
   * The fetched rows. What is returned are views of memory that the next call uses again.
   *
   * @param types for each column 0 Int64, 1 Float64, 2 Utf8 or 3 Binary; values of another type are converted
   * (native/sqlite/column_values.h)
   */
  build(types: Uint8Array): ColumnBuffers[];
  close(): void;
}

/** A connection as the addon sees it. Everything is for the thread that has made it. */
export interface NativeSqlite {
  /**
   * Starts a request: what runs until `end` can be interrupted by `token`, and ends at the deadline with SQLITE_INTERRUPT.
   * @param token from newSqliteToken
   * @param timeoutMs 0 for no deadline
   */
  begin(token: number, timeoutMs: number): void;
  /** Ends the request and rolls back a transaction that it left open. */
  end(): void;
  /** Runs statement by statement, without a transaction around them: those before a failure stay. Rows are discarded. */
  script(sql: string): SqliteOutcome;
  /** @param paramsJson JSON text of the array of parameters, "" when there are none */
  execute(sql: string, paramsJson: string): SqliteOutcome;
  /**
   * Runs one statement for every row of parameters, all in one transaction.
   * @param itemsJson JSON text of an array of arrays
   */
  batch(sql: string, itemsJson: string): SqliteOutcome;
  /** Runs one statement to its end. One that returns no rows runs as well. */
  query(sql: string, paramsJson: string): SqliteRows;
  /**
   * Registers an FTS5 tokenizer: `CREATE VIRTUAL TABLE … USING fts5(…, tokenize = '<name>')`. What `tokenize` throws comes
   * out of the call that runs the statement.
   * @param tokenize `isQuery`: the text is that of a query, not of a document
   */
  addTokenizer(name: string, tokenize: (text: string, isQuery: boolean) => TokenList): void;
  /** Prepares one statement and binds its parameters; it runs when rows are fetched. */
  cursor(sql: string, paramsJson: string): NativeCursor;
  /** A statement has changed what outlives a request (TEMP objects, attached files, settings): open a new connection. */
  readonly soiled: boolean;
  /** Closes the file. Throws while a statement runs; idempotent. */
  close(): void;
}

interface SqliteAddon {
  NativeSqlite: new (file: string, setup: string) => NativeSqlite;
  receiveSqlite(load: () => void): void;
  newSqliteToken(): number;
  interruptSqlite(token: number): boolean;
}

const { NativeSqlite, receiveSqlite, newSqliteToken, interruptSqlite } = addon as typeof addon & SqliteAddon;

export {
  /**
   * Interrupts the request with this token, on whatever thread it runs; false when none runs (any more, or yet), so callers
   * repeat until it has answered.
   */
  interruptSqlite,
  /**
   * Opens a file, which is created where it does not exist, and runs the script `setup`, which does not count as soiling.
   * Before, this thread must have received SQLite (library.ts).
   */
  NativeSqlite,
  /** A name for a request, unique in the process. */
  newSqliteToken,
  /** Gets SQLite's functions. `load` makes better-sqlite3 load `sqliteExtension`. */
  receiveSqlite,
};

/** For better-sqlite3's loadExtension. */
export const sqliteExtension = Object.freeze({ file: addonFile, entryPoint: "sqlite3_luaskills_init" });
