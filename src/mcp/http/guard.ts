// Who is let in: the name the request is meant for, the page it comes from, the token it brings.

import { createHash, timingSafeEqual } from "node:crypto";
import {
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from "@modelcontextprotocol/server";
import type { HttpSettings } from "./options.js";
import { refuse } from "./refusals.js";

/** The refusal; undefined for who may come in. */
export function guard(request: Request, settings: HttpSettings): Response | undefined {
  const { allowedHosts, token } = settings;
  if (allowedHosts !== undefined) {
    // A request that came over no wire has no such header.
    const host = validateHostHeader(request.headers.get("host") ?? new URL(request.url).host, allowedHosts);
    if (!host.ok) return refuse(403, host.message);
  }
  const origin = validateOriginHeader(request.headers.get("origin"), allowedOrigins(settings));
  if (!origin.ok) return refuse(403, origin.message);
  if (token === undefined || request.method === "OPTIONS" || bringsToken(request, token)) return undefined;
  return refuse(401, "the token is missing or wrong: send it as `Authorization: Bearer TOKEN`", {
    headers: { "WWW-Authenticate": "Bearer" },
  });
}

/** Lets the pages that may send requests read the answers. */
export function withCors(request: Request, response: Response): Response {
  const origin = request.headers.get("origin");
  if (origin === null) return response;
  const { headers } = response;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.append("Vary", "Origin");
  headers.set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate");
  return response;
}

/** What a browser asks before it sends a request of a page. */
export function preflight(request: Request): Response {
  const wanted = request.headers.get("access-control-request-headers");
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": "GET, POST, DELETE",
      ...(wanted === null ? {} : { "Access-Control-Allow-Headers": wanted }),
      "Access-Control-Max-Age": "600",
    },
  });
}

function allowedOrigins(settings: HttpSettings): string[] {
  return settings.allowedOrigins ?? localhostAllowedOrigins();
}

/** Takes the same time whatever is wrong with the token. */
function bringsToken(request: Request, token: string): boolean {
  const [, given = ""] = /^Bearer +(.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  return timingSafeEqual(digest(given.trim()), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
