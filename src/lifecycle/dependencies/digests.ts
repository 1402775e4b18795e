// Digests of files that are in place. A file is read again only when its size or one of its times has changed.

import { stat } from "node:fs/promises";
import { digestOf } from "../downloads/cache.js";

export interface FileDigest {
  readonly sha256: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Moves with everything that happens to a file, and nobody can set it. */
  readonly ctimeMs: number;
}

export class FileDigests {
  /** By path, for what no record can keep: folders that cannot be written. */
  readonly #seen = new Map<string, FileDigest>();

  /**
   * The digest of a file now.
   *
   * @param known what is recorded about it
   * @returns `known` itself when the file is as it was then; undefined if there is no file
   */
  async of(path: string, known: FileDigest | undefined): Promise<FileDigest | "folder" | undefined> {
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) return undefined;
    if (!stats.isFile()) return "folder";
    const { size, mtimeMs, ctimeMs } = stats;
    for (const earlier of [known, this.#seen.get(path)]) {
      if (earlier?.size === size && earlier.mtimeMs === mtimeMs && earlier.ctimeMs === ctimeMs)
        return earlier;
    }
    const digest = { sha256: await digestOf(path), size, mtimeMs, ctimeMs };
    this.#seen.set(path, digest);
    return digest;
  }
}
