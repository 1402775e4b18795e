// LanceDB for one thread: all five actions, on any number of locations.

import type { DatabaseAnswer } from "../answer.js";
import type { DatabaseRequest } from "../provider.js";
import { type CallCounter, CallsInFlight } from "./calls-in-flight.js";
import { Connections } from "./connections.js";
import { loadLance } from "./library.js";
import type { LanceLocation } from "./location.js";
import { readOperation } from "./operations.js";
import { libraryText, Refused } from "./refused.js";
import { type Resources, Tables } from "./tables.js";
import { usualUpkeepChance } from "./upkeep.js";
import { type FileLocking, WriteTurns } from "./write-turns.js";

export interface LanceOptions {
  /** Locks that other threads and processes heed. */
  readonly locks: FileLocking;
  /** Counts calls into the library where another thread can wait for them (`stopCalls`). Default: one of its own. */
  readonly callCounter?: CallCounter;
  /** Share of the writes after which their table is looked at and, if it is in many pieces, put in order. */
  readonly upkeepChance?: number;
}

/** Loads the library at the first operation, and opens locations at theirs. */
export class LanceDatabases implements AsyncDisposable {
  readonly #calls: CallsInFlight;
  readonly #turns: WriteTurns;
  readonly #upkeepChance: number;
  readonly #active = new Set<Promise<unknown>>();
  #resources: Resources | undefined;
  #closed = false;

  constructor({ locks, callCounter, upkeepChance = usualUpkeepChance }: LanceOptions) {
    this.#calls = new CallsInFlight(callCounter);
    this.#turns = new WriteTurns(locks);
    this.#upkeepChance = upkeepChance;
  }

  /**
   * @param signal keeps steps that have not begun from beginning. What LanceDB has begun it ends
   * @returns the meta object, behind it the rows of `vector_search`. Rejects with an Error whose text begins with
   *   `lancedb.<action>: `
   */
  async perform(
    location: LanceLocation,
    request: DatabaseRequest,
    signal?: AbortSignal,
  ): Promise<DatabaseAnswer> {
    const running = this.#run(location, request, signal);
    this.#active.add(running);
    try {
      return await running;
    } catch (error) {
      const text = error instanceof Refused ? error.message : libraryText(error);
      throw new Error(`lancedb.${request.action}: ${text}`, { cause: error });
    } finally {
      this.#active.delete(running);
    }
  }

  /** Closes what is open of a location, once its operations have ended, so that its files can be removed. */
  async release(uri: string): Promise<void> {
    await this.#resources?.connections.release(uri);
  }

  /** Lets the operations that run end; new ones are refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#active);
    await this.#resources?.connections.close();
    this.#resources = undefined;
  }

  async #run(
    location: LanceLocation,
    request: DatabaseRequest,
    signal: AbortSignal | undefined,
  ): Promise<DatabaseAnswer> {
    const operation = readOperation(request);
    if (this.#closed) throw new Refused("the databases are closed");
    return operation(new Tables(this.#open(), location, signal));
  }

  #open(): Resources {
    if (this.#resources === undefined) {
      const modules = loadLance();
      this.#resources = {
        arrow: modules.arrow,
        connections: new Connections(modules, this.#calls),
        calls: this.#calls,
        turns: this.#turns,
        upkeepChance: this.#upkeepChance,
      };
    }
    return this.#resources;
  }
}
