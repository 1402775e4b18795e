// What the page can ask for: each path of the JSON API, its method, and what it does.

import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { InvocationContext, Json, SkillEngine } from "../index.js";
import { readJsonBody } from "./body.js";
import type { Calls } from "./calls.js";
import type { EventStream } from "./event-stream.js";
import { RequestError, sendJson } from "./refusal.js";
import type { Api } from "./server.js";
import type { CallRequest, Snapshot } from "./wire.js";

export interface ApiParts {
  engine: SkillEngine;
  /** Pages written in Lua see its request. */
  context: InvocationContext;
  calls: Calls;
  events: EventStream;
  snapshot(): Snapshot;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Of the path, decoded. */
  parameters: string[];
}

interface Route {
  method: "GET" | "POST" | "DELETE";
  /** Its groups are the parameters. */
  path: RegExp;
  run(exchange: Exchange): void | Promise<void>;
}

/** A timer cannot be longer. */
const longestTimeout = 2 ** 31 - 1;

const callRequest = z.object({
  name: z.string(),
  // It comes out of a JSON parser.
  args: z
    .unknown()
    .optional()
    .transform(args => (args ?? {}) as Json),
  timeoutMs: z.number().positive().max(longestTimeout).optional(),
});

export function createApi({ engine, context, calls, events, snapshot }: ApiParts): Api {
  const routes: Route[] = [
    {
      method: "GET",
      path: /^\/api\/events$/,
      run: ({ response }) => events.open(response, snapshot()),
    },
    {
      method: "POST",
      path: /^\/api\/calls$/,
      run: async ({ request, response }) => {
        sendJson(response, 201, calls.start(readCallRequest(await readJsonBody(request))));
      },
    },
    {
      method: "GET",
      path: /^\/api\/calls\/(\d+)$/,
      run: ({ response, parameters: [id] }) => sendJson(response, 200, calls.detail(Number(id))),
    },
    {
      method: "GET",
      path: /^\/api\/calls\/(\d+)\/content$/,
      run: ({ response, parameters: [id] }) => {
        const content = calls.content(Number(id));
        response.writeHead(200, {
          "Content-Type": "text/plain; charset=utf-8",
          "Content-Disposition": `attachment; filename="call-${id}.txt"`,
        });
        response.end(content);
      },
    },
    {
      method: "DELETE",
      path: /^\/api\/calls\/(\d+)$/,
      run: ({ response, parameters: [id] }) => {
        calls.abort(Number(id));
        sendJson(response, 202, {});
      },
    },
    {
      method: "GET",
      path: /^\/api\/help\/([^/]+)\/([^/]+)$/,
      run: async ({ response, parameters: [skillId = "", flow = ""] }) => {
        const page = await engine.help.render(skillId, flow, context.requestContext);
        if (page === null) throw new RequestError(404, "NO_SKILL", `no skill ${skillId} is loaded`);
        sendJson(response, 200, page);
      },
    },
    {
      method: "POST",
      path: /^\/api\/reload$/,
      run: async ({ response }) => sendJson(response, 200, await engine.reload()),
    },
  ];
  return async (request, response, path) => {
    const known = routes.filter(route => route.path.test(path));
    const route = known.find(({ method }) => method === request.method);
    if (route === undefined) {
      if (known.length === 0) return false;
      const allowed = known.map(({ method }) => method).join(", ");
      response.setHeader("Allow", allowed);
      throw new RequestError(405, "METHOD", `${path} takes ${allowed}`);
    }
    await route.run({ request, response, parameters: parametersOf(route.path, path) });
    return true;
  };
}

function parametersOf(pattern: RegExp, path: string): string[] {
  try {
    return (pattern.exec(path) ?? []).slice(1).map(decodeURIComponent);
  } catch {
    throw new RequestError(400, "PATH", "the path of the request has a wrong percent-encoding");
  }
}

function readCallRequest(body: unknown): CallRequest {
  const { data, error } = callRequest.safeParse(body);
  if (error !== undefined) throw new RequestError(400, "CALL_REQUEST", z.prettifyError(error));
  const { timeoutMs, ...request } = data;
  return timeoutMs === undefined ? request : { ...request, timeoutMs };
}
