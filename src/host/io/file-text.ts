// The content of files as Lua gets and gives it: text of an encoding, or bytes.

import { constants } from "node:fs";
import { dirname } from "node:path";
import { ArgumentError, requireTable } from "../arguments.js";
import { decodeText, EncodingError, encodeText, type TextEncoding, type TextEncodings } from "../encoding.js";
import { disk, unlessRefused } from "../fs/disk.js";
import type { Steps } from "../fs/steps.js";
import { isNil, readEncoding } from "../process/spec-fields.js";

/** Options are the label of an encoding, or a table with one under `encoding`. */
export function encodingOption(fn: string, options: unknown, encodings: TextEncodings): TextEncoding {
  const label =
    isNil(options) || typeof options === "string" || options instanceof Uint8Array
      ? options
      : requireFields(fn, options).encoding;
  return readEncoding(fn, "encoding", label, undefined, encodings);
}

/** The members of a table of options; a list has none. */
export function requireFields(fn: string, options: unknown): { readonly [key: string]: unknown } {
  const table = requireTable(fn, "options", options);
  return Array.isArray(table) ? {} : table;
}

/** Text of a file. What means nothing in the encoding is U+FFFD. */
export function textOf(bytes: Uint8Array, encoding: TextEncoding): string {
  return decodeText(bytes, encoding).text;
}

/** Text of a file that will be written back: it has to come out as it went in. */
export function exactTextOf(bytes: Uint8Array, encoding: TextEncoding, path: string): string {
  const text = textOf(bytes, encoding);
  if (!isExact(text, bytes, encoding)) {
    throw new Error(
      `${path} is not all ${encoding.label}, and writing it back would change it; open it with b`,
    );
  }
  return text;
}

function isExact(text: string, bytes: Uint8Array, encoding: TextEncoding): boolean {
  try {
    return encodeText(text, encoding).equals(bytes);
  } catch (error) {
    if (error instanceof EncodingError) return false;
    throw error;
  }
}

/** @throws ArgumentError when the encoding cannot express the text */
export function bytesOf(fn: string, parameter: string, text: string, encoding: TextEncoding): Buffer {
  try {
    return encodeText(text, encoding);
  } catch (error) {
    if (error instanceof EncodingError) throw new ArgumentError(fn, parameter, error.message);
    throw error;
  }
}

/** Fails as a write would. @returns whether there is a file */
export function* existsWritable(path: string): Steps<boolean> {
  const stats = yield* unlessRefused(disk.stat(path));
  if (stats?.isDirectory()) throw new Error(`EISDIR: illegal operation on a directory, open '${path}'`);
  if (stats !== undefined && !stats.isFile()) throw new Error(`${path} is not a regular file`);
  yield* disk.access(stats === undefined ? dirname(path) : path, constants.W_OK);
  return stats !== undefined;
}
