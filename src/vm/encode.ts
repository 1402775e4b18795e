import { LuaError } from "./errors.js";

const MAX_DEPTH = 128;
// With the u flag a pair is one character, so this finds unpaired ones.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * JSON text of an argument for Lua.
 *
 * `JSON.stringify` drops functions and symbols and empties maps without a word, so the value is looked through first.
 *
 * @param root first step of the error's path, such as `args[0]`
 * @throws LuaError LUA_CONVERT naming the path of what cannot cross
 */
export function encode(value: unknown, root: string): string {
  if (!crosses(value, 0)) reject(value, root, []);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw new LuaError("LUA_CONVERT", `${root}: cannot convert: ${messageOf(error)}`);
  }
  if (text === undefined) throw new LuaError("LUA_CONVERT", `${root}: cannot convert ${describe(value)}`);
  // Only lone surrogates are written as escapes of this kind.
  if (text.includes("\\ud")) reject(value, root, []);
  return text;
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
  if (typeof value === "string" && LONE_SURROGATE.test(value)) {
    throw new LuaError("LUA_CONVERT", `${path}: cannot convert a string with a lone surrogate`);
  }
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
    if (LONE_SURROGATE.test(key)) {
      throw new LuaError("LUA_CONVERT", `${path}: cannot convert a key with a lone surrogate`);
    }
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
