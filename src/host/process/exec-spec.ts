// The argument of vulcan.process.exec, checked and made into a plan. Unknown fields are ignored: skills pass fields of
// other versions.

import { ArgumentError, luaType, requirePlainText, requireText } from "../arguments.js";
import { EncodingError, encodeText, type TextEncoding, type TextEncodings } from "../encoding.js";
import type { Launch } from "./child.js";
import type { RunPlan } from "./run-to-end.js";
import { defaultShell, launchers, type ShellName, shellLine } from "./shells.js";
import {
  isNil,
  optionalPositive,
  readArguments,
  readEncoding,
  readFolder,
  readLabel,
} from "./spec-fields.js";
import { searchEnvironment } from "./which.js";

const fn = "process.exec";

/** Bytes per stream that are kept unless a call says otherwise. */
export const defaultMaxOutputBytes = 16 * 1024 * 1024;

/** What a spec may have. */
export const execFields = [
  "command",
  "program",
  "args",
  "cwd",
  "env",
  "stdin",
  "timeout_ms",
  "max_output_bytes",
  "shell",
  "encoding",
  "stdout_encoding",
  "stderr_encoding",
  "stdin_encoding",
];

export interface ExecRequest {
  plan: RunPlan;
  stdout: TextEncoding;
  stderr: TextEncoding;
}

/** A Lua table as it came: nil members are absent or null. */
type Fields = { readonly [key: string]: unknown };

/**
 * @param cwd absolute; what a relative `cwd` is relative to
 * @throws ArgumentError in the form `process.exec: timeout_ms must be a positive integer`
 */
export function readExecSpec(spec: unknown, cwd: string, encodings: TextEncodings): ExecRequest {
  if (typeof spec === "string" || spec instanceof Uint8Array) {
    return readFields({ command: spec }, cwd, encodings);
  }
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) throw neither();
  return readFields(spec as Fields, cwd, encodings);
}

function readFields(fields: Fields, cwd: string, encodings: TextEncodings): ExecRequest {
  const folder = readFolder(fn, fields.cwd, cwd);
  const launch: Launch = { ...readProgram(fields, folder), cwd: folder, env: readEnvironment(fields.env) };
  const label = readLabel(fn, "encoding", fields.encoding);
  const encoding = (name: string) => readEncoding(fn, name, fields[name], label, encodings);
  const stdinEncoding = encoding("stdin_encoding");
  return {
    plan: {
      launch,
      stdin: isNil(fields.stdin) ? undefined : readInput(fields.stdin, stdinEncoding),
      timeoutMs: optionalPositive(fn, "timeout_ms", fields.timeout_ms),
      maxOutputBytes:
        optionalPositive(fn, "max_output_bytes", fields.max_output_bytes) ?? defaultMaxOutputBytes,
      stderr: "pipe",
    },
    stdout: encoding("stdout_encoding"),
    stderr: encoding("stderr_encoding"),
  };
}

function readProgram(fields: Fields, cwd: string): Pick<Launch, "file" | "args" | "verbatim"> {
  const command = isNil(fields.command) ? undefined : requirePlainText(fn, "command", fields.command);
  const program = isNil(fields.program) ? undefined : requirePlainText(fn, "program", fields.program);
  if (command !== undefined && program !== undefined) {
    throw new ArgumentError(fn, "command", "and program are mutually exclusive");
  }
  if (program !== undefined) {
    if (fields.shell === true) throw new ArgumentError(fn, "shell=true", "requires command mode");
    if (!isNil(fields.shell) && fields.shell !== false) {
      throw new ArgumentError(fn, "shell", "requires command mode");
    }
    return { file: program, args: readArguments(fn, fields.args, scalarText), verbatim: false };
  }
  if (command === undefined) throw neither();
  if (fields.shell === false) throw new ArgumentError(fn, "shell=false", "cannot be used with command mode");
  if (readArguments(fn, fields.args, scalarText).length > 0) {
    throw new ArgumentError(fn, "args", "is only supported with program mode");
  }
  return shellLine(readShell(fields.shell, cwd), command);
}

function neither(): ArgumentError {
  return new ArgumentError(fn, "expected", "a string command or a table with command or program");
}

function readShell(value: unknown, cwd: string): ShellName {
  if (isNil(value) || value === true) return defaultShell(process.platform);
  if (typeof value !== "string") {
    throw new ArgumentError(fn, "shell", `must be a boolean or the name of a shell, got ${luaType(value)}`);
  }
  const { shells } = launchers(searchEnvironment(cwd));
  const shell = shells.find(name => name === value.trim().toLowerCase());
  if (shell === undefined) {
    throw new ArgumentError(fn, "shell", `must be one of ${shells.join(", ")}, got "${value}"`);
  }
  return shell;
}

function readEnvironment(value: unknown): Record<string, string> {
  if (isNil(value)) return {};
  if (typeof value !== "object" || value === null) {
    throw new ArgumentError(fn, "env", `must be a table, got ${luaType(value)}`);
  }
  // An empty table comes as an array.
  if (Array.isArray(value) && value.length > 0) {
    throw new ArgumentError(fn, "env", "must be a table of names and values, got a list");
  }
  const variables: Record<string, string> = {};
  for (const [name, setting] of Object.entries(value)) {
    if (name === "" || /[=\0]/.test(name)) {
      throw new ArgumentError(fn, "env", `has a name that no variable can have: ${JSON.stringify(name)}`);
    }
    variables[name] = scalarText(`env.${name}`, setting);
  }
  return variables;
}

function readInput(value: unknown, encoding: TextEncoding): Uint8Array {
  const text = requireText(fn, "stdin", value, { blank: true });
  try {
    return encodeText(text, encoding);
  } catch (error) {
    if (error instanceof EncodingError) throw new ArgumentError(fn, "stdin", error.message);
    throw error;
  }
}

/** Arguments are text; numbers and booleans are written as text. */
function scalarText(parameter: string, value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return requirePlainText(fn, parameter, value, { blank: true });
  throw new ArgumentError(fn, parameter, `must be a string, number or boolean, got ${luaType(value)}`);
}
