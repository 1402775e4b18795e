// The directory that relative paths hang off. exec and lease VMs have one of their own; that of the process never changes.

import { posix, win32 } from "node:path";

/**
 * The path as the system should get it: absolute, or relative to the directory of the process where the VM has none of its
 * own. Without separators at the end (`link/` means the link), and not normalised where the system follows links before it
 * takes `..` (Windows does not).
 *
 * @param cwd absolute
 */
export function locate(
  cwd: string | undefined,
  path: string,
  windows = process.platform === "win32",
): string {
  const trimmed = withoutEnd(path, windows);
  if (cwd === undefined) return trimmed;
  if (windows) return win32.resolve(cwd, trimmed); // `\x` and `D:x` depend on the drive as well
  return posix.isAbsolute(trimmed) ? trimmed : `${cwd === "/" ? "" : cwd}/${trimmed}`;
}

function withoutEnd(path: string, windows: boolean): string {
  const { root } = (windows ? win32 : posix).parse(path);
  let end = path.length;
  while (end > root.length && (path[end - 1] === "/" || (windows && path[end - 1] === "\\"))) end--;
  return path.slice(0, end);
}
