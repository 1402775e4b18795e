// Serving one client over the standard streams of the process.

import type { Readable, Writable } from "node:stream";
import type { McpServerFactory } from "@modelcontextprotocol/server";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";

/** Tells when the connection is over, whoever ended it. */
class EndingTransport extends StdioServerTransport {
  readonly ended: Promise<void>;
  #end: () => void = () => {};

  constructor(input: Readable, output: Writable) {
    super(input, output);
    this.ended = new Promise(resolve => {
      this.#end = resolve;
    });
  }

  override async close(): Promise<void> {
    await super.close();
    this.#end();
  }
}

export interface StdioSession {
  /** Resolves when the client is gone, or after `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export function openStdio(
  factory: McpServerFactory,
  output: Writable,
  onerror: (error: Error) => void,
): StdioSession {
  const transport = new EndingTransport(process.stdin, output);
  const handle = serveStdio(factory, { transport, onerror });
  return { ended: transport.ended, close: () => handle.close() };
}
