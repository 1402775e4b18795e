// Applies a unified diff exactly: no fuzz, no offsets, text files that exist. Needs no `patch` or `git`, so vendoring
// works wherever Node and tar do.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@/;

function parseFiles(text) {
  const files = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("+++ ")) files.push({ path: line.slice(4).replace(/^[^/]+\//, ""), hunks: [] });
    else if (HUNK.test(line)) files.at(-1).hunks.push({ start: Number(HUNK.exec(line)[1]), lines: [] });
    else if (line.startsWith("--- ") || line === "") continue;
    else files.at(-1)?.hunks.at(-1)?.lines.push(line);
  }
  return files;
}

function applyHunks(source, hunks, where) {
  const result = [];
  let at = 0;
  for (const hunk of hunks) {
    result.push(...source.slice(at, hunk.start - 1));
    at = hunk.start - 1;
    for (const line of hunk.lines) {
      const body = line.slice(1);
      if (line[0] !== "+") {
        if (source[at] !== body) {
          throw new Error(
            `${where}:${at + 1}: the patch expects ${JSON.stringify(body)}, found ${JSON.stringify(source[at])}`,
          );
        }
        at++;
      }
      if (line[0] !== "-") result.push(body);
    }
  }
  return [...result, ...source.slice(at)];
}

/** Applies the patch text (paths with one leading folder, as `diff -ru a b` writes them) to the tree at `root`. */
export function applyPatch(root, text, name) {
  for (const { path, hunks } of parseFiles(text)) {
    const file = join(root, path);
    const patched = applyHunks(readFileSync(file, "utf8").split("\n"), hunks, `${name}: ${path}`);
    writeFileSync(file, patched.join("\n"));
  }
}
