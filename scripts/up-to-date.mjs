// Build steps that are skipped while nothing that goes into them has changed.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./run-command.mjs";
import { sha256, treeDigest } from "./tree-digest.mjs";

/** One digest over files and folders, given relative to the repository, and further text. */
export function digestOf(paths, ...text) {
  const digests = paths.map(path => {
    const absolute = join(root, path);
    return statSync(absolute).isDirectory() ? treeDigest(absolute) : sha256(readFileSync(absolute));
  });
  return sha256([...digests, ...text].join("\n"));
}

/** Runs `step` unless it already ran with this digest and `product` is still there. */
export async function unlessUpToDate(name, digest, product, step) {
  const stamp = join(root, "native/build", `${name}.sha256`);
  if (existsSync(product) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  rmSync(stamp, { force: true });
  await step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}
