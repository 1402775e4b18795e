// Digest of a folder, blind to modes, times and the archive it came from.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const sha256 = data => createHash("sha256").update(data).digest("hex");

/** Relative paths of every file below `root`, with `/`, in byte order. */
export function listFiles(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .map(path => path.replaceAll("\\", "/"))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/**
 * SHA-256 of the lines `<sha256 of the content>  <path>`. By hand, inside the folder:
 * `find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum`.
 */
export function treeDigest(root) {
  const lines = listFiles(root).map(path => `${sha256(readFileSync(join(root, path)))}  ${path}\n`);
  return sha256(lines.join(""));
}
