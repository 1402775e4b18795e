// The folder of downloads. A file is named after what it is, its version and its digest, and nothing in it is used before
// its bytes have been found to have that digest.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** A download that nobody has finished for a day belongs to a process that is gone. */
const abandonedAfterMs = 24 * 60 * 60 * 1_000;
const partSuffix = ".part";
const longestLabel = 120;

/** What a file is known by. */
export interface CacheKey {
  /** What it is, with its version: `skill-demo-1.2.0`. */
  readonly label: string;
  /** `.zip`, `.tar.gz`, or "". */
  readonly extension: string;
}

/**
 * A file of the cache whose bytes have the digest.
 *
 * @returns undefined if there is none; one with other bytes is removed
 */
export async function findCached(
  folder: string,
  key: CacheKey,
  sha256: string,
): Promise<{ path: string; bytes: number } | undefined> {
  const path = join(folder, fileName(key, sha256));
  const size = await stat(path).then(
    stats => (stats.isFile() ? stats.size : undefined),
    () => undefined,
  );
  if (size === undefined) return undefined;
  if ((await digestOf(path)) === sha256) return { path, bytes: size };
  await rm(path, { force: true });
  return undefined;
}

/** Makes the folder, and a name in it for a download that begins. */
export async function partPath(folder: string, key: CacheKey): Promise<string> {
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder);
  return join(folder, `${safe(key.label)}-${process.pid}-${randomBytes(6).toString("hex")}${partSuffix}`);
}

/** Gives a complete download its name. */
export async function keep(part: string, folder: string, key: CacheKey, sha256: string): Promise<string> {
  const path = join(folder, fileName(key, sha256));
  await rename(part, path);
  return path;
}

/** SHA-256 of a file, in hexadecimal digits. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), hash);
  return hash.digest("hex");
}

async function removeAbandoned(folder: string): Promise<void> {
  const parts = (await readdir(folder)).filter(name => name.endsWith(partSuffix));
  for (const part of parts) {
    const path = join(folder, part);
    const changed = await stat(path).then(
      stats => stats.mtimeMs,
      () => undefined,
    );
    if (changed !== undefined && Date.now() - changed > abandonedAfterMs) await rm(path, { force: true });
  }
}

function fileName({ label, extension }: CacheKey, sha256: string): string {
  return `${safe(label)}-${sha256}${safe(extension)}`;
}

/** Names come from manifests of strangers. */
function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, longestLabel);
}
