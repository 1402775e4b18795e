// Entries of loaded skills as tools.

import type { InvocationContext } from "../../host/scope.js";
import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import type { SkillEngine } from "../../skills/engine.js";
import type { EntryDescriptor } from "../../skills/registry.js";
import type { InvocationResult } from "../../skills/result.js";
import type { Json } from "../../vm/index.js";
import type { ToolContext, ToolDescription, ToolResult, ToolSource } from "./tool.js";

/** Kind of the host result with which an entry says more than text. */
const toolResultKind = "tool_result";

export interface SkillToolOptions {
  /** Which entries become tools. Default all. */
  include?(entry: EntryDescriptor): boolean;
  /** Entries that the model finds by discovery only. Default none. */
  hidden?(entry: EntryDescriptor): boolean;
  /** Entries that change nothing anywhere. Default: those whose manifest says so (`annotations: { read_only: true }`). */
  readOnly?(entry: EntryDescriptor): boolean;
  /** Of one call, milliseconds. Default: the engine's. */
  timeoutMs?: number;
  /** What a result may take before it is cut at a line end. Default 65,536 bytes. */
  maxBytes?: number;
}

const defaultMaxBytes = 65_536;

/**
 * A source of the entries that an engine has loaded; reloads are seen before the next turn. The VM of a call is leased for as
 * long as the call runs, and never while a model is asked.
 *
 * An entry returns text. With the host result `{ kind = "tool_result", payload = { for_user, silent, is_error, handled, media } }`
 * it says what is in it for the user.
 */
export function skillTools(engine: SkillEngine, options: SkillToolOptions = {}): ToolSource {
  const { include = () => true, timeoutMs, maxBytes = defaultMaxBytes } = options;
  return {
    get version() {
      return engine.registryVersion;
    },
    list: () =>
      engine
        .entries()
        .filter(include)
        .map(entry => describe(entry, options)),
    async call(name, args, context) {
      const invocation = invocationContext(context, maxBytes);
      const result = await engine.call(name, args, {
        signal: context.signal,
        context: invocation,
        // Beside the model a hop to another thread costs nothing, and an abort reaches everything there.
        start: "lane",
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      return toToolResult(result, maxBytes);
    },
  };
}

function describe(entry: EntryDescriptor, options: SkillToolOptions): ToolDescription {
  const readOnly = options.readOnly?.(entry) ?? entry.annotations?.readOnly === true;
  return {
    name: entry.canonicalName,
    description: entry.description,
    inputSchema: isJsonObject(entry.inputSchema) ? entry.inputSchema : { type: "object" },
    ...(options.hidden?.(entry) ? { hidden: true } : {}),
    ...(readOnly ? { readOnly: true } : {}),
  };
}

/** What the skill reads as `vulcan.context`: of this call, never of the VM. */
function invocationContext(context: ToolContext, maxBytes: number): InvocationContext {
  return {
    requestContext: {
      requestId: context.toolCallId,
      sessionId: context.sessionKey,
      clientName: context.agentId,
      transportName: context.channel === "" ? "agent" : context.channel,
      clientInfo: { kind: "agent", name: context.agentId },
      clientCapabilities: { host_result: { enabled: true, allowed_kinds: [toolResultKind] } },
    },
    clientBudget: { tool_result: { bytes: maxBytes } },
    toolConfig: {
      agent: {
        turn_id: context.turnId,
        iteration: context.iteration,
        depth: context.depth,
        channel: context.channel,
        chat_id: context.chatId,
        ...(context.messageId === undefined ? {} : { message_id: context.messageId }),
        ...(context.replyToMessageId === undefined ? {} : { reply_to: context.replyToMessageId }),
      },
    },
  };
}

function toToolResult({ content, hostResult }: InvocationResult, maxBytes: number): ToolResult {
  const payload: Json = hostResult?.kind === toolResultKind ? hostResult.payload : {};
  const more: JsonObject = isJsonObject(payload) ? payload : {};
  const media = Array.isArray(more.media) ? more.media.filter(ref => typeof ref === "string") : [];
  return {
    forModel: cut(content, maxBytes),
    ...(typeof more.for_user === "string" ? { forUser: more.for_user } : {}),
    ...(more.silent === true ? { silent: true } : {}),
    ...(more.is_error === true ? { isError: true } : {}),
    ...(more.handled === true ? { handled: true } : {}),
    ...(media.length === 0 ? {} : { media }),
  };
}

/** At the end of a line where there is one, with a note of what is missing. */
function cut(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  // Not within a character: continuation bytes are 10xxxxxx.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  const lineEnd = bytes.lastIndexOf(0x0a, end - 1);
  if (lineEnd > 0) end = lineEnd + 1;
  return `${bytes.toString("utf8", 0, end)}\n[truncated: ${bytes.length - end} of ${bytes.length} bytes are missing]`;
}
