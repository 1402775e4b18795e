// The C++ files that the formatter and the linter look at.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listFiles } from "./tree-digest.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Absolute paths below native/{core,node,test} that end in one of `extensions`. */
export function nativeFiles(...extensions) {
  return ["core", "node", "test"].flatMap(folder => {
    const below = join(root, "native", folder);
    return listFiles(below)
      .filter(path => extensions.some(extension => path.endsWith(extension)))
      .map(path => join(below, path));
  });
}
