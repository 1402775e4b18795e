// Which version a request means: the latest one, exactly one, or the highest of a range.

import compareBuild from "semver/functions/compare-build.js";
import inRange from "semver/functions/satisfies.js";
import valid from "semver/functions/valid.js";
import validRange from "semver/ranges/valid.js";
import { SkillError } from "../../packages/errors.js";

export type VersionWish =
  | { readonly kind: "latest" }
  | { readonly kind: "exact"; readonly version: string }
  | { readonly kind: "range"; readonly range: string };

/**
 * Reads the version of a request: nothing or `latest`, a version such as `1.2.0` or `v1.2.0`, or a semver range.
 *
 * @throws SkillError `SKILL_REQUEST`
 */
export function versionWish(text: string | undefined): VersionWish {
  const wanted = text?.trim() ?? "";
  if (wanted === "" || wanted === "latest") return { kind: "latest" };
  const version = wanted.replace(/^v(?=\d)/, "");
  // Without the build part, semver would compare 1.0.0+1 and 1.0.0+2 as equal.
  if (valid(version) !== null) return { kind: "exact", version };
  if (validRange(wanted) !== null) return { kind: "range", range: wanted };
  throw new SkillError(
    "SKILL_REQUEST",
    `version ${JSON.stringify(text)} must be a version such as 1.2.0 or a range such as ^1.2`,
  );
}

export function satisfies(version: string, wish: VersionWish): boolean {
  if (wish.kind === "latest") return true;
  return wish.kind === "exact" ? version === wish.version : inRange(version, wish.range);
}

/** The highest version that a range allows; pre-releases only where the range names one. */
export function highestOf<T extends { readonly version: string }>(
  candidates: readonly T[],
  range: string,
): T | undefined {
  const allowed = candidates.filter(({ version }) => inRange(version, range));
  return allowed.sort((a, b) => compareBuild(b.version, a.version))[0];
}

/** For messages. */
export function describeWish(wish: VersionWish): string {
  if (wish.kind === "latest") return "latest version";
  return wish.kind === "exact" ? `version ${wish.version}` : `version in the range ${wish.range}`;
}
