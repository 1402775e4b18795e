import { LuaError } from "./errors.js";

const MAX_DEPTH = 128;

/**
 * JSON text of an argument for Lua.
 *
 * `JSON.stringify` drops functions and symbols and empties maps without a word, so the value is looked through first.
 *
 * @param position index of the argument, for the error's path
 * @throws LuaError LUA_CONVERT naming the path of what cannot cross
 */
export function encode(value: unknown, position: number): string {
  if (!crosses(value, 0)) reject(value, `args[${position}]`, []);
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    throw new LuaError("LUA_CONVERT", `args[${position}]: cannot convert: ${messageOf(error)}`);
  }
  throw new LuaError("LUA_CONVERT", `args[${position}]: cannot convert ${describe(value)}`);
}

function crosses(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "undefined":
      return true;
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!crosses(value[i], depth + 1)) return false;
    return true;
  }
  if (!keepsItsContent(value)) return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return true;
  for (const key in value) {
    if (!crosses((value as Record<string, unknown>)[key], depth + 1)) return false;
  }
  return true;
}

/** False for built-in objects whose content is not in their properties. */
function keepsItsContent(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return !(
    value instanceof Map ||
    value instanceof Set ||
    value instanceof Promise ||
    value instanceof RegExp ||
    value instanceof Error ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  );
}

/** Finds the first value that does not cross and throws with its path. */
function reject(value: unknown, path: string, parents: object[]): void {
  if (typeof value !== "object" || value === null) {
    if (crosses(value, 0)) return;
    throw new LuaError("LUA_CONVERT", `${path}: cannot convert ${describe(value)}`);
  }
  if (parents.includes(value)) throw new LuaError("LUA_CONVERT", `${path}: cannot convert a cycle`);
  if (parents.length >= MAX_DEPTH) {
    throw new LuaError("LUA_CONVERT", `${path}: nested deeper than ${MAX_DEPTH} levels`);
  }
  if (!Array.isArray(value) && !keepsItsContent(value)) {
    throw new LuaError("LUA_CONVERT", `${path}: cannot convert ${describe(value)}`);
  }
  const inside = [...parents, value];
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      reject(item, `${path}[${index}]`, inside);
    });
    return;
  }
  for (const key in value) {
    const step = /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    reject((value as Record<string, unknown>)[key], path + step, inside);
  }
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  return `an object of class ${value.constructor?.name ?? "unknown"}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
