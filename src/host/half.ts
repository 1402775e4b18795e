// The Lua half of a namespace: a file beside its TypeScript one, compiled once per JavaScript environment.

import { readFileSync } from "node:fs";
import { LuaChunk } from "../vm/host-support.js";

/**
 * Reads a Lua file. It runs with one argument, the table of private functions and data of the host (`local host = ...`).
 *
 * @param module `import.meta.url` of the file beside it
 */
export function luaHalf(module: string, file: string): LuaChunk {
  return new LuaChunk(readFileSync(new URL(file, module), "utf8"));
}
