// Progress of one call on its way to the client.

import type { ServerContext } from "@modelcontextprotocol/server";
import type { Progress } from "../host/scope.js";

type Notify = ServerContext["mcpReq"]["notify"];

/**
 * Sends what the skill says, one notification at a time: what comes while one is on its way replaces what waits, so that a
 * skill that reports every step floods nobody. Values that do not grow are left out, as the protocol wants it.
 */
export class ProgressReports {
  readonly #notify: Notify;
  readonly #token: string | number;
  #last = Number.NEGATIVE_INFINITY;
  #waiting: Progress | undefined;
  #sending: Promise<void> | undefined;

  constructor(notify: Notify, token: string | number) {
    this.#notify = notify;
    this.#token = token;
  }

  report(progress: Progress): void {
    if (progress.progress <= this.#last) return;
    this.#last = progress.progress;
    this.#waiting = progress;
    this.#sending ??= this.#send();
  }

  /** Resolves when everything is on its way. */
  async flush(): Promise<void> {
    await this.#sending;
  }

  async #send(): Promise<void> {
    while (this.#waiting !== undefined) {
      const progress = this.#waiting;
      this.#waiting = undefined;
      try {
        const params = { progressToken: this.#token, ...progress };
        await this.#notify({ method: "notifications/progress", params });
      } catch {
        // Whoever wanted to know is gone; the call itself learns it in another way.
      }
    }
    this.#sending = undefined;
  }
}
