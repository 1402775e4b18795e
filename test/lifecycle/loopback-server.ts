// A server on this machine that answers as a test says, well or badly, and remembers what it was asked.

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Scope } from "../skills/skill-tree.js";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Asked {
  /** Path with its query. */
  path: string;
  headers: IncomingHttpHeaders;
}

export interface LoopbackServer {
  /** `http://127.0.0.1:<port>`. */
  readonly base: string;
  readonly asked: Asked[];
  /** How often a path was asked for. */
  count(path: string): number;
  /** The first request for the path gets the first answer, the last answer stays. */
  on(path: string, ...answers: Answer[]): void;
}

/** A server that is closed, with what hangs on it, when the test is over. */
export async function loopbackServer(t: Scope): Promise<LoopbackServer> {
  const asked: Asked[] = [];
  const answers = new Map<string, Answer[]>();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push({ path, headers: request.headers });
    const queue = answers.get(path) ?? [status(404)];
    const answer = queue.length > 1 ? queue.shift() : queue[0];
    answer?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    count: path => asked.filter(request => request.path === path).length,
    on: (path, ...given) => void answers.set(path, given),
  };
}

/** An address at which nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

export function ok(body: string | Buffer, headers: Record<string, string> = {}): Answer {
  const length = String(Buffer.byteLength(body));
  return (_request, response) => response.writeHead(200, { "content-length": length, ...headers }).end(body);
}

export function json(value: unknown): Answer {
  return ok(JSON.stringify(value), { "content-type": "application/json" });
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(code, headers).end("no");
}

export function redirect(to: string): Answer {
  return status(302, { location: to });
}

/** Says how much will come, sends a part of it, and breaks the connection. */
export function cutOff(body: Buffer, after: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(200, { "content-length": String(body.length), ...headers });
    response.write(body.subarray(0, after), () => response.destroy());
  };
}

/** Sends a part and then nothing, with the connection open. */
export function stalled(body: Buffer, after: number): Answer {
  return (_request, response) => {
    response.writeHead(200, { "content-length": String(body.length) });
    response.write(body.subarray(0, after));
  };
}

/**
 * Gives the part that is asked for, if it is still a part of this body.
 *
 * @param most bytes of one answer, after which the connection breaks
 */
export function ranged(body: Buffer, etag: string, most = Number.POSITIVE_INFINITY): Answer {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const rest = start > 0 && request.headers["if-range"] === etag ? body.subarray(start) : body;
    const range = `bytes ${start}-${body.length - 1}/${body.length}`;
    const headers = { etag, "content-length": String(rest.length) };
    if (rest === body) response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, "content-range": range });
    if (rest.length <= most) response.end(rest);
    else response.write(rest.subarray(0, most), () => response.destroy());
  };
}
