// Paths a manifest may name: relative, under one folder of the package, never leading out of it.

import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep, win32 } from "node:path";

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
  if (trimmed === "") return { problem: `${label} must not be empty` };
  if (trimmed.includes("\0")) return { problem: `${label} must not contain NUL bytes` };
  if (isAbsolute(trimmed) || win32.isAbsolute(trimmed) || /^[a-zA-Z]:/.test(trimmed)) {
    return { problem: `${label} must be a relative path under ${prefix}/, got ${JSON.stringify(trimmed)}` };
  }
  const segments = trimmed.split(/[\\/]+/).filter(segment => segment !== "" && segment !== ".");
  if (segments.includes("..")) {
    return { problem: `${label} must not contain "..", got ${JSON.stringify(trimmed)}` };
  }
  if (segments.length < 2 || segments[0] !== prefix) {
    return { problem: `${label} must start with ${prefix}/, got ${JSON.stringify(trimmed)}` };
  }
  return { path: segments.join("/") };
}

/**
 * The real location of `path` inside the package folder, every symbolic link resolved.
 *
 * @param realSkillDir real path of the package folder
 * @returns the absolute path, `"missing"` if there is no such file, `"outside"` if a link leads out of the package
 */
export async function resolveInside(
  realSkillDir: string,
  path: string,
): Promise<{ file: string } | "missing" | "outside"> {
  let file: string;
  try {
    file = await realpath(join(realSkillDir, path));
  } catch {
    return "missing";
  }
  const within = relative(realSkillDir, file);
  return within === ".." || within.startsWith(`..${sep}`) || isAbsolute(within) ? "outside" : { file };
}
