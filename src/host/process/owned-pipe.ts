// A pipe that belongs to a call. Where it lives decides who can use it: one that was opened by code that can wait is served
// by this thread's event loop, which stands still while synchronous code runs.

import { BlockingPipe } from "./blocking.js";
import type { Pipe, PipeEnd } from "./pipe.js";

export class OwnedPipe {
  readonly #pipe: Pipe | BlockingPipe;
  readonly #remainingMs: () => number | undefined;
  readonly #release: () => void;

  /**
   * @param remainingMs how long a synchronous operation may hold the thread; undefined: as long as it takes
   * @param release takes back that the pipe ends with its call
   */
  constructor(pipe: Pipe | BlockingPipe, remainingMs: () => number | undefined, release: () => void) {
    this.#pipe = pipe;
    this.#remainingMs = remainingMs;
    this.#release = release;
  }

  async read(): Promise<Uint8Array | undefined> {
    return this.#pipe instanceof BlockingPipe ? this.readSync() : this.#pipe.read();
  }

  readSync(): Uint8Array | undefined {
    return this.#blocking().read(this.#remainingMs());
  }

  /** @returns false when nobody reads the bytes any more */
  async write(bytes: Uint8Array): Promise<boolean> {
    return this.#pipe instanceof BlockingPipe ? this.writeSync(bytes) : this.#pipe.write(bytes);
  }

  writeSync(bytes: Uint8Array): boolean {
    return this.#blocking().write(bytes, this.#remainingMs());
  }

  async close(): Promise<PipeEnd> {
    if (this.#pipe instanceof BlockingPipe) return this.closeSync();
    const end = await this.#pipe.close();
    this.#release();
    return end;
  }

  closeSync(): PipeEnd {
    const end = this.#blocking().close(this.#remainingMs());
    this.#release();
    return end;
  }

  #blocking(): BlockingPipe {
    if (this.#pipe instanceof BlockingPipe) return this.#pipe;
    throw new Error(
      "io.popen: this pipe was opened where Lua code can wait, so it cannot be used where it cannot (a table.sort comparator, a string.gsub replacement)",
    );
  }
}
