// The table that vulcan.process.exec returns. A failing process is a result, never an error.

import { decodeText, type TextEncoding } from "../encoding.js";
import type { Captured } from "./capture.js";
import type { ExecRequest } from "./exec-spec.js";
import type { RunOutcome } from "./run-to-end.js";

export interface ExecResult {
  ok: boolean;
  success: boolean;
  /** Absent when the process did not end by itself. */
  code?: number;
  error?: string;
  timed_out: boolean;
  stdout: string;
  stderr: string;
  stdout_encoding: string;
  stderr_encoding: string;
  stdout_lossy: boolean;
  stderr_lossy: boolean;
  /** The bytes, when decoding them was lossy. */
  stdout_base64?: string;
  stderr_base64?: string;
  /** There was more than `max_output_bytes`. */
  stdout_truncated: boolean;
  stderr_truncated: boolean;
}

export function execResult(request: ExecRequest, { end, stdout, stderr }: RunOutcome): ExecResult {
  const error = problem(end, request.plan.timeoutMs);
  const success = error === undefined;
  const said = end.kind === "timeout" || end.kind === "not started" ? withLine(stderr, error ?? "") : stderr;
  return {
    ok: success,
    success,
    ...(end.kind === "exit" ? { code: end.code } : {}),
    ...(error === undefined ? {} : { error }),
    timed_out: end.kind === "timeout",
    ...outputFields("stdout", stdout, request.stdout),
    ...outputFields("stderr", said, request.stderr),
  };
}

function problem(end: RunOutcome["end"], timeoutMs: number | undefined): string | undefined {
  switch (end.kind) {
    case "exit":
      return end.code === 0 ? undefined : `process exited with code ${end.code}`;
    case "signal":
      return "process terminated without an exit code";
    case "timeout":
      return `process execution timed out after ${timeoutMs} ms`;
    case "not started":
      return end.message;
  }
}

/** Adds a line to what was printed. */
function withLine({ bytes, truncated }: Captured, line: string): Captured {
  const separator = bytes.length > 0 && bytes.at(-1) !== 10 ? "\n" : "";
  return { bytes: Buffer.concat([bytes, Buffer.from(separator + line)]), truncated };
}

type Stream = "stdout" | "stderr";
type OutputFields<Name extends Stream> = {
  [Key in Name | `${Name}_encoding` | `${Name}_base64`]: string;
} & { [Key in `${Name}_lossy` | `${Name}_truncated`]: boolean };

/** The members that describe one stream, in results of exec and of sessions alike. */
export function outputFields<Name extends Stream>(
  name: Name,
  { bytes, truncated }: Captured,
  encoding: TextEncoding,
): Omit<OutputFields<Name>, `${Name}_base64`> & Partial<Pick<OutputFields<Name>, `${Name}_base64`>> {
  const { text, lossy, base64 } = decodeText(bytes, encoding);
  return {
    [name]: text,
    [`${name}_encoding`]: encoding.label,
    [`${name}_lossy`]: lossy,
    ...(base64 === undefined ? {} : { [`${name}_base64`]: base64 }),
    [`${name}_truncated`]: truncated,
  } as OutputFields<Name>;
}
