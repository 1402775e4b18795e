// The real command `luaskills mcp` in a process of its own, and the SDK's real client.

import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { Client, type ClientOptions, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { repository, type Scope } from "../skills/skill-tree.js";

export const program = join(repository, "dist", "cli", "main.js");

/** The two protocols that are spoken: with a handshake and sessions, and without. */
export const eras = ["2025-11-25", "2026-07-28"] as const;
export type Era = (typeof eras)[number];

/** How a client reaches the server. */
export interface Way {
  transport: "stdio" | "http";
  era: Era;
}

export const ways: Way[] = eras.flatMap(era => [
  { transport: "stdio", era },
  { transport: "http", era },
]);

export function describeWay({ transport, era }: Way): string {
  return `${transport}, ${era}`;
}

export function createClient(era: Era, options: ClientOptions = {}): Client {
  const mode = era === "2025-11-25" ? "legacy" : { pin: era };
  return new Client({ name: "test-client", version: "3.2.1" }, { ...options, versionNegotiation: { mode } });
}

/** A client of a server process of its own that serves this root. Both are gone when the test is over. */
export async function connect(
  t: Scope,
  { transport, era }: Way,
  root: string,
  args: string[] = [],
  options?: ClientOptions,
): Promise<Client> {
  if (transport === "http") return connectTo(t, (await startHttp(t, root, args)).url, era, options);
  const client = createClient(era, options);
  t.after(() => client.close());
  await client.connect(stdioTransport(root, args));
  return client;
}

export function stdioTransport(root: string, args: string[] = []): StdioClientTransport {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, "mcp", "--root", `ROOT=${root}`, ...args],
    stderr: "pipe",
  });
  // Nobody reads it; it must not fill up.
  transport.stderr?.on("data", () => {});
  return transport;
}

export async function connectTo(
  t: Scope,
  url: string,
  era: Era,
  options?: ClientOptions,
  headers: Record<string, string> = {},
): Promise<Client> {
  const client = createClient(era, options);
  t.after(() => client.close());
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

export interface HttpServer {
  url: string;
  child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Everything on the error stream so far. */
  errors(): string;
}

/** The server on a free port. */
export async function startHttp(
  t: Scope,
  root: string,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<HttpServer> {
  const child = spawn(
    process.execPath,
    [program, "mcp", "--http", "0", "--json", "--root", `ROOT=${root}`, ...args],
    { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...env } },
  );
  t.after(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", text => {
    errors += text;
  });
  const ended = once(child, "exit").then(([code]) => assert.fail(`the server ended with ${code}: ${errors}`));
  const [line] = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  ended.catch(() => {});
  return { url: (JSON.parse(String(line)) as { url: string }).url, child, errors: () => errors };
}

/** The first text block of a result. */
export function textOf(result: { content: { type: string; text?: string }[] }): string {
  const [block] = result.content;
  assert.equal(block?.type, "text");
  return block.text ?? "";
}

/** What a result says about its pages. */
export interface Overflow {
  mode: string;
  page: number;
  pageCount: number;
  nextCursor?: string;
  uri: string;
}

export function overflowOf(result: { _meta?: Record<string, unknown> | undefined }): Overflow {
  return result._meta?.["luaskills/overflow"] as Overflow;
}
