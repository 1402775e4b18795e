// The names in a folder.

import { type Dir, opendirSync } from "node:fs";
import { decodeUtf8 } from "./utf8.js";

/** Folders with more entries than this are read without holding the JS thread, where the run can wait. */
const inlineEntries = 1000;
/** Entries that one request to the system brings in. */
const bufferSize = 256;

/**
 * Names in the order the file system gives them, without `.` and `..`. Nothing is sorted.
 *
 * @throws also when a name is not UTF-8
 */
export function listSync(path: string): string[] {
  const names: string[] = [];
  const folder = open(path);
  try {
    readSome(folder, path, names, Number.POSITIVE_INFINITY);
  } finally {
    folder.closeSync();
  }
  return names;
}

/** As `listSync`; the answer to a large folder is a promise. */
export function list(path: string): string[] | Promise<string[]> {
  const names: string[] = [];
  const folder = open(path);
  let more = false;
  try {
    more = readSome(folder, path, names, inlineEntries);
  } finally {
    if (!more) folder.closeSync();
  }
  return more ? readRest(folder, path, names) : names;
}

function open(path: string): Dir {
  // The types know only text encodings; with "buffer" the names arrive as they are on disk.
  return opendirSync(path, { encoding: "buffer" as BufferEncoding, bufferSize });
}

/** @returns whether there may be more */
function readSome(folder: Dir, path: string, names: string[], limit: number): boolean {
  while (names.length < limit) {
    const entry = folder.readSync();
    if (entry === null) return false;
    names.push(decodeName(entry.name, path));
  }
  return true;
}

async function readRest(folder: Dir, path: string, names: string[]): Promise<string[]> {
  for await (const entry of folder) names.push(decodeName(entry.name, path)); // closes it, whatever happens
  return names;
}

function decodeName(name: unknown, path: string): string {
  const text = decodeUtf8(name as Buffer);
  if (text === undefined) throw new Error(`non-UTF-8 file name under ${path}`);
  return text;
}
