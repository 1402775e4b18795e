// The return protocol of an entry: `return content[, overflow_mode[, template_hint[, host_result]]]`.

import { hostResultCapability } from "../host/host-result.js";
import type { InvocationContext } from "../host/scope.js";
import { SkillError } from "../packages/errors.js";
import type { Json } from "../vm/index.js";
import { type HostResult, readHostResult } from "./host-result.js";
import { Refusal } from "./json-shape.js";

export interface InvocationResult {
  /** The text, exactly as the skill returned it. */
  content: string;
  /** How the skill wants a host to treat text that does not fit: cut it, or page it. The engine never does either. */
  overflowMode?: "truncate" | "page";
  /** Name of the overflow template the skill suggests. */
  templateHint?: string;
  /** UTF-8 bytes of the content after CRLF and CR became LF. */
  contentBytes: number;
  /** Lines of the same text: its line feeds plus one, and 0 for the empty text. */
  contentLines: number;
  /** Structured data for the host, when the request said that its client takes it. */
  hostResult?: HostResult;
}

const maxValues = 4;

/**
 * Turns what an entry returned into a result.
 *
 * @param name canonical name of the entry, for messages
 * @param values every returned value, nil as null
 * @param context of the call; without a client that takes structured results the fourth value is passed over unread
 * @throws SkillError `SKILL_RESULT`
 */
export function readResult(
  name: string,
  values: readonly Json[],
  context: InvocationContext | undefined,
): InvocationResult {
  if (values.length === 0) {
    refuse(`Lua skill '${name}' must return a plain string result`);
  }
  if (values.length > maxValues) {
    refuse(
      `Lua skill '${name}' returned ${values.length} values; ` +
        "it must return content[, overflow_mode[, template_hint[, host_result]]]",
    );
  }
  const content = values[0];
  const mode = values[1] ?? null;
  const hint = values[2] ?? null;
  const structured = values[3] ?? null;
  if (typeof content !== "string") {
    refuse(
      "Tool results must be returned as plain strings. Structured JSON or table results are not supported. " +
        `(skill='${name}', actual_type='${luaType(content)}')`,
    );
  }
  const text = content.includes("\r") ? content.replace(/\r\n?/g, "\n") : content;
  const result: InvocationResult = {
    content,
    contentBytes: Buffer.byteLength(text),
    contentLines: countLines(text),
  };
  const overflowMode = readMode(name, mode);
  if (overflowMode !== undefined) result.overflowMode = overflowMode;
  const templateHint = readHint(name, hint);
  if (templateHint !== undefined) result.templateHint = templateHint;
  if (structured !== null) {
    const hostResult = readStructured(name, structured, context);
    if (hostResult !== undefined) result.hostResult = hostResult;
  }
  return result;
}

function readMode(name: string, mode: Json): InvocationResult["overflowMode"] {
  if (mode === null) return undefined;
  if (typeof mode !== "string") {
    refuse(`Lua skill '${name}' must return overflow mode as a string constant, got ${luaType(mode)}`);
  }
  const trimmed = mode.trim();
  if (trimmed === "truncate" || trimmed === "page") return trimmed;
  refuse(`Lua skill '${name}' returned an unsupported overflow mode: ${mode} (use "truncate" or "page")`);
}

function readHint(name: string, hint: Json): string | undefined {
  if (hint === null) return undefined;
  if (typeof hint !== "string")
    refuse(`Lua skill '${name}' must return template_hint as a string, got ${luaType(hint)}`);
  return hint.trim() || undefined;
}

function readStructured(
  name: string,
  value: Json,
  context: InvocationContext | undefined,
): HostResult | undefined {
  try {
    return readHostResult(value, hostResultCapability(context));
  } catch (error) {
    if (error instanceof Refusal)
      refuse(`Lua skill '${name}' returned an invalid host_result: ${error.message}`);
    throw error;
  }
}

function countLines(text: string): number {
  if (text === "") return 0;
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}

function luaType(value: Json | undefined): string {
  if (value === null || value === undefined) return "nil";
  return typeof value === "object" ? "table" : typeof value;
}

function refuse(message: string): never {
  throw new SkillError("SKILL_RESULT", message);
}
