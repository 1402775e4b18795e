// Whether the files of a dependency are in place, and whether they are the ones that were recorded.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { FileDigest, FileDigests } from "./digests.js";
import type { LockedDependency } from "./lock-file.js";
import type { DependencyPackage } from "./manifest.js";
import type { Place } from "./places.js";

export type Finding =
  /** In place. `record` is what to keep about it, the same object as before when there is nothing new. */
  | {
      readonly kind: "present";
      readonly place: Place;
      readonly record: LockedDependency;
      readonly adopted: boolean;
    }
  /** In place, but not what it has to be. */
  | { readonly kind: "altered"; readonly place: Place; readonly problem: string }
  | { readonly kind: "absent" };

/** What a file must be, where a manifest says it: the only file of a raw package. */
export function pinnedDigest({ archiveType, sha256 }: DependencyPackage): string | undefined {
  return archiveType === "raw" ? sha256 : undefined;
}

/** Looks at a place of the host, who may change what is there at any time. */
export function probeHostPlace(place: Place): Finding {
  if (!place.files.every(({ path }) => existsSync(join(place.folder, path)))) return { kind: "absent" };
  return { kind: "present", place, record: { origin: "adopted", files: new Map() }, adopted: false };
}

/**
 * Looks at one place.
 *
 * @param record what is known about the place
 * @param pinned SHA-256 that its only file must have
 */
export async function probePlace(
  place: Place,
  record: LockedDependency | undefined,
  pinned: string | undefined,
  digests: FileDigests,
): Promise<Finding> {
  const found = new Map<string, FileDigest>();
  let same = true;
  for (const { path } of place.files) {
    const known = record?.files.get(path);
    const digest = await digests.of(join(place.folder, path), known);
    if (digest === undefined) return { kind: "absent" };
    // A folder that somebody put there has many files; none of them is checked.
    if (digest === "folder") continue;
    const problem = alteration(path, digest, known, record, pinned);
    if (problem !== undefined) return { kind: "altered", place, problem };
    same &&= digest === known;
    found.set(path, digest);
  }
  const adopted =
    record === undefined ||
    [...found].some(([path, { sha256 }]) => record.files.get(path)?.sha256 !== sha256);
  const kept: LockedDependency =
    record !== undefined && same && record.files.size === found.size
      ? record
      : { ...(record ?? { origin: "adopted" }), files: found };
  return { kind: "present", place, record: kept, adopted };
}

function alteration(
  path: string,
  { sha256 }: FileDigest,
  known: FileDigest | undefined,
  record: LockedDependency | undefined,
  pinned: string | undefined,
): string | undefined {
  if (pinned !== undefined && sha256 !== pinned) {
    return `${path} has SHA-256 ${sha256}, but dependencies.yaml wants ${pinned}`;
  }
  if (record?.origin === "download" && known !== undefined && known.sha256 !== sha256) {
    return `${path} was changed since it was installed: it has SHA-256 ${sha256}, and had ${known.sha256}`;
  }
  return undefined;
}
