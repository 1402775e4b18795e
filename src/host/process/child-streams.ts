// The three standard streams of a child: what it gets, and the ends that stay here.

import type { ChildProcess, StdioOptions } from "node:child_process";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { PipeEnds, SystemPipes } from "./system-pipes.js";

/** Standard output always goes through a pipe: the host's own is never the child's. */
export interface Wiring {
  stdin: "pipe" | "null";
  stderr: "pipe" | "inherit";
}

const hostStderr = 2;

export class ChildStreams {
  readonly #wiring: Wiring;
  readonly #pipes: SystemPipes;
  /** Undefined on Windows, where Node's own pipes are pipes. */
  readonly #ends: { stdin: PipeEnds | undefined; stdout: PipeEnds; stderr: PipeEnds | undefined } | undefined;
  stdin: Writable | undefined;
  stdout: Readable | undefined;
  stderr: Readable | undefined;

  /** @throws Error of `SystemPipes.open` */
  constructor(wiring: Wiring, pipes: SystemPipes) {
    this.#wiring = wiring;
    this.#pipes = pipes;
    if (process.platform === "win32") return;
    const opened: PipeEnds[] = [];
    const open = () => {
      const ends = pipes.open();
      opened.push(ends);
      return ends;
    };
    try {
      this.#ends = {
        stdin: wiring.stdin === "pipe" ? open() : undefined,
        stdout: open(),
        stderr: wiring.stderr === "pipe" ? open() : undefined,
      };
    } catch (error) {
      for (const ends of opened) this.#closeAll([ends.read, ends.write]);
      throw error;
    }
  }

  /** What the child gets. */
  get stdio(): StdioOptions {
    const { stdin, stderr } = this.#wiring;
    return [
      stdin === "null" ? "ignore" : (this.#ends?.stdin?.read ?? "pipe"),
      this.#ends?.stdout.write ?? "pipe",
      stderr === "inherit" ? hostStderr : (this.#ends?.stderr?.write ?? "pipe"),
    ];
  }

  /** The child has its ends; those that stay become streams. */
  connect(child: ChildProcess): void {
    if (this.#ends === undefined) {
      this.stdin = child.stdin ?? undefined;
      this.stdout = child.stdout ?? undefined;
      this.stderr = child.stderr ?? undefined;
      return;
    }
    const { stdin, stdout, stderr } = this.#ends;
    this.#closeAll([stdin?.read, stdout.write, stderr?.write]);
    this.stdin = stdin && new Socket({ fd: stdin.write, readable: false, writable: true });
    this.stdout = new Socket({ fd: stdout.read, readable: true, writable: false });
    this.stderr = stderr && new Socket({ fd: stderr.read, readable: true, writable: false });
  }

  /** There is no child. */
  abandon(): void {
    if (this.#ends === undefined) return;
    const { stdin, stdout, stderr } = this.#ends;
    this.#closeAll([stdin?.read, stdin?.write, stdout.read, stdout.write, stderr?.read, stderr?.write]);
  }

  /** What the child prints into, one by one. */
  get outputs(): Readable[] {
    return [this.stdout, this.stderr].filter(stream => stream !== undefined);
  }

  #closeAll(descriptors: (number | undefined)[]): void {
    for (const descriptor of descriptors) if (descriptor !== undefined) this.#pipes.closeEnd(descriptor);
  }
}
