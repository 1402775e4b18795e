// vulcan.io.popen: a command that runs to its end before anything of it is read.

import { ArgumentError, requirePlainText } from "../arguments.js";
import type { TextEncoding } from "../encoding.js";
import { defaultMaxOutputBytes } from "../process/exec-spec.js";
import type { RunOutcome, RunPlan } from "../process/run-to-end.js";
import { defaultShell, shellLine } from "../process/shells.js";
import { isNil, optionalPositive } from "../process/spec-fields.js";
import { workingFolder } from "../process/working-folder.js";
import type { HostVm } from "../scope.js";
import { encodingOption, requireFields, textOf } from "./file-text.js";
import { readPopenMode } from "./open-mode.js";

const defaultTimeoutMs = 60_000;

export interface CommandPlan {
  fn: string;
  run: RunPlan & { timeoutMs: number };
  /** undefined: bytes. */
  encoding: TextEncoding | undefined;
}

/** @param args command, mode, options; a table in the place of the mode is the options */
export function readCommand(fn: string, args: unknown[], host: HostVm): CommandPlan {
  const [command, second, third] = args;
  const [mode, options] =
    typeof second === "object" && second !== null ? [undefined, second] : [second, third];
  const line = requirePlainText(fn, "command", command);
  const binary = readPopenMode(fn, mode);
  const encoding = encodingOption(fn, options, host.services.encodings);
  const fields = isNil(options) || typeof options === "string" ? {} : requireFields(fn, options);
  return {
    fn,
    run: {
      launch: { ...shellLine(defaultShell(process.platform), line), cwd: workingFolder(host), env: {} },
      stdin: undefined,
      timeoutMs: optionalPositive(fn, "timeout_ms", fields.timeout_ms) ?? defaultTimeoutMs,
      maxOutputBytes: defaultMaxOutputBytes,
      stderr: "inherit",
    },
    encoding: binary ? undefined : encoding,
  };
}

/**
 * What the command printed, behind two letters (a function answers one value, and bytes have no place in a table that
 * crosses): `+` for success or `-`; `t` for text, `b` for bytes, `e` for bytes that Lua code gets as base64.
 *
 * @throws when it did not start, did not end in time or printed too much
 */
export function commandOutput(
  { fn, run, encoding }: CommandPlan,
  { end, stdout }: RunOutcome,
): Uint8Array | string {
  if (end.kind === "not started") throw new Error(`${fn}: ${end.message}`);
  if (end.kind === "timeout") throw new Error(`${fn}: timed out after ${run.timeoutMs} ms`);
  if (stdout.truncated)
    throw new ArgumentError(fn, "command", `printed more than ${run.maxOutputBytes} bytes`);
  const sign = end.kind === "exit" && end.code === 0 ? "+" : "-";
  if (encoding === undefined) return Buffer.concat([Buffer.from(`${sign}b`), stdout.bytes]);
  if (encoding.codec === "base64") return Buffer.concat([Buffer.from(`${sign}e`), stdout.bytes]);
  return `${sign}t${textOf(stdout.bytes, encoding)}`;
}
