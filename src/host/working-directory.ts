// The directory that relative paths hang off. exec and lease VMs have one of their own, and the process never changes its.

import { isAbsolute, parse, sep } from "node:path";

/**
 * The path as the system should get it: absolute, or relative to the directory of the process where the VM has none of its
 * own. Not normalised (`link/..` is where the system says it is), but without separators at the end: `link/` means the link.
 */
export function locate(cwd: string | undefined, path: string): string {
  const { root } = parse(path);
  let end = path.length;
  while (end > root.length && isSeparator(path.charAt(end - 1))) end--;
  const trimmed = path.slice(0, end);
  if (cwd === undefined || isAbsolute(trimmed)) return trimmed;
  return isSeparator(cwd.slice(-1)) ? cwd + trimmed : cwd + sep + trimmed;
}

function isSeparator(character: string): boolean {
  return character === "/" || character === sep;
}
