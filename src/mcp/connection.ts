// The protocol object of one connection: which requests the server answers, and with what.

import {
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  type ServerOptions,
} from "@modelcontextprotocol/server";
import type { McpSettings } from "./options.js";
import { type Connection, requestContextOf } from "./request-context.js";
import type { Resources } from "./resources.js";
import type { ToolCalls } from "./tool-calls.js";
import type { ToolTable } from "./tool-table.js";

/** What all connections share. */
export interface ServedParts {
  readonly settings: McpSettings;
  readonly tools: ToolTable;
  readonly calls: ToolCalls;
  readonly resources: Resources;
}

const options: ServerOptions = {
  capabilities: { tools: { listChanged: true }, resources: { listChanged: true } },
  instructions:
    "Each tool is an entry of a skill. The help pages of skills are resources, beginning with luaskills://help/. " +
    "Results too long for one answer come in pages: each says how to get the next.",
};

export function createConnection(parts: ServedParts, connection: Connection): Server {
  const { settings, tools, calls, resources } = parts;
  const server = new Server({ name: settings.name, version: settings.version }, options);
  const contextOf = (ctx: ServerContext) => requestContextOf(server, ctx, connection);
  server.onerror = settings.onError;
  server.setRequestHandler("tools/list", ({ params }) => {
    requireNoCursor(params?.cursor);
    return { tools: tools.list() };
  });
  server.setRequestHandler("tools/call", ({ params }, ctx) => calls.call(params, ctx, contextOf(ctx)));
  server.setRequestHandler("resources/list", ({ params }) => {
    requireNoCursor(params?.cursor);
    return resources.list();
  });
  server.setRequestHandler("resources/templates/list", ({ params }) => {
    requireNoCursor(params?.cursor);
    return resources.templates();
  });
  server.setRequestHandler("resources/read", ({ params }, ctx) => resources.read(params.uri, contextOf(ctx)));
  return server;
}

/** Lists come whole, so no cursor can be one of ours. */
function requireNoCursor(cursor: string | undefined): void {
  if (cursor === undefined) return;
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    "this list has one page only: leave the cursor out",
  );
}
