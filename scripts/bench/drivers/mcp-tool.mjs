// The peer of a skill tool: the same tool in JavaScript, registered with the SDK's own server. As a program it serves over
// standard input and output.
import { pathToFileURL } from "node:url";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

export function createPeerServer() {
  const server = new McpServer({ name: "peer", version: "1.0.0" });
  const inputSchema = z.object({ name: z.string(), count: z.number().int(), deep: z.boolean() });
  server.registerTool("bench-entry", { description: "One short tool.", inputSchema }, args => ({
    content: [{ type: "text", text: `${args.name}:${args.count}:${args.deep}` }],
  }));
  return server;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) serveStdio(createPeerServer);
