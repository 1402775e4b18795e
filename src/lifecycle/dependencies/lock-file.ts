// What is known about the dependencies of one skill that are in place: `<dependencies>/locks/<skill-id>.json`.

import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import type { Json } from "../../vm/index.js";
import { syncFolder } from "../archives/staged-tree.js";
import type { FileDigest } from "./digests.js";

export interface LockedDependency {
  /** `download`: its files must stay as they came. `adopted`: somebody put them there, and may put others there. */
  readonly origin: "download" | "adopted";
  /** Address of the download, and the digest of what came from there. */
  readonly source?: string;
  readonly archiveSha256?: string;
  /** By path below the folder of the dependency. */
  readonly files: ReadonlyMap<string, FileDigest>;
}

/** By folder of the dependency below the folder of all dependencies, forward slashes. */
export type Lock = ReadonlyMap<string, LockedDependency>;

const lockVersion = 1;

/** Reads the file. One that is not there, or that nobody understands, knows of nothing: what is in place is adopted then. */
export async function readLock(path: string): Promise<Lock> {
  try {
    const value = JSON.parse(await readFile(path, "utf8")) as Json;
    return isJsonObject(value) && value.lock_version === lockVersion ? parse(value.dependencies) : new Map();
  } catch {
    return new Map();
  }
}

/**
 * Replaces the file; an empty lock removes it.
 *
 * @throws Error when the folder cannot be written
 */
export async function writeLock(path: string, lock: Lock): Promise<void> {
  if (lock.size === 0) {
    await rm(path, { force: true });
    return;
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(`${JSON.stringify(toJson(lock), null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(folder);
}

function toJson(lock: Lock): Json {
  const dependencies = [...lock]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { origin, source, archiveSha256, files }]) => [
      key,
      {
        origin,
        ...(source === undefined ? {} : { source }),
        ...(archiveSha256 === undefined ? {} : { archive_sha256: archiveSha256 }),
        files: Object.fromEntries(
          [...files].map(([path, { sha256, size, mtimeMs, ctimeMs }]) => [
            path,
            { sha256, size, mtime_ms: mtimeMs, ctime_ms: ctimeMs },
          ]),
        ),
      },
    ]);
  return { lock_version: lockVersion, dependencies: Object.fromEntries(dependencies) as JsonObject };
}

function parse(value: Json | undefined): Lock {
  const lock = new Map<string, LockedDependency>();
  for (const [key, member] of isJsonObject(value) ? Object.entries(value) : []) {
    if (!isJsonObject(member) || !isJsonObject(member.files)) continue;
    const { origin, source, archive_sha256: archiveSha256 } = member;
    const files = Object.entries(member.files).flatMap(([path, file]) => {
      const digest = parseDigest(file);
      return digest === undefined ? [] : [[path, digest] as const];
    });
    lock.set(key, {
      origin: origin === "download" ? "download" : "adopted",
      ...(typeof source === "string" ? { source } : {}),
      ...(typeof archiveSha256 === "string" ? { archiveSha256 } : {}),
      files: new Map(files),
    });
  }
  return lock;
}

function parseDigest(value: Json): FileDigest | undefined {
  if (!isJsonObject(value)) return undefined;
  const { sha256, size, mtime_ms: mtimeMs, ctime_ms: ctimeMs } = value;
  if (typeof sha256 !== "string" || typeof size !== "number") return undefined;
  if (typeof mtimeMs !== "number" || typeof ctimeMs !== "number") return undefined;
  return { sha256, size, mtimeMs, ctimeMs };
}
