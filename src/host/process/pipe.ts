// One end of a process, as io.popen has it: its output to be read, or its input to be written.

import { type Captured, capture } from "./capture.js";
import { Child, type Exit, type Launch } from "./child.js";
import type { Spawner } from "./spawner.js";

export type PipeMode = "r" | "w";

/** How a process at the other end of a pipe ended. */
export interface PipeEnd {
  exit: Exit;
  /** What a process in mode `"w"` printed: the host's own standard output is not the process's. */
  output: Captured | undefined;
}

const maxOutputBytes = 1024 * 1024;

export class Pipe {
  readonly #child: Child;
  #wake: () => void = () => {};
  #ended = false;

  readonly #output: (() => Captured) | undefined;

  private constructor(child: Child, mode: PipeMode) {
    this.#child = child;
    const { stdout } = child;
    if (mode === "w") {
      this.#output = capture(stdout, maxOutputBytes);
      return;
    }
    // Without a listener Node would empty the pipe into nothing when the process ends.
    stdout.on("readable", () => this.#wake());
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    stdout.on("end", end).on("close", end).on("error", end);
  }

  /** @throws SpawnError */
  static async open(launch: Launch, mode: PipeMode, spawner: Spawner): Promise<Pipe> {
    const child = new Child(launch, { stdin: mode === "w" ? "pipe" : "null", stderr: "inherit" }, spawner);
    await child.started;
    return new Pipe(child, mode);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What came, as soon as something did; undefined at the end. Nothing is read ahead of what the system buffers. */
  async read(): Promise<Buffer | undefined> {
    const { stdout } = this.#child;
    for (;;) {
      const chunk = stdout.read() as Buffer | null;
      if (chunk !== null) return chunk;
      if (this.#ended) return undefined;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  /** Settles when the system has taken the bytes. @returns false when nobody reads them any more */
  write(bytes: Uint8Array): Promise<boolean> {
    return new Promise(resolve => {
      const { stdin } = this.#child;
      if (stdin === undefined || !stdin.writable) return resolve(false);
      stdin.write(bytes, error => resolve(!error));
    });
  }

  /** Ends the pipe and waits for the process. */
  async close(): Promise<PipeEnd> {
    const { stdin, stdout, exited, closed } = this.#child;
    if (stdin === undefined) stdout.destroy();
    stdin?.end();
    return { exit: await (this.#output ? closed : exited), output: this.#output?.() };
  }

  /** Ends the process and everything it started. */
  kill(): void {
    this.#child.kill();
  }
}
