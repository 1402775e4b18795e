// An MCP server over an engine: its entries are the tools, the help pages of its skills the resources.

import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Server } from "@modelcontextprotocol/server";
import { packageVersion } from "../package-version.js";
import type { SkillEngine } from "../skills/engine.js";
import { createConnection, type ServedParts } from "./connection.js";
import { HttpHandler } from "./http/handler.js";
import { ListChanges } from "./list-changes.js";
import { ManagedFields } from "./managed-fields.js";
import { type McpOptions, type McpSettings, resolveMcpOptions } from "./options.js";
import { claimStandardOutput } from "./protocol-output.js";
import type { Connection } from "./request-context.js";
import { Resources } from "./resources.js";
import { RunningCalls } from "./running-calls.js";
import { openStdio, type StdioSession } from "./stdio.js";
import { StoredResults } from "./stored-results.js";
import { ToolCalls } from "./tool-calls.js";
import { ToolResults } from "./tool-result.js";
import { ToolTable } from "./tool-table.js";

export interface McpServer extends AsyncDisposable {
  /**
   * Serves one client over standard input and output. From then on the process has no standard output any more: what it
   * or a native library writes there goes to standard error.
   *
   * @returns resolves when the client is gone and its calls have ended, or after `close`
   * @throws Error when the server serves a client in this way already, or is closed
   */
  serveStdio(): Promise<void>;
  /** Answers one request of the streamable HTTP transport, wherever it came in. */
  handleHttp: (request: Request) => Promise<Response>;
  /**
   * Takes no new calls, lets running ones finish, ends the rest and disconnects the clients. The engine stays open.
   *
   * @param options.drainMs milliseconds that running calls get. Default 5,000
   */
  close(options?: { drainMs?: number }): Promise<void>;
}

const defaultDrainMs = 5_000;
/** Milliseconds for calls that were told to end; they take a few. */
const lastMs = 5_000;

/**
 * Makes the server. It serves whatever the engine has loaded at the time.
 *
 * @throws TypeError | RangeError naming the option
 * @example
 * await using server = createMcpServer(engine, { name: "my-tools" });
 * await server.serveStdio();
 */
export function createMcpServer(engine: SkillEngine, options?: McpOptions): McpServer {
  return new SkillMcpServer(engine, resolveMcpOptions(options, packageVersion()));
}

class SkillMcpServer implements McpServer {
  readonly #settings: McpSettings;
  readonly #parts: ServedParts;
  readonly #running = new RunningCalls();
  readonly #stored = new StoredResults();
  readonly #http: HttpHandler;
  readonly #changes: ListChanges;
  #stdio: StdioSession | undefined;
  /** The protocol object that talks to the client over standard input and output. */
  #stdioServer: Server | undefined;
  #closing: Promise<void> | undefined;

  constructor(engine: SkillEngine, settings: McpSettings) {
    this.#settings = settings;
    const managed = new ManagedFields(settings.managedIdentity, settings.projectDir);
    const tools = new ToolTable(engine, managed);
    const results = new ToolResults(settings, this.#stored);
    const calls = new ToolCalls({ engine, settings, managed, tools, results, running: this.#running });
    this.#parts = { settings, tools, calls, resources: new Resources(engine, this.#stored) };
    this.#http = new HttpHandler(
      () => this.#connect({ transportName: "streamable_http", sessionId: undefined }),
      settings,
    );
    this.#changes = new ListChanges(engine, () => this.#listsChanged());
  }

  async serveStdio(): Promise<void> {
    if (this.#closing !== undefined) throw new Error("serveStdio: the server is closed");
    if (this.#stdio !== undefined) throw new Error("serveStdio: the server serves standard input already");
    const connection: Connection = { transportName: "stdio", sessionId: randomUUID() };
    const connect = () => {
      this.#stdioServer = this.#connect(connection);
      return this.#stdioServer;
    };
    this.#stdio = openStdio(connect, claimStandardOutput(), this.#settings.onError);
    await this.#stdio.ended;
    await this.#running.drain(defaultDrainMs);
  }

  handleHttp = (request: Request): Promise<Response> => this.#http.handle(request);

  close({ drainMs = defaultDrainMs }: { drainMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#shutDown(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(connection: Connection): Server {
    return createConnection(this.#parts, connection);
  }

  async #shutDown(drainMs: number): Promise<void> {
    this.#changes.close();
    this.#parts.calls.close();
    this.#http.refuseNew();
    await this.#running.drain(drainMs);
    await this.#running.abort(lastMs);
    // Who waits for one of these gets to know that it was ended: the answers go out before the connections close.
    await setImmediate();
    await Promise.all([this.#stdio?.close(), this.#http.close()]);
    this.#stored.clear();
  }

  #listsChanged(): void {
    this.#http.listsChanged();
    // Before a client has connected there is nobody to tell, and after it is gone neither.
    this.#stdioServer?.sendToolListChanged().catch(() => {});
    this.#stdioServer?.sendResourceListChanged().catch(() => {});
  }
}
