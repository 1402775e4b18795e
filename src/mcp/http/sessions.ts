// Clients that speak a protocol of 2025 or older: each has a session, which ends when it says so or is silent for long.

import { randomUUID } from "node:crypto";
import {
  isInitializeRequest,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import type { HttpSettings } from "./options.js";
import { refuse, refuseBusy } from "./refusals.js";
import { onResponseEnd } from "./response-end.js";

interface Session {
  readonly server: Server;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Responses that are being read, the stream of notifications among them. */
  open: number;
  idle: NodeJS.Timeout | undefined;
}

/** What JSON-RPC answers for a session that is over; the client then begins a new one. */
const sessionNotFound = -32_001;

export class Sessions {
  readonly #connect: () => Server;
  readonly #settings: HttpSettings;
  readonly #sessions = new Map<string, Session>();
  /** Those that are being made count too. */
  #count = 0;

  /** @param connect makes the protocol object of a session */
  constructor(connect: () => Server, settings: HttpSettings) {
    this.#connect = connect;
    this.#settings = settings;
  }

  /** @param body of a POST, parsed */
  async handle(request: Request, body: unknown): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (id !== null) {
      const session = this.#sessions.get(id);
      if (session !== undefined) return this.#serve(session, request, body);
      return refuse(404, "there is no such session: initialize a new one", { code: sessionNotFound });
    }
    const messages: unknown[] = Array.isArray(body) ? body : [body];
    if (request.method === "POST" && messages.some(isInitializeRequest)) return this.#open(request, body);
    return refuse(400, "the header Mcp-Session-Id is missing: begin with `initialize`, whose answer has it");
  }

  /** Those that are open. */
  servers(): Server[] {
    return [...this.#sessions.values()].map(({ server }) => server);
  }

  async close(): Promise<void> {
    await Promise.all(this.servers().map(server => server.close()));
  }

  async #open(request: Request, body: unknown): Promise<Response> {
    const { maxSessions, maxBodyBytes } = this.#settings;
    if (this.#count >= maxSessions)
      return refuseBusy(`there are ${maxSessions} sessions, as many as there may be`);
    this.#count += 1;
    const server = this.#connect();
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: id => void this.#sessions.set(id, session),
      maxRequestBodySize: maxBodyBytes,
    });
    const session: Session = { server, transport, open: 0, idle: undefined };
    server.onclose = () => this.#forget(session);
    await server.connect(transport);
    const response = await this.#serve(session, request, body);
    // What it sent was no proper beginning, and nobody could go on with it.
    if (transport.sessionId === undefined) await server.close();
    return response;
  }

  async #serve(session: Session, request: Request, body: unknown): Promise<Response> {
    session.open += 1;
    clearTimeout(session.idle);
    const done = () => this.#served(session);
    try {
      const options = body === undefined ? {} : { parsedBody: body };
      return onResponseEnd(await session.transport.handleRequest(request, options), done);
    } catch (error) {
      done();
      throw error;
    }
  }

  #served(session: Session): void {
    session.open -= 1;
    const { sessionId } = session.transport;
    if (session.open > 0 || sessionId === undefined || !this.#sessions.has(sessionId)) return;
    session.idle = setTimeout(() => void session.server.close(), this.#settings.sessionIdleMs);
    session.idle.unref();
  }

  #forget({ transport, idle }: Session): void {
    clearTimeout(idle);
    this.#count -= 1;
    if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
  }
}
