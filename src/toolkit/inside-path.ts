import { isAbsolute, relative, resolve, sep } from "node:path";

/** The path of `name` in a folder; undefined if it leads out of it. */
export function insidePath(folder: string, name: string): string | undefined {
  const path = resolve(folder, name);
  const within = relative(folder, path);
  const leaves = within === ".." || within.startsWith(`..${sep}`) || isAbsolute(within);
  return leaves || name.includes("\0") ? undefined : path;
}
