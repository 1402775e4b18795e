// A package that was found and is not on the disk yet.

import type { SourceContext, SourceType } from "./source.js";

export interface ResolvedPackage {
  readonly skillId: string;
  /** The version that the manifest of the package will turn out to have; anything else is refused. */
  readonly version: string;
  readonly sourceType: SourceType;
  /** What an install record keeps, and what a later request for the same package has as its locator. */
  readonly locator: string;
  /** The release or distribution tag, where the source has tags. */
  readonly tag?: string;

  /**
   * Writes the package as `<stagingDir>/<skillId>/…`, verified: checksum, archive rules, manifest, id and version. Nothing
   * is written outside; every file and folder below `stagingDir`, and `stagingDir` itself, is on the disk (fsync) when the
   * promise resolves. When it rejects, the folder is as empty as it was.
   *
   * @param stagingDir an empty folder
   * @throws SkillError `SKILL_SOURCE` when it cannot be fetched, `SKILL_PACKAGE` when it is refused; what the signal was
   *   aborted with
   */
  stage(stagingDir: string, context: Pick<SourceContext, "signal" | "progress">): Promise<void>;
}
