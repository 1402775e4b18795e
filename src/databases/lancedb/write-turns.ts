// Turns for writes that look before they write: what is made only if it is not there yet. LanceDB notices other writers of
// the same rows, but not that two of them insert the same new key, or create the same new table (both measured). So at most
// one of ours does such a write at a time, in all threads and processes. In object storage only the writers of this thread
// wait for each other.

import { join } from "node:path";
import { folderOf } from "./location.js";

/** Locks between processes, by the path of a file in an existing folder. */
export interface FileLocking {
  /** @returns gives the lock back */
  acquire(path: string): Promise<() => void>;
}

const lockFile = ".write.lock";

export class WriteTurns {
  readonly #locks: FileLocking;
  /** The last turn of each location that somebody waits for or has. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(locks: FileLocking) {
    this.#locks = locks;
  }

  /** Runs `write` when all before it have ended. The folder of a local location must exist. */
  async take<T>(uri: string, write: () => Promise<T>): Promise<T> {
    const before = this.#last.get(uri);
    let end = () => {};
    const turn = new Promise<void>(resolve => {
      end = resolve;
    });
    this.#last.set(uri, turn);
    let release = () => {};
    try {
      await before;
      const folder = folderOf(uri);
      if (folder !== undefined) release = await this.#locks.acquire(join(folder, lockFile));
      return await write();
    } finally {
      release();
      end();
      if (this.#last.get(uri) === turn) this.#last.delete(uri);
    }
  }
}
