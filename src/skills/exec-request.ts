// What `execLua` and `vulcan.runtime.lua.exec` take, checked and with defaults filled in.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { requireTable } from "../host/arguments.js";
import type { Json } from "../vm/index.js";

/** Code to run outside any skill. Exactly one of `code` and `file` is needed. */
export interface ExecRequest {
  /** What it is for; shown in the report. */
  task?: string;
  code?: string;
  /** Path of a Lua file; relative ones are taken from the working directory of the process. */
  file?: string;
  /** The local `args` of the code. An object or array becomes a table, anything else an empty one. */
  args?: Json;
  /** Milliseconds it may take; the default is the engine's `execTimeoutMs`. */
  timeoutMs?: number;
  /** `"strict"`: for code nobody trusts. It reaches `vulcan.json`, `vulcan.path` and what `allow` names, nothing else. */
  sandbox?: "trusted" | "strict";
  /** Members below `vulcan` that strict code has as well, such as `"fs.read"` or `"call"`. */
  allow?: string[];
  /** Canonical name of the tool that asks; the code cannot call it. */
  callerToolName?: string;
}

/** A checked request with its code read. */
export interface ExecPlan {
  readonly task: string;
  readonly code: string;
  readonly chunkName: string;
  /** Absolute path of the file that the code is from. */
  readonly file: string | undefined;
  readonly args: Json;
  readonly timeoutMs: number;
  /** What strict code reaches below `vulcan`; undefined: trusted code. */
  readonly allowed: ReadonlySet<string> | undefined;
  /** "" when nobody is named. */
  readonly caller: string;
}

/** What strict code has in any case. */
const strictMembers = ["json", "path"];

/**
 * @param cwd where relative paths are taken from; undefined: the process's
 * @throws TypeError | RangeError naming the field; Error when the file cannot be read
 */
export function planExec(request: ExecRequest, cwd: string | undefined, defaultTimeoutMs: number): ExecPlan {
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    throw new TypeError("luaexec input is invalid: it must be an object");
  }
  const code = text("code", request.code);
  const file = text("file", request.file);
  const task = text("task", request.task) ?? "";
  const caller = text("callerToolName", request.callerToolName) ?? "";
  const timeoutMs = readTimeout(request.timeoutMs) ?? defaultTimeoutMs;
  const shared = {
    task,
    args: argumentTable(request.args),
    timeoutMs,
    allowed: readSandbox(request),
    caller,
  };
  if (!isBlank(code) && !isBlank(file)) {
    throw new TypeError("luaexec accepts either code or file, but not both");
  }
  if (!isBlank(file)) {
    const path = resolve(cwd ?? "", file);
    return { ...shared, code: readSource(path), chunkName: `@${path}`, file: path };
  }
  if (isBlank(code)) throw new TypeError("luaexec requires code or file");
  return { ...shared, code: code.trim(), chunkName: "=luaexec", file: undefined };
}

/** The request that Lua code makes: its names are those of the wire, and who asks is not its to say. */
export function wireExecRequest(input: unknown, caller: string): ExecRequest {
  const fields = requireTable("runtime.lua.exec", "input", input) as Record<string, Json | undefined>;
  const { task, code, file, args, sandbox, allow } = fields;
  const request = { task, code, file, args, sandbox, allow, timeoutMs: fields.timeout_ms };
  return { ...request, callerToolName: caller } as ExecRequest;
}

/** Folder of the file of a plan: its working directory. */
export function execDirectory({ file }: ExecPlan): string | undefined {
  return file === undefined ? undefined : dirname(file);
}

function readSandbox({ sandbox = "trusted", allow }: ExecRequest): ReadonlySet<string> | undefined {
  if (sandbox !== "trusted" && sandbox !== "strict") {
    throw new RangeError(
      `luaexec input is invalid: sandbox must be "trusted" or "strict", got ${JSON.stringify(sandbox)}`,
    );
  }
  if (allow !== undefined && !(Array.isArray(allow) && allow.every(member => typeof member === "string"))) {
    throw new TypeError('luaexec input is invalid: allow must be a list of members such as "fs.read"');
  }
  if (sandbox === "trusted") {
    if (allow === undefined) return undefined;
    throw new TypeError('luaexec input is invalid: allow goes with sandbox "strict"');
  }
  return new Set([...strictMembers, ...(allow ?? []).map(member => member.replace(/^vulcan\./, ""))]);
}

function readTimeout(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    const found = typeof value === "number" ? value : typeof value;
    throw new TypeError(
      `luaexec input is invalid: timeout_ms must be a number of milliseconds, got ${found}`,
    );
  }
  if (value <= 0) throw new RangeError("luaexec timeout_ms must be greater than 0");
  return value;
}

function text(field: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new TypeError(`luaexec input is invalid: ${field} must be a string, got ${typeof value}`);
}

function isBlank(value: string | undefined): value is undefined {
  return value === undefined || value.trim() === "";
}

function argumentTable(args: Json | undefined): Json {
  return typeof args === "object" && args !== null ? args : {};
}

function readSource(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Error(`luaexec: ${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    // As in Lua, a first line that begins with # is for the shell.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/^#[^\n]*/, "");
  } catch (error) {
    throw new Error(`luaexec: ${path} is not valid UTF-8`, { cause: error });
  }
}
