// Argument checks shared by all host functions. Messages follow one form, `<fn>: <parameter> <problem>`, and nothing is
// coerced: a number is not accepted where text is expected.

import { LuaOpaque } from "../vm/host-support.js";
import { usualPath, windowsPathProblem } from "./path-syntax.js";

/** A Lua table as it arrives in JavaScript. */
export type LuaTable = { [key: string]: unknown } | unknown[];

/** A refused argument. Its message is what the Lua caller sees. */
export class ArgumentError extends TypeError {
  constructor(fn: string, parameter: string, problem: string) {
    super(`${fn}: ${parameter} ${problem}`);
    this.name = "ArgumentError";
  }
}

export function requireText(
  fn: string,
  parameter: string,
  value: unknown,
  options?: { blank: boolean },
): string {
  if (value instanceof Uint8Array) throw new ArgumentError(fn, parameter, "must be a valid UTF-8 string");
  if (typeof value !== "string")
    throw new ArgumentError(fn, parameter, `must be a string, got ${luaType(value)}`);
  if (options?.blank !== true && value.trim() === "")
    throw new ArgumentError(fn, parameter, "must not be empty");
  return value;
}

/** Text for files and other programs, which end it at a NUL. */
export function requirePlainText(
  fn: string,
  parameter: string,
  value: unknown,
  options?: { blank: boolean },
): string {
  const text = requireText(fn, parameter, value, options);
  if (text.includes("\0")) throw new ArgumentError(fn, parameter, "must not contain NUL bytes");
  return text;
}

/** A path: text without NUL that is not the accidental `tostring` of a Lua object. */
export function requirePath(
  fn: string,
  parameter: string,
  value: unknown,
  windows = process.platform === "win32",
): string {
  const path = requirePlainText(fn, parameter, value);
  if (/^\s*(table|function|thread|userdata): 0x/.test(path)) {
    throw new ArgumentError(fn, parameter, "looks like a coerced Lua object string");
  }
  if (!windows) return path;
  const usual = usualPath(path);
  const problem = windowsPathProblem(usual);
  if (problem !== undefined) throw new ArgumentError(fn, parameter, problem);
  return usual;
}

/** A table: an array or an object, as the values of the Lua table came out. An empty table is an empty array. */
export function requireTable(fn: string, parameter: string, value: unknown): LuaTable {
  if (luaType(value) !== "table") {
    throw new ArgumentError(fn, parameter, `must be a table, got ${luaType(value)}`);
  }
  return value as LuaTable;
}

/** A number from 0. */
export function requireNumber(fn: string, parameter: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new ArgumentError(fn, parameter, `must be a number, got ${luaType(value)}`);
  }
  if (!(value >= 0)) throw new ArgumentError(fn, parameter, `must not be negative, got ${value}`);
  return value;
}

/** nil, or what `requireNumber` takes. */
export function optionalNumber(fn: string, parameter: string, value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : requireNumber(fn, parameter, value);
}

/** nil or a whole number from 0 that a double holds exactly. */
export function optionalUnsigned(fn: string, parameter: string, value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new ArgumentError(fn, parameter, "must be a non-negative integer");
  }
  return value;
}

/**
 * The boolean member `key` of an optional table of options. Neither the table nor the member need be there; members
 * nobody asks for are nobody's business.
 *
 * @param parameter what the table is called in messages: `fs.remove: options.recursive must be a boolean, got string`
 */
export function optionalFlag(
  fn: string,
  parameter: string,
  table: unknown,
  key: string,
): boolean | undefined {
  if (table === undefined || table === null) return undefined;
  const options = requireTable(fn, parameter, table);
  const flag = Array.isArray(options) ? undefined : options[key];
  if (flag === undefined || flag === null) return undefined;
  if (typeof flag !== "boolean") {
    throw new ArgumentError(fn, `${parameter}.${key}`, `must be a boolean, got ${luaType(flag)}`);
  }
  return flag;
}

/** The word for the Lua type of an argument as it arrives in JavaScript. */
export function luaType(value: unknown): string {
  if (value === undefined || value === null) return "nil";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (value instanceof LuaOpaque) return value.type === "cdata" ? "other" : value.type;
  if (value instanceof Uint8Array) return "string";
  return typeof value === "object" ? "table" : typeof value;
}
