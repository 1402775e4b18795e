import { dirname } from "node:path";

/** The top of a file system is nothing to remove, replace or copy. */
export function refuseRoot(realPath: string): void {
  if (dirname(realPath) === realPath) throw new Error(`${realPath} is the root of a file system`);
}
