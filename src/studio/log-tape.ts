// What skills and the engine say: the last lines for pages that come later, and batches for those that listen. A loop that
// prints makes lines faster than anybody reads, so they go out a few times a second.

import type { LogEvent } from "../index.js";
import { Ring } from "./ring.js";
import type { LogLine } from "./wire.js";

const keptLines = 1_000;
/** Characters. */
const longestMessage = 16_384;
const batchMs = 50;

export class LogTape {
  readonly #send: (lines: LogLine[]) => void;
  readonly #lines = new Ring<LogLine>(keptLines);
  #lastId = 0;
  #sentId = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param send gets each batch, oldest line first */
  constructor(send: (lines: LogLine[]) => void) {
    this.#send = send;
  }

  write({ level, message, skillId }: LogEvent): void {
    this.#lastId += 1;
    this.#lines.push({
      id: this.#lastId,
      at: Date.now(),
      level,
      message: message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message,
      ...(skillId === undefined ? {} : { skillId }),
    });
    this.#timer ??= setTimeout(() => this.#flush(), batchMs);
  }

  /** What is kept and was sent: what was not will come in a batch. */
  lines(): LogLine[] {
    return this.#lines.items().filter(({ id }) => id <= this.#sentId);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    this.#timer = undefined;
    const fresh = this.#lines.items().filter(({ id }) => id > this.#sentId);
    this.#sentId = this.#lastId;
    this.#send(fresh);
  }
}
