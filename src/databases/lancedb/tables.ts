// The tables of one location, for one operation.

import type { Connection, Table } from "@lancedb/lancedb";
import type { Schema } from "apache-arrow";
import type { CallsInFlight } from "./calls-in-flight.js";
import { retryConflicts } from "./conflicts.js";
import type { Connections } from "./connections.js";
import type { Arrow } from "./library.js";
import type { LanceLocation } from "./location.js";
import { Refused, saysTableExists, saysTableMissing, tableMissing } from "./refused.js";
import { keepInOrder } from "./upkeep.js";
import type { WriteTurns } from "./write-turns.js";

/** What operations on all locations have in common. */
export interface Resources {
  readonly arrow: Arrow;
  readonly connections: Connections;
  readonly calls: CallsInFlight;
  readonly turns: WriteTurns;
  readonly upkeepChance: number;
}

export class Tables {
  readonly arrow: Arrow;
  readonly #resources: Resources;
  readonly #location: LanceLocation;
  readonly #signal: AbortSignal | undefined;

  constructor(resources: Resources, location: LanceLocation, signal: AbortSignal | undefined) {
    this.arrow = resources.arrow;
    this.#resources = resources;
    this.#location = location;
    this.#signal = signal;
  }

  /**
   * One step of an operation: a call into the library. What it has started cannot be stopped, but none is started for a call
   * that has ended.
   */
  step<T>(call: () => Promise<T>): Promise<T> {
    if (this.#signal?.aborted) return Promise.reject(new Refused("the call has ended"));
    return this.#resources.calls.run(call);
  }

  /** @throws Refused when there is no such table */
  async read<T>(name: string, use: (table: Table) => Promise<T>): Promise<T> {
    return this.#existing(name, connection => this.#withTable(connection, name, use));
  }

  /**
   * As `read`, for a change of the table, which is done again from the beginning when another writer came first.
   *
   * @param alone true for a change that other writers of its kind must not come between
   */
  async write<T>(name: string, alone: boolean, change: (table: Table) => Promise<T>): Promise<T> {
    const changeAndTidy = async (table: Table) => {
      const result = await change(table);
      await keepInOrder(table, this.#resources.calls, this.#resources.upkeepChance);
      return result;
    };
    return this.#existing(name, connection => {
      const attempt = () => retryConflicts(() => this.#withTable(connection, name, changeAndTidy));
      return alone ? this.#alone(attempt) : attempt();
    });
  }

  /** @throws Refused when the table exists and is not to be replaced */
  async create(name: string, schema: Schema, replace: boolean): Promise<void> {
    const mode = replace ? "overwrite" : "create";
    await this.#resources.connections.use(this.#location, true, connection =>
      this.#alone(async () => {
        try {
          const table = await retryConflicts(() =>
            this.step(() => connection.createEmptyTable(name, schema, { mode })),
          );
          table.close();
        } catch (error) {
          if (saysTableExists(error)) throw new Refused(`table '${name}' already exists`);
          throw error;
        }
      }),
    );
  }

  /** @throws Refused when there is no such table */
  async drop(name: string): Promise<void> {
    await this.#existing(name, connection => this.#alone(() => this.step(() => connection.dropTable(name))));
  }

  #alone<T>(write: () => Promise<T>): Promise<T> {
    return this.#resources.turns.take(this.#location.uri, write);
  }

  async #existing<T>(name: string, use: (connection: Connection) => Promise<T>): Promise<T> {
    let found = false;
    const result = await this.#resources.connections.use(this.#location, false, connection => {
      found = true;
      return use(connection).catch(error => {
        throw saysTableMissing(error) ? tableMissing(name) : error;
      });
    });
    if (!found) throw tableMissing(name);
    return result as T;
  }

  async #withTable<T>(connection: Connection, name: string, use: (table: Table) => Promise<T>): Promise<T> {
    const table = await this.step(() => connection.openTable(name));
    try {
      return await use(table);
    } finally {
      table.close();
    }
  }
}
