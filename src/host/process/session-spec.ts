// The arguments of vulcan.process.session.open and of the methods of a session.

import {
  ArgumentError,
  optionalUnsigned,
  requirePlainText,
  requireTable,
  requireText,
} from "../arguments.js";
import type { TextEncodings } from "../encoding.js";
import type { SessionPlan } from "./session.js";
import {
  isNil,
  optionalPositive,
  readArguments,
  readEncoding,
  readFolder,
  readLabel,
} from "./spec-fields.js";

/** What a spec may have. */
export const sessionFields = [
  "program",
  "args",
  "cwd",
  "encoding",
  "stdout_encoding",
  "stderr_encoding",
  "stdin_encoding",
  "buffer_limit_bytes",
];

const defaultBufferLimitBytes = 1024 * 1024;
const defaultReadTimeoutMs = 100;
const defaultReadBytes = 64 * 1024;
const defaultCloseTimeoutMs = 1000;

/** @param cwd absolute; what a relative `cwd` is relative to */
export function readSessionSpec(spec: unknown, cwd: string, encodings: TextEncodings): SessionPlan {
  const fn = "process.session.open";
  const fields = requireFields(fn, "spec", spec);
  const label = readLabel(fn, "encoding", fields.encoding);
  const encoding = (name: string) => readEncoding(fn, name, fields[name], label, encodings);
  return {
    launch: {
      file: requirePlainText(fn, "program", fields.program),
      args: readArguments(fn, fields.args, (parameter, item) =>
        requirePlainText(fn, parameter, item, { blank: true }),
      ),
      verbatim: false,
      cwd: readFolder(fn, fields.cwd, cwd),
      env: {},
    },
    stdin: encoding("stdin_encoding"),
    stdout: encoding("stdout_encoding"),
    stderr: encoding("stderr_encoding"),
    bufferLimitBytes:
      optionalPositive(fn, "buffer_limit_bytes", fields.buffer_limit_bytes) ?? defaultBufferLimitBytes,
  };
}

export interface ReadOptions {
  timeoutMs: number;
  maxBytes: number;
  untilText: string | undefined;
}

export function readReadOptions(options: unknown): ReadOptions {
  const fn = "process.session.read";
  const fields = isNil(options) ? {} : requireFields(fn, "options", options);
  return {
    timeoutMs: optionalUnsigned(fn, "timeout_ms", fields.timeout_ms) ?? defaultReadTimeoutMs,
    maxBytes: optionalPositive(fn, "max_bytes", fields.max_bytes) ?? defaultReadBytes,
    untilText: isNil(fields.until_text)
      ? undefined
      : requireFilled(fn, requireText(fn, "until_text", fields.until_text, { blank: true })),
  };
}

/** How long to wait for the end, milliseconds. */
export function readCloseOptions(options: unknown): number {
  const fn = "process.session.close";
  const fields = isNil(options) ? {} : requireFields(fn, "options", options);
  return optionalUnsigned(fn, "timeout_ms", fields.timeout_ms) ?? defaultCloseTimeoutMs;
}

/** The text of the values that are written one after the other. */
export function readWritten(values: unknown[]): string {
  const fn = "process.session.write";
  return (values.length > 0 ? values : [undefined])
    .map(value =>
      typeof value === "number" || typeof value === "boolean"
        ? String(value)
        : requireText(fn, "text", value, { blank: true }),
    )
    .join("");
}

function requireFilled(fn: string, text: string): string {
  if (text === "") throw new ArgumentError(fn, "until_text", "must not be empty");
  return text;
}

/** The named members of a table; an empty one comes as an array. */
function requireFields(fn: string, parameter: string, value: unknown): { readonly [key: string]: unknown } {
  const table = requireTable(fn, parameter, value);
  return Array.isArray(table) ? {} : table;
}
