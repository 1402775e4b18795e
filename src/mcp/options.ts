// What a host may say about the server, checked, with the defaults filled in.

import { isJsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";
import { type HttpOptions, type HttpSettings, resolveHttpOptions } from "./http/options.js";

export interface McpOptions {
  /** Name of the server, as clients see it. Default `luaskills`. */
  name?: string;
  /** Its version. Default: that of this package. */
  version?: string;
  /**
   * What skills read as `vulcan.context.client_budget`. `tool_result.bytes` and `tool_result.lines` are also what a result
   * may have before it is cut or paged. Default: 65,536 bytes and 2,000 lines for `tool_result` and `file_read`.
   */
  clientBudget?: unknown;
  /** Bytes of one page of a result that is paged. Default: `tool_result.bytes` of the budget. */
  pageBytes?: number;
  /** What skills read as `vulcan.context.tool_config`. */
  toolConfig?: unknown;
  /** What entries that ask for `LUASKILL_SID` get, after `LUASKILLS-SID-`. Default: a name made from `projectDir`. */
  managedIdentity?: string;
  /** What entries that ask for `PWD` get. Default: the working directory of the process. */
  projectDir?: string;
  /** Markdown that goes with a long result whose skill has no template of its own; see docs/mcp.md for its placeholders. */
  overflowTemplate?: string;
  /** Who may come in over HTTP, and how much. */
  http?: HttpOptions;
  /** Hears what goes wrong outside of any call, such as messages that are none. */
  onError?: (error: Error) => void;
}

export interface McpSettings {
  readonly name: string;
  readonly version: string;
  readonly clientBudget: Json;
  readonly toolConfig: Json | undefined;
  /** What a result may have before it is cut or paged. */
  readonly limit: TextLimit;
  /** What one page has at most. */
  readonly page: TextLimit;
  readonly managedIdentity: string | undefined;
  readonly projectDir: string;
  readonly overflowTemplate: string | undefined;
  readonly http: HttpSettings;
  readonly onError: (error: Error) => void;
}

export interface TextLimit {
  /** UTF-8. */
  readonly bytes: number;
  readonly lines: number;
}

const defaultLimit: TextLimit = Object.freeze({ bytes: 65_536, lines: 2_000 });

/**
 * @param version of the package
 * @throws TypeError | RangeError naming the option
 */
export function resolveMcpOptions(options: McpOptions = {}, version: string): McpSettings {
  if (!isJsonObject(options)) throw wrong("options", "an object", options);
  const given: McpOptions = options;
  const clientBudget = json("clientBudget", given.clientBudget) ?? {
    tool_result: { ...defaultLimit },
    file_read: { ...defaultLimit },
  };
  const limit = limitOf(clientBudget);
  return {
    name: text("name", given.name) ?? "luaskills",
    version: text("version", given.version) ?? version,
    clientBudget,
    toolConfig: json("toolConfig", given.toolConfig),
    limit,
    page: { bytes: positive("pageBytes", given.pageBytes) ?? limit.bytes, lines: limit.lines },
    managedIdentity: text("managedIdentity", given.managedIdentity),
    projectDir: text("projectDir", given.projectDir) ?? process.cwd(),
    overflowTemplate: text("overflowTemplate", given.overflowTemplate),
    http: resolveHttpOptions(given.http),
    onError: listener(given.onError),
  };
}

/** `tool_result` of a budget; what it does not say, or says in another way, is the default. */
function limitOf(budget: Json): TextLimit {
  const own = isJsonObject(budget) && isJsonObject(budget.tool_result) ? budget.tool_result : {};
  const read = (value: Json | undefined, fallback: number) =>
    typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : fallback;
  return { bytes: read(own.bytes, defaultLimit.bytes), lines: read(own.lines, defaultLimit.lines) };
}

/** A copy of what goes to skills, so that nobody changes it under them. */
function json(option: string, value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  let copy: string | undefined;
  try {
    copy = JSON.stringify(value);
  } catch {
    // What JSON cannot say throws or is undefined.
  }
  if (copy === undefined) throw wrong(option, "what JSON can say", value);
  return JSON.parse(copy) as Json;
}

function text(option: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === "string" && value.trim() !== "")) return value;
  throw wrong(option, "a non-empty string", value);
}

function listener(value: unknown): (error: Error) => void {
  if (value === undefined) return () => {};
  if (typeof value === "function") return value as (error: Error) => void;
  throw wrong("onError", "a function", value);
}

/** @throws TypeError | RangeError */
export function positive(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "number") throw wrong(option, "a number", value);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`createMcpServer: ${option} must be a positive integer, got ${value}`);
  }
  return value;
}

export function wrong(option: string, wanted: string, value: unknown): TypeError {
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new TypeError(`createMcpServer: ${option} must be ${wanted}, got ${got}`);
}
