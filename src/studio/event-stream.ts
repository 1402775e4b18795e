// Server-Sent Events to every page that is open.

import type { ServerResponse } from "node:http";
import { RequestError } from "./refusal.js";
import type { StudioEvents } from "./wire.js";

const mostPages = 32;
/** Bytes that may wait for a page that does not read; then its connection ends, and the page makes a new one. */
const longestQueue = 16 << 20;
/** A page that is gone without a word is noticed when something is sent. */
const heartbeatMs = 15_000;

export class EventStream {
  readonly #pages = new Set<ServerResponse>();
  readonly #heartbeat = setInterval(() => this.#broadcast(": still here\n\n"), heartbeatMs).unref();

  /** Turns a response into a stream of events that begins with a snapshot. @throws RequestError */
  open(response: ServerResponse, snapshot: StudioEvents["snapshot"]): void {
    if (this.#pages.size >= mostPages) {
      throw new RequestError(503, "TOO_MANY_PAGES", `${mostPages} pages are open: close some`);
    }
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    this.#pages.add(response);
    response.on("close", () => this.#pages.delete(response));
    response.write(format("snapshot", snapshot));
  }

  send<Name extends keyof StudioEvents>(name: Name, payload: StudioEvents[Name]): void {
    if (this.#pages.size > 0) this.#broadcast(format(name, payload));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const page of this.#pages) page.end();
  }

  #broadcast(text: string): void {
    for (const page of this.#pages) {
      if (page.writableLength > longestQueue) page.destroy();
      else page.write(text);
    }
  }
}

/** JSON has no line ends, so a payload is one line. */
function format(name: string, payload: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(payload)}\n\n`;
}
