// Host results of kind `change_set`: what a skill did, or would do, to files, for clients that show it as a diff. Members
// that are not named here pass through.

import { isAbsolute } from "node:path";
import type { JsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";
import { Refusal, requireArray, requireObject, requireOneOf, requireString } from "./json-shape.js";

/** Deleted files of more lines are shown by their ends. */
const wholeFileLines = 500;
const endLines = 50;

/**
 * Checks a change set and shortens the contents of large deleted files.
 *
 * @returns the payload, or a copy in which deleted files are described further; the argument is not changed
 * @throws Refusal naming the path below `payload`
 */
export function checkChangeSet(payload: JsonObject): JsonObject {
  requireOneOf("payload.mode", payload.mode, ["preview", "applied"]);
  optionalString("payload.summary", payload.summary);
  const files = requireArray("payload.files", payload.files).map((file, index) => {
    const path = `payload.files[${index}]`;
    return checkFile(path, requireObject(path, file));
  });
  if (payload.diagnostics !== undefined && payload.diagnostics !== null) {
    for (const [index, item] of requireArray("payload.diagnostics", payload.diagnostics).entries()) {
      const path = `payload.diagnostics[${index}]`;
      const { level, message } = requireObject(path, item);
      requireString(`${path}.level`, level);
      requireString(`${path}.message`, message);
    }
  }
  return { ...payload, files };
}

function checkFile(path: string, file: JsonObject): JsonObject {
  const change = requireOneOf(`${path}.change`, file.change, ["create", "modify", "delete", "rename"]);
  optionalString(`${path}.patch`, file.patch);
  switch (change) {
    case "create":
      requireAbsolute(`${path}.path`, file.path);
      requireString(`${path}.content`, file.content);
      return file;
    case "modify":
      requireAbsolute(`${path}.path`, file.path);
      checkHunks(`${path}.hunks`, file.hunks);
      return file;
    case "delete":
      requireAbsolute(`${path}.path`, file.path);
      return describeDeleted(path, file);
    default:
      requireAbsolute(`${path}.old_path`, file.old_path);
      requireAbsolute(`${path}.new_path`, file.new_path);
      return file;
  }
}

function checkHunks(path: string, hunks: Json | undefined): void {
  const list = requireArray(path, hunks);
  if (list.length === 0) throw new Refusal(`${path} must not be empty`);
  for (const [index, item] of list.entries()) {
    const at = `${path}[${index}]`;
    const hunk = requireObject(at, item);
    requireString(`${at}.before`, hunk.before);
    requireString(`${at}.after`, hunk.after);
    const lines = checkLines(`${at}.delete`, hunk.delete) + checkLines(`${at}.insert`, hunk.insert);
    if (lines === 0) throw new Refusal(`${at} must delete or insert at least one line`);
  }
}

/** @returns how many there are */
function checkLines(path: string, lines: Json | undefined): number {
  const list = requireArray(path, lines);
  let last = 0;
  for (const [index, item] of list.entries()) {
    const at = `${path}[${index}]`;
    const { line, content } = requireObject(at, item);
    if (typeof line !== "number" || !Number.isInteger(line) || line < 1) {
      throw new Refusal(`${at}.line must be a positive integer`);
    }
    if (line <= last) throw new Refusal(`${at}.line must be greater than ${last}, the line before it`);
    last = line;
    requireString(`${at}.content`, content);
  }
  return list.length;
}

/** Adds the number of lines, and puts the two ends of a large file in the place of its content. */
function describeDeleted(path: string, file: JsonObject): JsonObject {
  const mode =
    file.content_mode === undefined || file.content_mode === null
      ? "full"
      : requireOneOf(`${path}.content_mode`, file.content_mode, ["full", "truncated"]);
  if (mode === "truncated" && (file.content === undefined || file.content === null)) {
    const { content: _absent, ...rest } = file;
    optionalString(`${path}.content_head`, file.content_head);
    optionalString(`${path}.content_tail`, file.content_tail);
    return { ...rest, content_mode: "truncated" };
  }
  const { content: declared, ...rest } = file;
  const content = requireString(`${path}.content`, declared);
  const lines = splitLines(content);
  if (mode === "full" && lines.length <= wholeFileLines) {
    return { ...file, content_mode: "full", total_line_count: lines.length };
  }
  return {
    ...rest,
    content_mode: "truncated",
    content_head: lines.slice(0, endLines).join("\n"),
    content_tail: lines.slice(Math.max(endLines, lines.length - endLines)).join("\n"),
    total_line_count: lines.length,
  };
}

/** A line feed at the end ends the last line and begins no further one. */
function splitLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function requireAbsolute(path: string, value: Json | undefined): void {
  const text = requireString(path, value);
  if (!isAbsolute(text)) throw new Refusal(`${path} must be an absolute path, got ${JSON.stringify(text)}`);
}

function optionalString(path: string, value: Json | undefined): void {
  if (value !== undefined && value !== null) requireString(path, value);
}
