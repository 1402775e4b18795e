// The names of one archive together. On Windows and macOS, names that differ in case only, or in how an accent is
// composed, are one file.

import type { ArchiveLimits } from "./limits.js";

export class EntrySet {
  readonly #limits: ArchiveLimits;
  /** By the name that all spellings share. */
  readonly #known = new Map<string, { path: string; folder: boolean }>();
  #entries = 0;
  #bytes = 0;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  /** Bytes of all files so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes one more entry.
   *
   * @param path as `entryPath` gives it
   * @param size of a file; undefined for a folder
   * @returns why the archive is refused
   */
  add(path: string, size: number | undefined): string | undefined {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) return `it has more than ${this.#limits.entries} entries`;
    const segments = path.split("/");
    for (let depth = 1; depth < segments.length; depth += 1) {
      const problem = this.#addPath(segments.slice(0, depth).join("/"), true, false);
      if (problem !== undefined) return problem;
    }
    return this.#addPath(path, size === undefined, true) ?? this.#addBytes(size ?? 0);
  }

  #addPath(path: string, folder: boolean, explicit: boolean): string | undefined {
    const key = path.normalize("NFC").toLowerCase().normalize("NFC");
    const known = this.#known.get(key);
    if (known === undefined) {
      this.#known.set(key, { path, folder });
      return undefined;
    }
    if (known.path !== path) return `it differs from ${JSON.stringify(known.path)} in case or accents only`;
    if (known.folder !== folder) return "it is both a file and a folder";
    return explicit && !folder ? "it is there twice" : undefined;
  }

  #addBytes(size: number): string | undefined {
    if (size > this.#limits.fileBytes) return `it is larger than ${this.#limits.fileBytes} bytes`;
    this.#bytes += size;
    return this.#bytes > this.#limits.totalBytes
      ? `the files are larger than ${this.#limits.totalBytes} bytes in all`
      : undefined;
  }
}

/** True if files of this size cannot be in an archive of this size, unless somebody wants to fill the disk. */
export function isBomb(
  bytes: number,
  archiveBytes: number,
  { ratio, ratioFreeBytes }: ArchiveLimits,
): boolean {
  return bytes > ratioFreeBytes && bytes > ratio * archiveBytes;
}
