// A child process that answers JSON-RPC 2.0 requests: one JSON object per line, requests on its standard input, answers on its
// standard output. What it writes to standard error is for the log.

import { Child, type Exit, type Launch } from "../../../host/process/child.js";
import type { Spawner } from "../../../host/process/spawner.js";
import { LineSplitter } from "./line-splitter.js";

export interface RpcProcessOptions {
  launch: Launch;
  /** Bytes of one answer. */
  maxLineBytes: number;
  /** Bytes that may wait until the process reads them. */
  maxBacklogBytes: number;
  /** Milliseconds between the end of its input and the end of its process tree. */
  closeGraceMs: number;
  /** A line of standard error. */
  onStderr(line: string): void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Standard error is for people: a longer line is cut into several. */
const stderrLineBytes = 8 * 1024;

export class RpcProcess {
  /** When the process is of no use any more; why, for a message. */
  readonly gone: Promise<string>;
  readonly #child: Child;
  readonly #options: RpcProcessOptions;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #end: string | undefined;
  #reportEnd: (reason: string) => void = () => {};

  /** @throws SpawnError when there is no such program */
  static async start(options: RpcProcessOptions, spawner: Spawner): Promise<RpcProcess> {
    const child = new Child(options.launch, { stdin: "pipe", stderr: "pipe" }, spawner);
    const started = new RpcProcess(child, options);
    await child.started;
    return started;
  }

  private constructor(child: Child, options: RpcProcessOptions) {
    this.#child = child;
    this.#options = options;
    this.gone = new Promise(resolve => {
      this.#reportEnd = resolve;
    });
    this.#readAnswers();
    this.#readLog();
    void this.#watchEnd();
  }

  get isGone(): boolean {
    return this.#end !== undefined;
  }

  /**
   * Asks for something.
   *
   * @param signal gives up waiting; the process is told by the notification `hook.cancel` with the `id`
   * @throws Error what the process answers as its error, or why it does not answer
   */
  request(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    this.#requireAlive(method);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#pending.delete(id);
        if (!this.isGone) this.#send({ jsonrpc: "2.0", method: "hook.cancel", params: { id } });
        reject(signal.reason);
      };
      const settle = () => {
        this.#pending.delete(id);
        signal.removeEventListener("abort", abort);
      };
      this.#pending.set(id, {
        resolve: value => {
          settle();
          resolve(value);
        },
        reject: error => {
          settle();
          reject(error);
        },
      });
      signal.addEventListener("abort", abort, { once: true });
      this.#send({ jsonrpc: "2.0", id, method, params });
    });
  }

  /**
   * Tells something.
   *
   * @returns false when it was not sent: the process is gone, or does not read what it was told before
   */
  notify(method: string, params: unknown): boolean {
    if (this.isGone || this.#backlog > this.#options.maxBacklogBytes / 2) return false;
    this.#send({ jsonrpc: "2.0", method, params });
    return true;
  }

  /** Ends the process now, with everything it started. @param reason what pending requests are told */
  kill(reason: string): void {
    this.#child.killTree();
    this.#fail(reason);
  }

  /** Ends its input, and what is left of its process tree after the grace period. */
  async close(): Promise<void> {
    this.#fail("the hook was closed");
    this.#child.stdin?.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, this.#options.closeGraceMs);
    });
    await Promise.race([this.#child.exited, late]);
    clearTimeout(timer);
    this.#child.killTree();
    await this.#child.closed;
  }

  get #backlog(): number {
    return this.#child.stdin?.writableLength ?? 0;
  }

  #send(message: object): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
    if (this.#backlog > this.#options.maxBacklogBytes) {
      this.kill(`it does not read its input: ${this.#backlog} bytes wait`);
    }
  }

  #readAnswers(): void {
    const lines = new LineSplitter(this.#options.maxLineBytes);
    this.#child.stdout.on("data", (chunk: Buffer) => {
      if (this.isGone) return;
      try {
        for (const line of lines.push(chunk)) this.#receive(line);
      } catch (error) {
        this.kill((error as Error).message);
      }
    });
    this.#child.stdout.on("error", () => {});
  }

  /** What is no answer to a request that waits is passed over. */
  #receive(line: string): void {
    let message: { id?: unknown; result?: unknown; error?: { message?: unknown } | null };
    try {
      message = JSON.parse(line);
    } catch {
      return;
    }
    const pending = typeof message?.id === "number" ? this.#pending.get(message.id) : undefined;
    if (pending === undefined) return;
    const { error } = message;
    if (error === undefined || error === null) pending.resolve(message.result);
    else pending.reject(new Error(typeof error.message === "string" ? error.message : JSON.stringify(error)));
  }

  #readLog(): void {
    const { stderr } = this.#child;
    const { onStderr } = this.#options;
    let rest = "";
    stderr?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split(/\r?\n/);
      rest = lines.pop() ?? "";
      if (rest.length > stderrLineBytes) lines.push(rest);
      if (rest.length > stderrLineBytes) rest = "";
      for (const line of lines) if (line !== "") onStderr(line);
    });
    stderr?.on("end", () => {
      if (rest !== "") onStderr(rest);
    });
    stderr?.on("error", () => {});
  }

  /** What it has written before its end still counts. */
  async #watchEnd(): Promise<void> {
    const exit = await this.#child.exited;
    this.#child.killTree();
    await this.#child.closed;
    this.#fail(describeExit(exit));
  }

  #requireAlive(method: string): void {
    if (this.#end !== undefined) throw new Error(`${method}: ${this.#end}`);
  }

  #fail(reason: string): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    for (const { reject } of [...this.#pending.values()]) reject(new Error(reason));
    this.#reportEnd(reason);
  }
}

function describeExit(exit: Exit): string {
  return "code" in exit ? `it ended with code ${exit.code}` : `it was ended by ${exit.signal}`;
}
