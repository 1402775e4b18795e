// What a connection says about its client, as skills see it in `vulcan.context`.

import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { RequestContext } from "../host/scope.js";
import { isJsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";

/** One client, for as long as it is connected; over stateless HTTP, for one request. */
export interface Connection {
  readonly transportName: "stdio" | "streamable_http";
  /** Undefined where there are no sessions. */
  readonly sessionId: string | undefined;
}

/** Newer clients say who they are with every request, older ones once, when they connect. */
export function requestContextOf(server: Server, ctx: ServerContext, connection: Connection): RequestContext {
  const envelope: { [key: string]: unknown } = { ...ctx.mcpReq.envelope };
  const client = envelope[CLIENT_INFO_META_KEY] ?? server.getClientVersion();
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities();
  const sessionId = ctx.sessionId ?? connection.sessionId;
  return {
    requestId: String(ctx.mcpReq.id),
    transportName: connection.transportName,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...describeClient(client),
    clientCapabilities: withHostResult(capabilities),
  };
}

function describeClient(client: unknown): Pick<RequestContext, "clientName" | "clientInfo"> {
  if (!isJsonObject(client)) return {};
  const { name, version } = client;
  const clientInfo: RequestContext["clientInfo"] = { kind: "mcp" };
  if (typeof version === "string") clientInfo.version = version;
  if (typeof name !== "string") return { clientInfo };
  return { clientName: name, clientInfo: { ...clientInfo, name } };
}

/**
 * Structured results are part of MCP, so every client takes them; `experimental.host_result` of its capabilities may say
 * which, how large, or that it wants none.
 */
function withHostResult(capabilities: unknown): Json {
  const declared = isJsonObject(capabilities) ? capabilities : {};
  const own = isJsonObject(declared.experimental) ? declared.experimental.host_result : undefined;
  return { ...declared, host_result: { enabled: true, ...(isJsonObject(own) ? own : {}) } };
}
