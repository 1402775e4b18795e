// The C++ files that the formatter and the linter look at.
import { join } from "node:path";
import { root } from "./run-command.mjs";
import { listFiles } from "./tree-digest.mjs";

/** Absolute paths below native/{core,sqlite,node,test} that end in one of `extensions`. */
export function nativeFiles(...extensions) {
  return ["core", "sqlite", "node", "test"].flatMap(folder => {
    const below = join(root, "native", folder);
    return listFiles(below)
      .filter(path => extensions.some(extension => path.endsWith(extension)))
      .map(path => join(below, path));
  });
}
