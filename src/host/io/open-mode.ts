// The modes of files in vulcan.io.

import { ArgumentError, requireText } from "../arguments.js";

export interface OpenMode {
  kind: "r" | "w" | "a";
  /** Both reading and writing. */
  update: boolean;
  /** Bytes as they are, in no encoding. */
  binary: boolean;
}

/** `r`, `w` or `a`, then `+` and `b` in any order; nil is `r`. */
export function readOpenMode(fn: string, value: unknown): OpenMode {
  const mode = value === undefined || value === null ? "r" : requireText(fn, "mode", value);
  const parts = /^([rwa])(\+?b?|b\+)$/.exec(mode);
  if (parts === null) {
    throw new ArgumentError(fn, "mode", `must be r, w or a, with + or b behind it, got "${mode}"`);
  }
  const [, kind, flags] = parts as unknown as [string, OpenMode["kind"], string];
  return { kind, update: flags.includes("+"), binary: flags.includes("b") };
}

/** A command is only read from: nil, `r` or `rb`. @returns whether it is read as bytes */
export function readPopenMode(fn: string, value: unknown): boolean {
  const mode = value === undefined || value === null ? "r" : requireText(fn, "mode", value);
  if (mode !== "r" && mode !== "rb") {
    throw new ArgumentError(fn, "mode", `must be r or rb: commands are only read from, got "${mode}"`);
  }
  return mode === "rb";
}
