// A process that is talked to while it runs.

import { encodeText, type TextEncoding } from "../encoding.js";
import type { Captured } from "./capture.js";
import { Child, type Exit, type Launch } from "./child.js";
import { SessionOutput } from "./session-output.js";
import type { Spawner } from "./spawner.js";

export interface SessionPlan {
  launch: Launch;
  stdin: TextEncoding;
  stdout: TextEncoding;
  stderr: TextEncoding;
  /** Per stream: what is printed beyond it pushes out the oldest. */
  bufferLimitBytes: number;
}

export interface SessionRead {
  stdout: Captured;
  stderr: Captured;
  /** Nothing to return, or not the text that was waited for, within the time. */
  timedOut: boolean;
}

/** How long a killed process may take to be gone, milliseconds. */
const killGraceMs = 2000;

export class Session {
  readonly plan: SessionPlan;
  readonly #child: Child;
  readonly #stdout: SessionOutput;
  readonly #stderr: SessionOutput;
  readonly #waiting = new Set<() => void>();
  /** Takes back that the session ends with its call; it has ended before. */
  onClose: (() => void) | undefined;

  private constructor(plan: SessionPlan, child: Child) {
    this.plan = plan;
    this.#child = child;
    const wake = () => this.#wake();
    const { stdout, stderr } = child;
    if (stderr === undefined) throw new Error("a session needs pipes");
    this.#stdout = new SessionOutput(stdout, plan.stdout, plan.bufferLimitBytes, wake);
    this.#stderr = new SessionOutput(stderr, plan.stderr, plan.bufferLimitBytes, wake);
  }

  /** @throws SpawnError */
  static async open(plan: SessionPlan, spawner: Spawner): Promise<Session> {
    const child = new Child(plan.launch, { stdin: "pipe", stderr: "pipe" }, spawner);
    await child.started;
    return new Session(plan, child);
  }

  /** How it ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#child.exit;
  }

  /** Settles when the process has taken the text. @throws EncodingError; Error `stdin is closed` */
  async write(text: string): Promise<void> {
    const bytes = encodeText(text, this.plan.stdin);
    await new Promise<void>((resolve, reject) => {
      const closed = () => reject(new Error("stdin is closed"));
      const { stdin } = this.#child;
      if (stdin === undefined || !stdin.writable) return closed();
      stdin.write(bytes, error => (error ? closed() : resolve()));
    });
  }

  /**
   * Waits until something is there to be read, or `untilText` is part of it, and takes it.
   *
   * @param timeoutMs what is there then is taken
   * @param maxBytes per stream; as much ends the wait
   * @throws EncodingError when `untilText` cannot be printed in the encoding of the streams
   */
  async read(timeoutMs: number, maxBytes: number, untilText?: string): Promise<SessionRead> {
    const outputs = [this.#stdout, this.#stderr];
    const ready = () => {
      if (outputs.every(output => output.ended)) return true;
      if (untilText === undefined) return outputs.some(output => output.readable);
      return outputs.some(output => output.contains(untilText) || output.holds(maxBytes));
    };
    const timedOut = !(await this.#until(ready, timeoutMs));
    return { stdout: this.#stdout.take(maxBytes), stderr: this.#stderr.take(maxBytes), timedOut };
  }

  /** Ends its input, waits for it to end, and ends what is left of its tree. */
  async close(timeoutMs: number): Promise<void> {
    this.#child.stdin?.end();
    await this.#until(() => this.exit !== undefined, timeoutMs);
    await this.kill();
    this.onClose?.();
  }

  /** Ends the process and everything it started, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.killTree();
    await this.#until(() => this.exit !== undefined, killGraceMs);
  }

  /** As `kill`, without waiting. */
  dispose(): void {
    this.#child.killTree();
  }

  /** @returns whether the condition came true in time */
  async #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      this.#wake();
    }, timeoutMs);
    this.#child.exited.then(() => this.#wake());
    try {
      while (!condition()) {
        if (expired) return false;
        await new Promise<void>(resolve => this.#waiting.add(resolve));
      }
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }
}
