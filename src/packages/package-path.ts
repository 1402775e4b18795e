// Paths a manifest may name: relative, under one folder of the package, never leading out of it.

import { isAbsolute, win32 } from "node:path";

/**
 * Checks a path written in a manifest. Backslashes count as separators on every platform, so that a package means the
 * same everywhere and `runtime\..\x` is caught on all of them.
 *
 * @param label what the path is called in messages, for instance `entries[0].lua_entry`
 * @param prefix the folder it must lie under, for instance `runtime`
 * @returns the path with forward slashes and without `.` and empty segments, or the problem
 */
export function packagePath(
  label: string,
  prefix: string,
  text: string,
): { path: string; problem?: never } | { path?: never; problem: string } {
  const trimmed = text.trim();
  const written = JSON.stringify(trimmed);
  if (trimmed === "") return { problem: `${label} must not be empty` };
  if (trimmed.includes("\0")) return { problem: `${label} must not contain NUL bytes` };
  if (isAbsolute(trimmed) || win32.isAbsolute(trimmed) || /^[a-zA-Z]:/.test(trimmed)) {
    return { problem: `${label} must be a relative path under ${prefix}/, got ${written}` };
  }
  const parts = trimmed.split(/[\\/]/);
  const segments = parts.filter(segment => segment !== "" && segment !== ".");
  if (parts[0] !== prefix || segments.length < 2) {
    return { problem: `${label} must start with ${prefix}/, got ${written}` };
  }
  if (segments.includes("..")) return { problem: `${label} must not contain "..", got ${written}` };
  return { path: segments.join("/") };
}
