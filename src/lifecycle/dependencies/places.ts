// Where the files of a dependency lie: `<root>/<name>/<version>/<platform>/<target_path>`.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import coerce from "semver/functions/coerce.js";
import compare from "semver/functions/compare.js";
import { SkillError } from "../../packages/errors.js";
import { entryPath } from "../archives/entry-path.js";
import { withoutV } from "../github/releases.js";
import type { Dependency, DependencyExport } from "./manifest.js";

/** What `{version}` and `{tag}` stand for, as far as somebody knows. */
export interface Release {
  readonly version: string | undefined;
  readonly tag: string | undefined;
}

/** One place in which the files of a dependency may be. */
export interface Place {
  /** Absolute. */
  readonly folder: string;
  readonly release: Release;
  readonly files: readonly PlacedFile[];
}

export interface PlacedFile {
  /** Below the folder, forward slashes. */
  readonly path: string;
  /** As the archive names it. */
  readonly archivePath: string;
  readonly executable: boolean;
}

const unversioned = "unversioned";

/** Fills in what is known. */
export function expand(template: string, { version, tag }: Release): string {
  return template.replace(/\{(version|tag)\}/g, (whole, key) => (key === "version" ? version : tag) ?? whole);
}

/**
 * The place of a release.
 *
 * @param root folder of the dependencies of this kind
 * @param folderVersion the version as the name of its folder says it; undefined: a folder for files without one
 */
export function placeOf(
  root: string,
  dependency: Pick<Dependency, "name">,
  platform: string,
  exports: readonly DependencyExport[],
  release: Release,
  folderVersion = release.version,
): Place {
  const folder = join(
    root,
    folderName(dependency.name),
    folderVersion === undefined ? unversioned : folderName(folderVersion),
    folderName(platform),
  );
  const files = exports.map(({ archivePath, targetPath, executable }) => ({
    path: targetOf(targetPath, release),
    archivePath: expand(archivePath, release),
    executable,
  }));
  return { folder, release, files };
}

/**
 * The places in which files that somebody put there may be, in the order in which they are looked at: under the version as
 * it is written and without `v`; without a version, in the folder for that and then in every folder there is, the highest
 * version first. `{tag}` may stand for either form of the version.
 */
export async function candidatePlaces(
  root: string,
  dependency: Dependency,
  platform: string,
  exports: readonly DependencyExport[],
): Promise<Place[]> {
  const { version } = dependency;
  const versions =
    version === undefined
      ? [undefined, ...(await presentVersions(join(root, folderName(dependency.name))))]
      : unique([version, withoutV(version)]);
  return versions.flatMap(candidate =>
    tagsOf(candidate).map(tag =>
      placeOf(root, dependency, platform, exports, { version: candidate, tag }, candidate),
    ),
  );
}

/** A name of one folder, whatever a manifest says. */
export function folderName(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._-]/g, "_");
  return safe === "" ? "unnamed" : /^\.+$/.test(safe) ? safe.replaceAll(".", "_") : safe;
}

/** What was good as a template may have become something else. */
function targetOf(template: string, release: Release): string {
  const { path, problem } = entryPath(expand(template, release));
  if (problem !== undefined) {
    throw new SkillError("SKILL_DEPENDENCY", `target_path ${JSON.stringify(template)}: ${problem}`);
  }
  return path;
}

function tagsOf(version: string | undefined): (string | undefined)[] {
  if (version === undefined) return [undefined];
  const plain = withoutV(version);
  return unique([version, plain, `v${plain}`]);
}

async function presentVersions(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter(entry => entry.isDirectory() && entry.name !== unversioned)
    .map(({ name }) => name);
  return names.sort((a, b) => compareVersions(b, a));
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [coerce(a), coerce(b)];
  const order = left === null || right === null ? 0 : compare(left, right);
  return order !== 0 ? order : a < b ? -1 : a > b ? 1 : 0;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
