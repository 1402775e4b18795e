// Tools of an MCP server, through a client that is connected to it. The client stays the host's: it connects and closes it.

import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import type { Json } from "../../vm/index.js";
import type { MediaStore } from "../media.js";
import type { ToolContext, ToolDescription, ToolResult, ToolSource } from "./tool.js";

/** What is used of a `Client` of the MCP SDK (`@modelcontextprotocol/client`). */
export interface McpClient {
  listTools(params?: { cursor?: string }): Promise<McpToolPage>;
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    options?: { signal?: AbortSignal; timeout?: number },
  ): Promise<McpToolResult>;
}

interface McpToolPage {
  tools: {
    name: string;
    description?: string | undefined;
    inputSchema: unknown;
    annotations?: { readOnlyHint?: boolean | undefined } | undefined;
  }[];
  nextCursor?: string | undefined;
}

interface McpToolResult {
  content?: unknown;
  structuredContent?: unknown;
  isError?: boolean | undefined;
}

export interface McpToolOptions {
  /** Goes before the name of every tool, so that two servers can have a tool of the same name. Default "". */
  prefix?: string;
  /** True: the model finds the tools by discovery only. */
  hidden?: boolean;
  /** Where pictures and sounds of results go. Default: they are left out, with a note. */
  media?: MediaStore;
  /** Of one call, milliseconds. Default: the client's, which is a minute. */
  timeoutMs?: number;
}

export interface McpToolSource extends ToolSource {
  /** The server has said that its tools changed (`notifications/tools/list_changed`): they are read again before the next turn. */
  changed(): void;
}

/** More pages than this are no list. */
const maxPages = 64;
/** Longer than any call should be; what counts is the signal of the call. */
const noTimeout = 2_147_483_647;

/**
 * A source of the tools of a server.
 *
 * @throws TypeError for something that is no client
 */
export function mcpTools(client: McpClient, options: McpToolOptions = {}): McpToolSource {
  if (typeof client?.listTools !== "function" || typeof client.callTool !== "function") {
    throw new TypeError("mcpTools: client must be a connected MCP client, with listTools and callTool");
  }
  const { prefix = "", timeoutMs, media } = options;
  let version = 1;
  return {
    get version() {
      return version;
    },
    changed() {
      version++;
    },
    async list() {
      const tools = await readAll(client);
      return tools.map(tool => describe(tool, prefix, options.hidden === true));
    },
    async call(name, args, context: ToolContext) {
      const result = await client.callTool(
        { name: name.slice(prefix.length), arguments: args },
        // The loop has timeouts of its own where a tool has one.
        { signal: context.signal, timeout: timeoutMs ?? noTimeout },
      );
      return toToolResult(result, media);
    },
  };
}

async function readAll(client: McpClient): Promise<McpToolPage["tools"]> {
  const tools: McpToolPage["tools"] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page++) {
    const { tools: some, nextCursor } = await client.listTools(cursor === undefined ? undefined : { cursor });
    tools.push(...some);
    if (nextCursor === undefined) return tools;
    cursor = nextCursor;
  }
  throw new Error(`the server's list of tools does not end: ${maxPages} pages were read`);
}

function describe(tool: McpToolPage["tools"][number], prefix: string, hidden: boolean): ToolDescription {
  const { name, description = "", inputSchema, annotations } = tool;
  return {
    name: `${prefix}${name}`,
    description,
    inputSchema: isJsonObject(inputSchema) ? (inputSchema as JsonObject) : { type: "object" },
    ...(hidden ? { hidden: true } : {}),
    ...(annotations?.readOnlyHint ? { readOnly: true } : {}),
  };
}

/** One block of content, as far as it is known here. */
interface Block {
  type?: string;
  text?: string;
  data?: string;
  mimeType?: string;
  uri?: string;
  name?: string;
  resource?: { uri?: string; text?: string; blob?: string; mimeType?: string };
}

async function toToolResult(result: McpToolResult, store: MediaStore | undefined): Promise<ToolResult> {
  const blocks = Array.isArray(result.content) ? (result.content as Block[]) : [];
  const media: string[] = [];
  const texts: string[] = [];
  for (const block of blocks) texts.push(await textOf(block, store, media));
  const { structuredContent } = result;
  // Servers repeat structured content as text for clients that know none; those that do not are still understood.
  if (blocks.length === 0 && structuredContent !== undefined)
    texts.push(JSON.stringify(structuredContent as Json));
  return {
    forModel: texts.join("\n"),
    ...(result.isError ? { isError: true, errorCode: "MCP_TOOL" } : {}),
    ...(media.length === 0 ? {} : { media }),
  };
}

async function textOf(block: Block, store: MediaStore | undefined, media: string[]): Promise<string> {
  const { type, text, uri, name, resource } = block;
  if (type === "text") return text ?? "";
  if (type === "image" || type === "audio") return keep(block.data, block.mimeType, store, media);
  if (type === "resource_link") return `[resource ${name ?? ""} ${uri ?? ""}]`;
  if (type === "resource" && resource?.text !== undefined) return resource.text;
  if (type === "resource") return keep(resource?.blob, resource?.mimeType, store, media);
  return `[content of type ${String(type)} left out]`;
}

async function keep(
  data: string | undefined,
  contentType: string | undefined,
  store: MediaStore | undefined,
  media: string[],
): Promise<string> {
  const type = contentType ?? "application/octet-stream";
  if (data === undefined || store === undefined) return `[${type} left out]`;
  const ref = await store.put({ data: Buffer.from(data, "base64"), contentType: type });
  media.push(ref);
  return `[${type} attached as ${ref}]`;
}
