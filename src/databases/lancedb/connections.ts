// Connections to locations, opened at their first use and kept: the 32 that were used last. Tables are opened for each
// operation (0.1 ms), so that one which was dropped, made anew or put in order meanwhile is seen as it is.

import { mkdir, stat } from "node:fs/promises";
import type { Connection, Session } from "@lancedb/lancedb";
import type { CallsInFlight } from "./calls-in-flight.js";
import type { LanceModules } from "./library.js";
import { folderOf, type LanceLocation } from "./location.js";

const mostOpen = 32;
/** Bytes that LanceDB may keep of indices and of the metadata of tables, for all locations together. */
const indexCacheBytes = 256n * 2n ** 20n;
const metadataCacheBytes = 64n * 2n ** 20n;

interface Open {
  readonly uri: string;
  readonly connection: Promise<Connection>;
  /** Operations that use it. */
  users: number;
  /** Settles when the last operation has left, once nobody new may come. */
  leaving: { readonly left: Promise<void>; readonly leave: () => void } | undefined;
}

export class Connections {
  readonly #lance: LanceModules["lance"];
  readonly #calls: CallsInFlight;
  readonly #session: Session;
  /** The one used last comes last. */
  readonly #open = new Map<string, Open>();

  constructor({ lance }: LanceModules, calls: CallsInFlight) {
    this.#lance = lance;
    this.#calls = calls;
    this.#session = new lance.Session(indexCacheBytes, metadataCacheBytes);
  }

  /**
   * @param make true to make the folder of a local location, which LanceDB would do for readers as well
   * @returns what `use` returns; undefined when there is no such folder and none is to be made
   */
  async use<T>(
    location: LanceLocation,
    make: boolean,
    use: (connection: Connection) => Promise<T>,
  ): Promise<T | undefined> {
    const folder = folderOf(location.uri);
    if (folder !== undefined) {
      if (make) await mkdir(folder, { recursive: true });
      else if (!(await isFolder(folder))) return undefined;
    }
    const open = this.#take(location, folder ?? location.uri);
    try {
      return await use(await open.connection);
    } finally {
      open.users -= 1;
      if (open.users === 0) open.leaving?.leave();
    }
  }

  /** Closes what is open of a location, once the operations that use it have ended. */
  async release(uri: string): Promise<void> {
    const entries = [...this.#open].filter(([, open]) => open.uri === uri);
    await Promise.all(entries.map(([key, open]) => this.#close(key, open)));
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open, ([key, open]) => this.#close(key, open)));
  }

  #take({ uri, storageOptions = {} }: LanceLocation, target: string): Open {
    const key = JSON.stringify([uri, Object.entries(storageOptions).sort()]);
    const open = this.#open.get(key) ?? this.#connect(key, uri, target, storageOptions);
    this.#open.delete(key);
    this.#open.set(key, open);
    open.users += 1;
    if (this.#open.size > mostOpen) this.#closeOldest();
    return open;
  }

  #connect(key: string, uri: string, target: string, storageOptions: { [name: string]: string }): Open {
    // An interval of 0 makes every read look for what other connections and processes have written.
    const options = { readConsistencyInterval: 0, storageOptions: { ...storageOptions } };
    const connection = this.#calls.run(() => this.#lance.connect(target, options, this.#session));
    const open: Open = { uri, connection, users: 0, leaving: undefined };
    connection.catch(() => {
      if (this.#open.get(key) === open) this.#open.delete(key);
    });
    return open;
  }

  #closeOldest(): void {
    for (const [key, open] of this.#open) {
      if (open.users > 0) continue;
      void this.#close(key, open);
      return;
    }
  }

  async #close(key: string, open: Open): Promise<void> {
    this.#open.delete(key);
    if (open.users > 0) {
      open.leaving ??= departure();
      await open.leaving.left;
    }
    const connection = await open.connection.catch(() => undefined);
    connection?.close();
  }
}

function departure(): { left: Promise<void>; leave: () => void } {
  let leave = () => {};
  const left = new Promise<void>(resolve => {
    leave = resolve;
  });
  return { left, leave };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}
