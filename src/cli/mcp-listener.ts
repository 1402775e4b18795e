// The socket of `luaskills mcp --http`: requests for /mcp go to the server, all others nowhere.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import { InvalidArgumentError } from "commander";
import { settlesWithin } from "../skills/settles-within.js";
import { OperationError } from "./failure.js";

export interface HttpAddress {
  /** A name or an address, IPv6 without brackets. */
  host: string;
  /** 0: any that is free. */
  port: number;
}

export interface Listener extends AsyncDisposable {
  url: string;
}

const path = "/mcp";
/** What answers that are on their way get when the server ends. */
const lastWordsMs = 1_000;
const everywhere = new Set(["0.0.0.0", "::"]);

/** Commander's argument processor for `[HOST:]PORT`. */
export function parseAddress(text: string): HttpAddress {
  const [, bracketed, plain, port] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d+)$/.exec(text) ?? [];
  const number = Number(port);
  if (port === undefined || number > 65_535 || (bracketed !== undefined && isIP(bracketed) !== 6)) {
    throw new InvalidArgumentError("Expected PORT or HOST:PORT, for instance 127.0.0.1:3000 or [::1]:3000.");
  }
  return { host: bracketed ?? plain ?? "127.0.0.1", port: number };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The names under which requests reach the address, as `Host` headers have them. */
export function localNames({ host }: HttpAddress): string[] {
  const own = everywhere.has(host) ? [] : [inUrl(host)];
  return [...new Set(["localhost", "127.0.0.1", "[::1]", ...own])];
}

/** @throws OperationError when the address cannot be had */
export async function listen(
  { host, port }: HttpAddress,
  handle: (request: Request) => Promise<Response>,
): Promise<Listener> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const fetch = (request: Request) =>
    new URL(request.url).pathname === path
      ? handle(request)
      : Response.json({ error: `there is nothing here: the server is at ${path}` }, { status: 404 });
  // The classes of the process stay what they are.
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const hint = error.code === "EADDRINUSE" ? "choose another port, or 0 for any that is free" : undefined;
      reject(new OperationError("LISTEN", `cannot listen on ${inUrl(host)}:${port}: ${error.message}`, hint));
    });
    server.listen(port, host, resolve);
  });
  const responses = new OpenResponses(server);
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://${inUrl(host)}:${chosen}${path}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      await responses.written(lastWordsMs);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The answers that are being written. */
class OpenResponses {
  readonly #open = new Set<ServerResponse>();
  #allWritten: (() => void) | undefined;

  constructor(server: Server) {
    server.on("request", (_request: IncomingMessage, response: ServerResponse) => {
      this.#open.add(response);
      response.on("close", () => {
        this.#open.delete(response);
        if (this.#open.size === 0) this.#allWritten?.();
      });
    });
  }

  /** Resolves when there is none left, or after so many milliseconds. */
  async written(milliseconds: number): Promise<void> {
    if (this.#open.size === 0) return;
    const all = new Promise<void>(resolve => {
      this.#allWritten = resolve;
    });
    await settlesWithin(all, milliseconds);
  }
}

function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
