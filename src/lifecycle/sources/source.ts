// Where skill packages come from. A source finds the package that a request means and brings its files into a staging
// folder; it never touches the skill root, the state folder or what is loaded. A new source is one file beside this one
// and one line in registry.ts.

import type { ResolvedPackage } from "./resolved-package.js";

export const sourceTypes = ["github", "hub", "url", "npm", "folder", "zip"] as const;

/**
 * - `github`: a release of `owner/repo`
 * - `hub`: the catalogue that the host has configured
 * - `url`: a manifest under one of the host's private addresses; for the system plane only
 * - `npm`: a package of the registries that the user's npm is configured for
 * - `folder`, `zip`: on this machine
 */
export type SourceType = (typeof sourceTypes)[number];

/** One package, as it is asked for. */
export interface PackageRequest {
  /** Undefined: the id follows from the source. */
  readonly skillId: string | undefined;
  /** What the source knows the package by: owner/repo, an address, a path, a name. Trimmed. */
  readonly locator: string;
  /** A version, a semver range such as `^1.2`, or undefined for the latest one. */
  readonly version: string | undefined;
}

export interface SourceContext {
  /** The plane on whose behalf the package is fetched. */
  readonly plane: "skills" | "system";
  /** Folder of downloads that may be used again. Made when it is needed. */
  readonly cacheDir: string;
  readonly signal: AbortSignal | undefined;
  readonly progress: (event: SourceProgress) => void;
}

/** What happens while a package is resolved and staged. Every phase begins with `started`. */
export interface SourceProgress {
  readonly phase: "resolving_source" | "fetching_manifest" | "downloading_archive" | "extracting_archive";
  /** `cached`: the download was there already, with its digest. */
  readonly status: "started" | "progress" | "cached" | "completed";
  /** Bytes of the download, or of the files of the archive. */
  readonly bytesDone?: number;
  /** Absent where nobody says how many will come. */
  readonly bytesTotal?: number;
}

export interface PackageSource {
  readonly type: SourceType;

  /**
   * The one form of a locator that install records keep, so that two can be compared.
   *
   * @throws SkillError `SKILL_REQUEST` for one that this source cannot have
   */
  locatorOf(locator: string): string;

  /**
   * The id of the skill that a request leads to, as far as it can be told from the request alone.
   *
   * @returns undefined where only `resolve` can tell
   * @throws SkillError `SKILL_REQUEST` for a locator that this source cannot have, or an id that does not belong to it
   */
  skillIdOf(request: PackageRequest): string | undefined;

  /**
   * Finds the version that the request means. Nothing is written, except to the download cache.
   *
   * @throws SkillError `SKILL_SOURCE` when there is no such package or its source cannot be asked,
   *   `SKILL_DENIED` when the host does not allow it
   */
  resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage>;
}
