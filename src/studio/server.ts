// The HTTP server: loopback only, and nothing but refusals for whoever is not the page of this studio.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LuaError, SkillError } from "../index.js";
import { Access } from "./access.js";
import type { Assets } from "./assets.js";
import { sendNoSession, sendWelcome } from "./doors.js";
import { describeFailure } from "./failure.js";
import { RequestError, sendRefusal } from "./refusal.js";
import { loopbackHosts, requireSameOrigin } from "./same-origin.js";

/** The addresses that a server of the studio may have. */
export type LoopbackAddress = "127.0.0.1" | "::1";

/**
 * Answers a request of the page.
 *
 * @returns false when it knows no such path
 * @throws RequestError
 */
export type Api = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean>;

const headers: { [name: string]: string } = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

export class StudioServer {
  readonly #server: Server;
  readonly #assets: Assets;
  readonly #api: Api;
  #access: Access | undefined;
  #hosts: ReadonlySet<string> = new Set();

  constructor(assets: Assets, api: Api) {
    this.#assets = assets;
    this.#api = api;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /**
   * @param port 0: one that is free
   * @returns the link that opens the studio, once
   * @throws Error when the port is taken
   */
  async listen(address: LoopbackAddress, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, address, () => resolve());
    });
    const { port: own } = this.#server.address() as AddressInfo;
    this.#hosts = loopbackHosts(own);
    this.#access = new Access(own);
    const host = address === "::1" ? "[::1]" : address;
    return `http://${host}:${own}/?token=${this.#access.token}`;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.headersSent) {
        response.destroy();
      } else if (error instanceof RequestError) {
        // What was not read of the request is in the way of the next one.
        if (!request.complete) response.setHeader("Connection", "close");
        const { status, code, message } = error;
        sendRefusal(response, status, { error: { code, message } });
      } else {
        const isKnown = error instanceof SkillError || error instanceof LuaError;
        sendRefusal(response, isKnown ? 422 : 500, { error: describeFailure(error) });
      }
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, token } = target(request);
    requireSameOrigin(request, this.#hosts, token !== undefined);
    const admitted = this.#access?.admits(request.headers.cookie) === true;
    // Whoever comes back to the link with a session goes on with it.
    if (token !== undefined && !admitted) return this.#exchange(token, response);
    if (!admitted) {
      if (pathname === "/") return sendNoSession(response);
      throw new RequestError(
        401,
        "SESSION",
        "there is no session: open the link that luaskills studio printed",
      );
    }
    if (request.method === "GET") {
      const file = pathname === "/" ? "index.html" : pathname.slice(1);
      if (this.#assets.send(response, file)) return;
    }
    if (await this.#api(request, response, pathname)) return;
    throw new RequestError(404, "NOT_FOUND", `there is nothing at ${request.method} ${pathname}`);
  }

  #exchange(token: string, response: ServerResponse): void {
    const cookie = this.#access?.exchange(token);
    if (cookie === undefined) sendNoSession(response);
    else sendWelcome(response, cookie);
  }
}

/** Path of a request, and the token when it is the one that a person makes by opening the link. */
function target({ method, url = "" }: IncomingMessage): { pathname: string; token: string | undefined } {
  let parsed: URL;
  try {
    parsed = new URL(url, "http://studio");
  } catch {
    throw new RequestError(400, "PATH", "the path of the request is none");
  }
  const { pathname, searchParams } = parsed;
  const isLink = method === "GET" && pathname === "/";
  return { pathname, token: isLink ? (searchParams.get("token") ?? undefined) : undefined };
}
