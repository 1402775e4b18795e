// Archives of either format, file by file.

import type { ArchiveLimits } from "./limits.js";
import { eachTarFile } from "./tar.js";
import { eachZipFile } from "./zip.js";

export type ArchiveFormat = "zip" | "tar_gz";

export interface ArchiveRules {
  readonly limits: ArchiveLimits;
  /**
   * Which files matter, by their path as `entryPath` gives it (undefined for a name that is refused). What does not matter
   * is not unpacked, so it may be anything: programs come with links and manuals. Without it, every entry must be sound.
   */
  readonly wanted?: (path: string | undefined) => boolean;
}

/** A regular file in an archive. */
export interface ArchiveFile {
  /** As `entryPath` gives it. */
  readonly path: string;
  readonly size: number;
  /** The bytes, checked: what is wrong with them is thrown on the way. */
  content(): AsyncIterable<Buffer>;
}

/** Takes a file, or lets it pass. */
export type TakeFile = (file: ArchiveFile) => Promise<void>;

/**
 * Goes through the files of an archive, one after the other.
 *
 * @throws SkillError `SKILL_PACKAGE` with the entry and the reason when the archive is refused; what `take` throws
 */
export function eachFile(
  path: string,
  format: ArchiveFormat,
  rules: ArchiveRules,
  take: TakeFile,
): Promise<void> {
  return format === "zip" ? eachZipFile(path, rules, take) : eachTarFile(path, rules, take);
}
