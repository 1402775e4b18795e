// JSON objects, told from the other JSON values.

import type { Json } from "../vm/index.js";

export type JsonObject = { [key: string]: Json };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
