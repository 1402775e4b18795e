// Checks of JSON values that name the path of what is wrong.

import { isJsonObject, type JsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";

/** A value of the wrong shape. The message begins with its path. */
export class Refusal extends Error {}

export function requireObject(path: string, value: Json | undefined): JsonObject {
  if (isJsonObject(value)) return value;
  throw new Refusal(`${path} must be an object, got ${jsonType(value)}`);
}

export function requireArray(path: string, value: Json | undefined): Json[] {
  if (Array.isArray(value)) return value;
  throw new Refusal(`${path} must be an array, got ${jsonType(value)}`);
}

export function requireString(path: string, value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw new Refusal(`${path} must be a string, got ${jsonType(value)}`);
}

export function requireOneOf(path: string, value: Json | undefined, words: readonly string[]): string {
  if (typeof value === "string" && words.includes(value)) return value;
  const got = typeof value === "string" ? JSON.stringify(value) : jsonType(value);
  throw new Refusal(`${path} must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}, got ${got}`);
}

function jsonType(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
