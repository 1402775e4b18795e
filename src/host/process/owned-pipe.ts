// A pipe that belongs to a call. Where it lives decides who can use it: one that was opened by code that can wait is served
// by this thread's event loop, which stands still while synchronous code runs.

import { BlockingPipe } from "./blocking.js";
import type { Pipe, PipeEnd } from "./pipe.js";

/** Runs an operation with the milliseconds that it may hold the thread; undefined: as long as it takes. */
export type BlockingRunner = <T>(operation: (limitMs: number | undefined) => T) => T;

export class OwnedPipe {
  readonly #pipe: Pipe | BlockingPipe;
  readonly #run: BlockingRunner;
  readonly #release: () => void;

  /**
   * @param run runs operations that hold the thread
   * @param release takes back that the pipe ends with its call
   */
  constructor(pipe: Pipe | BlockingPipe, run: BlockingRunner, release: () => void) {
    this.#pipe = pipe;
    this.#run = run;
    this.#release = release;
  }

  async read(): Promise<Uint8Array | undefined> {
    return this.#pipe instanceof BlockingPipe ? this.readSync() : this.#pipe.read();
  }

  readSync(): Uint8Array | undefined {
    return this.#run(limitMs => this.#blocking().read(limitMs));
  }

  /** @returns false when nobody reads the bytes any more */
  async write(bytes: Uint8Array): Promise<boolean> {
    return this.#pipe instanceof BlockingPipe ? this.writeSync(bytes) : this.#pipe.write(bytes);
  }

  writeSync(bytes: Uint8Array): boolean {
    return this.#run(limitMs => this.#blocking().write(bytes, limitMs));
  }

  async close(): Promise<PipeEnd> {
    if (this.#pipe instanceof BlockingPipe) return this.closeSync();
    const end = await this.#pipe.close();
    this.#release();
    return end;
  }

  closeSync(): PipeEnd {
    const end = this.#run(limitMs => this.#blocking().close(limitMs));
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
