// One worker thread that answers requests. It keeps the process alive only while somebody waits for an answer.

import { SHARE_ENV, type Transferable, Worker } from "node:worker_threads";

/** What a worker gets for each request, and what it answers. */
export interface WorkMessage {
  readonly id: number;
  readonly body: unknown;
}

export type WorkAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class WorkerThread {
  readonly #worker: Worker;
  readonly #what: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #count = 0;
  #gone: Error | undefined;

  /**
   * The thread has the environment variables of this one.
   *
   * @param what the thread is for, for messages
   */
  constructor(script: URL, what: string, workerData?: unknown) {
    this.#what = what;
    this.#worker = new Worker(script, { workerData, execArgv: [], env: SHARE_ENV });
    this.#worker.unref();
    this.#worker.on("message", (answer: WorkAnswer) => this.#settle(answer));
    this.#worker.on("error", error => this.#fail(error));
    this.#ended = new Promise(resolve => {
      this.#worker.once("exit", code => {
        this.#fail(new Error(`it ended with code ${code}`));
        resolve();
      });
    });
  }

  /** True once the thread has ended: it answers nothing any more. */
  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /** Requests that are not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @returns rejects with what the worker throws, or when it ends before it has answered */
  ask(body: unknown, transfer: readonly Transferable[] = []): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    this.#count += 1;
    const message: WorkMessage = { id: this.#count, body };
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(message, transfer);
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(message.id, { resolve, reject });
    });
  }

  /**
   * Asks the thread to end.
   *
   * @param farewell the request after which it ends by itself
   * @returns resolves when it has ended; false when it has not after `graceMs`
   */
  async leave(farewell: unknown, graceMs: number): Promise<boolean> {
    const said = this.ask(farewell).catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>(resolve => {
      timer = setTimeout(resolve, graceMs, false);
    });
    const left = await Promise.race([said.then(() => this.#ended).then(() => true), late]);
    clearTimeout(timer);
    return left;
  }

  /** Ends the thread wherever it is. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.#ended;
  }

  /** Lets it not keep the process alive, whatever it still does. */
  abandon(): void {
    this.#worker.unref();
  }

  #settle(answer: WorkAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.value);
  }

  #fail(error: Error): void {
    this.#gone ??= new Error(`the thread for ${this.#what} has ended: ${error.message}`, { cause: error });
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}
