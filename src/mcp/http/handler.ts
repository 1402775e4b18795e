// The HTTP face of the server: one request in, one response out, whichever protocol the client speaks.

import {
  createMcpHandler,
  isLegacyRequest,
  readRequestBody,
  type Server,
} from "@modelcontextprotocol/server";
import type { McpSettings } from "../options.js";
import { guard, preflight, withCors } from "./guard.js";
import type { HttpSettings } from "./options.js";
import { refuse, refuseBusy } from "./refusals.js";
import { onResponseEnd } from "./response-end.js";
import { Sessions } from "./sessions.js";

const parseError = -32_700;

export class HttpHandler {
  readonly #settings: HttpSettings;
  /** Clients of 2026 and later: every request stands for itself. */
  readonly #stateless: ReturnType<typeof createMcpHandler>;
  readonly #sessions: Sessions;
  #active = 0;
  #closing = false;

  /** @param connect makes the protocol object of a session, or of one request */
  constructor(connect: () => Server, { http, onError }: McpSettings) {
    this.#settings = http;
    this.#sessions = new Sessions(connect, http);
    this.#stateless = createMcpHandler(connect, {
      legacy: "reject",
      onerror: onError,
      maxRequestBodySize: http.maxBodyBytes,
    });
  }

  async handle(request: Request): Promise<Response> {
    const refused = guard(request, this.#settings);
    if (refused !== undefined) return refused;
    const response = request.method === "OPTIONS" ? preflight(request) : await this.#admit(request);
    return withCors(request, response);
  }

  /** Tells every client that listens. */
  listsChanged(): void {
    this.#stateless.notify.toolsChanged();
    this.#stateless.notify.resourcesChanged();
    for (const server of this.#sessions.servers()) {
      // Whoever is not there to hear it asks anew when it comes back.
      server.sendToolListChanged().catch(() => {});
      server.sendResourceListChanged().catch(() => {});
    }
  }

  /** From now on requests are turned away. */
  refuseNew(): void {
    this.#closing = true;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([this.#stateless.close(), this.#sessions.close()]);
  }

  async #admit(request: Request): Promise<Response> {
    if (this.#closing) return refuseBusy("the server is shutting down");
    // The stream of notifications of a session answers nothing, and stays open for as long as the client is there.
    if (request.method !== "POST") return this.#sessions.handle(request, undefined);
    const { maxConcurrentRequests } = this.#settings;
    if (this.#active >= maxConcurrentRequests) {
      return refuseBusy(`the server is answering ${maxConcurrentRequests} requests, as many as it takes`);
    }
    this.#active += 1;
    const done = () => {
      this.#active -= 1;
    };
    let response: Response;
    try {
      const { subscription, answer } = await this.#post(request);
      if (!subscription) return onResponseEnd(answer, done);
      response = answer;
    } catch (error) {
      done();
      throw error;
    }
    done();
    return response;
  }

  async #post(request: Request): Promise<{ subscription: boolean; answer: Response }> {
    const { maxBodyBytes } = this.#settings;
    const read = await readRequestBody(request, maxBodyBytes);
    if (read.tooLarge) {
      return { subscription: false, answer: refuse(413, `a request may have at most ${maxBodyBytes} bytes`) };
    }
    let body: unknown;
    try {
      body = JSON.parse(read.text);
    } catch (error) {
      const message = `the body is not JSON: ${(error as Error).message}`;
      return { subscription: false, answer: refuse(400, message, { code: parseError }) };
    }
    const answer = (await isLegacyRequest(request, body))
      ? await this.#sessions.handle(request, body)
      : await this.#stateless.fetch(request, { parsedBody: body });
    return { subscription: isSubscription(body), answer };
  }
}

/** Streams of notifications stay open, and answer nothing. */
function isSubscription(body: unknown): boolean {
  return (body as { method?: unknown } | null)?.method === "subscriptions/listen";
}
