// Checks that the specs of processes have in common.

import { ArgumentError, luaType, requirePath, requireText } from "../arguments.js";
import type { TextEncoding, TextEncodings } from "../encoding.js";
import { locate } from "../working-directory.js";

/** A list of arguments; positions in messages count from 1. */
export function readArguments(
  caller: string,
  value: unknown,
  readItem: (parameter: string, item: unknown) => string,
): string[] {
  if (isNil(value)) return [];
  if (!Array.isArray(value)) {
    const got = typeof value === "object" ? "a table with names" : luaType(value);
    throw new ArgumentError(caller, "args", `must be a list, got ${got}`);
  }
  return value.map((item, index) => readItem(`args[${index + 1}]`, item));
}

/** The absolute path of the folder to run in. */
export function readFolder(caller: string, value: unknown, cwd: string): string {
  return isNil(value) ? cwd : locate(cwd, requirePath(caller, "cwd", value));
}

export function readLabel(caller: string, parameter: string, value: unknown): string | undefined {
  return isNil(value) ? undefined : requireText(caller, parameter, value);
}

/** @param fallback the label that counts when the field is absent; undefined: the engine's default */
export function readEncoding(
  caller: string,
  parameter: string,
  value: unknown,
  fallback: string | undefined,
  encodings: TextEncodings,
): TextEncoding {
  try {
    return encodings.resolve(readLabel(caller, parameter, value) ?? fallback);
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    throw new Error(`${caller}: ${(error as Error).message}`, { cause: error });
  }
}

export function optionalPositive(caller: string, parameter: string, value: unknown): number | undefined {
  if (isNil(value)) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value <= 0) {
    throw new ArgumentError(caller, parameter, "must be a positive integer");
  }
  return value;
}

export function isNil(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
