// Keeps the process of a hook running: it is started when it is first needed, and again after it has ended, with growing
// pauses. There are no timers between the attempts: an attempt is made by whoever needs the process once the pause is over.

import type { Launch } from "../../../host/process/child.js";
import { Spawner } from "../../../host/process/spawner.js";
import { untilAborted } from "../../abortable.js";
import type { Clock } from "../../clock.js";
import { messageOf } from "../../errors.js";
import { RpcProcess } from "./rpc-process.js";

export interface SupervisorOptions {
  name: string;
  launch: Launch;
  /** Parameters of `hook.hello`. */
  hello: object;
  /** Milliseconds until it has answered `hook.hello`. */
  startTimeoutMs: number;
  /** Milliseconds before the first new start; each further one waits twice as long. */
  restartDelayMs: number;
  maxRestartDelayMs: number;
  /** So many requests in a row that are given up: the process hangs, and is ended. */
  maxUnanswered: number;
  maxLineBytes: number;
  maxBacklogBytes: number;
  closeGraceMs: number;
  clock: Clock;
  onStatus(status: ProcessStatus): void;
  onStderr(line: string): void;
}

/** `degraded`: the hook does not work; it is tried again when it is needed after `retryInMs`. */
export type ProcessStatus =
  | { readonly state: "ready"; readonly restarts: number }
  | { readonly state: "degraded"; readonly reason: string; readonly retryInMs: number };

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #spawner = new Spawner();
  #process: RpcProcess | undefined;
  #starting: Promise<RpcProcess> | undefined;
  /** Runs, and has not greeted yet. */
  #newcomer: RpcProcess | undefined;
  /** Attempts and ends in a row, without an answer in between. */
  #failures = 0;
  #starts = 0;
  #unanswered = 0;
  #retryAt = 0;
  #problem = "";
  #closed = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts the process unless it runs or its pause is not over. What goes wrong is reported as its status.
   *
   * @returns true when it is ready
   */
  async start(): Promise<boolean> {
    try {
      await this.#running();
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Asks the process, which is started before where need be.
   *
   * @throws Error when it cannot be asked, answers with an error, or `signal` aborts
   */
  async request(method: string, params: unknown, signal: AbortSignal): Promise<unknown> {
    const process = await untilAborted(signal, this.#running());
    try {
      const answer = await process.request(method, params, signal);
      this.#countAnswer();
      return answer;
    } catch (error) {
      if (signal.aborted) this.#countUnanswered(process);
      else if (!process.isGone) this.#countAnswer();
      throw this.#named(error);
    }
  }

  /** Tells the process, if it runs. It is started for the next time where need be. @returns false when it was not told */
  notify(method: string, params: unknown): boolean {
    if (this.#process !== undefined) return this.#process.notify(method, params);
    void this.start();
    return false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#newcomer?.kill("it was closed");
    const process = this.#process ?? (await this.#starting?.catch(() => undefined));
    this.#process = undefined;
    await process?.close();
    this.#spawner.close();
  }

  #running(): Promise<RpcProcess> {
    if (this.#process !== undefined) return Promise.resolve(this.#process);
    if (this.#starting !== undefined) return this.#starting;
    if (this.#closed) return Promise.reject(this.#named("it was closed"));
    const pause = this.#retryAt - this.#options.clock.now();
    if (pause > 0) {
      return Promise.reject(this.#named(`${this.#problem}; it is started again in ${Math.ceil(pause)} ms`));
    }
    this.#starting = this.#launch().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #launch(): Promise<RpcProcess> {
    let process: RpcProcess | undefined;
    try {
      process = await RpcProcess.start(this.#options, this.#spawner);
      if (this.#closed) throw new Error("it was closed");
      this.#newcomer = process;
      await this.#greet(process);
      if (this.#closed) throw new Error("it was closed");
    } catch (error) {
      process?.kill("it did not start");
      if (!this.#closed) this.#degrade(messageOf(error));
      throw this.#named(error);
    } finally {
      this.#newcomer = undefined;
    }
    this.#process = process;
    this.#unanswered = 0;
    this.#options.onStatus({ state: "ready", restarts: this.#starts++ });
    void process.gone.then(reason => {
      if (this.#process !== process) return;
      this.#process = undefined;
      this.#degrade(reason);
    });
    return process;
  }

  async #greet(process: RpcProcess): Promise<void> {
    const { startTimeoutMs, hello, clock } = this.#options;
    const late = new AbortController();
    const cancel = clock.after(startTimeoutMs, () =>
      late.abort(new Error(`it did not answer hook.hello within ${startTimeoutMs} ms`)),
    );
    try {
      await process.request("hook.hello", hello, late.signal);
    } finally {
      cancel();
    }
  }

  #countAnswer(): void {
    this.#failures = 0;
    this.#unanswered = 0;
  }

  #countUnanswered(process: RpcProcess): void {
    this.#unanswered += 1;
    if (this.#unanswered < this.#options.maxUnanswered) return;
    process.kill(`it left ${this.#unanswered} requests in a row without an answer`);
  }

  #degrade(reason: string): void {
    const { restartDelayMs, maxRestartDelayMs, clock, onStatus } = this.#options;
    const retryInMs = Math.min(restartDelayMs * 2 ** this.#failures, maxRestartDelayMs);
    this.#failures += 1;
    this.#retryAt = clock.now() + retryInMs;
    this.#problem = reason;
    onStatus({ state: "degraded", reason, retryInMs });
  }

  #named(error: unknown): Error {
    const message = messageOf(error);
    const prefix = `hook "${this.#options.name}": `;
    return message.startsWith(prefix) ? (error as Error) : new Error(prefix + message, { cause: error });
  }
}
