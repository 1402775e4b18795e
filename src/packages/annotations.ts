// The `annotations` of an entry: what its author says about its effects, for people and clients that decide whether to ask
// before they call it. They change nothing about the call.

import type { Fields } from "./fields.js";

/** Absent members: the author says nothing. */
export interface EntryAnnotations {
  /** A name for people. */
  title?: string;
  /** It changes nothing. */
  readOnly?: boolean;
  /** What it changes may be lost. */
  destructive?: boolean;
  /** To call it again with the same arguments changes nothing more. */
  idempotent?: boolean;
  /** It deals with things outside, such as the network. */
  openWorld?: boolean;
}

const flags = [
  ["read_only", "readOnly"],
  ["destructive", "destructive"],
  ["idempotent", "idempotent"],
  ["open_world", "openWorld"],
] as const;

/** @returns undefined when there are none */
export function readAnnotations(entry: Fields): EntryAnnotations | undefined {
  const fields = entry.mapping("annotations");
  if (fields === undefined) return undefined;
  const annotations: EntryAnnotations = {};
  const title = fields.optionalText("title").trim();
  if (title !== "") annotations.title = title;
  for (const [key, name] of flags) {
    if (fields.value(key) !== undefined) annotations[name] = fields.flag(key, false);
  }
  return Object.keys(annotations).length === 0 ? undefined : annotations;
}
