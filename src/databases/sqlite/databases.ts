// The SQLite databases of one thread: a worker, or the JavaScript thread for calls that cannot wait.

import type { DatabaseAnswer } from "../answer.js";
import type { DatabaseRequest } from "../provider.js";
import { SqliteInput } from "./action.js";
import { type RequestLimits, SqliteDatabase } from "./database.js";
import { describeFailure, isFatal } from "./failure.js";
import { JiebaInstances } from "./jieba-instances.js";
import { operations } from "./operations.js";

/** An open file costs memory and a descriptor or three; opening one again, less than a millisecond. */
const mostOpen = 32;

export class SqliteDatabases implements Disposable {
  readonly #instances: JiebaInstances;
  /** The one used last at the end. */
  readonly #open = new Map<string, SqliteDatabase>();

  constructor(instances = new JiebaInstances()) {
    this.#instances = instances;
  }

  /**
   * Performs one operation on the database in this file, which is opened, and created, where need be.
   *
   * @throws Error with the message for the skill
   */
  perform(file: string, request: DatabaseRequest, limits: RequestLimits): DatabaseAnswer {
    const start = performance.now();
    try {
      return this.#perform(file, request, limits);
    } catch (error) {
      const message = describeFailure(error, file, performance.now() - start);
      throw new Error(`sqlite.${request.action}: ${message}`, { cause: error });
    }
  }

  /** Closes the database in this file if it is open. */
  release(file: string): void {
    const database = this.#open.get(file);
    this.#open.delete(file);
    database?.[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    for (const file of [...this.#open.keys()]) this.release(file);
  }

  #perform(file: string, request: DatabaseRequest, limits: RequestLimits): DatabaseAnswer {
    const operation = operations.get(request.action);
    if (operation === undefined) throw new Error("there is no such operation");
    const input = new SqliteInput(request);
    const database = this.#database(file);
    let failure: unknown;
    database.begin(limits);
    try {
      return operation(database, input);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      database.end();
      // Nothing that a request has set survives it.
      if (database.native.soiled || isFatal(failure)) this.release(file);
    }
  }

  #database(file: string): SqliteDatabase {
    const known = this.#open.get(file);
    if (known?.isInPlace() === true) {
      this.#open.delete(file);
      this.#open.set(file, known);
      return known;
    }
    this.release(file);
    const database = new SqliteDatabase(file, this.#instances);
    this.#open.set(file, database);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= mostOpen) break;
      this.release(oldest);
    }
    return database;
  }
}
