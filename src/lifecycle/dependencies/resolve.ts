// From a dependency to the file that has to be downloaded for it.

import { SkillError } from "../../packages/errors.js";
import { Fields } from "../../packages/fields.js";
import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import { parseYaml } from "../../packages/yaml.js";
import { parseAddress, reachOf, shown } from "../downloads/address.js";
import type { Downloads } from "../downloads/downloads.js";
import type { HttpRequest } from "../downloads/http-client.js";
import { type Release as GithubRelease, type GithubReleases, withoutV } from "../github/releases.js";
import { type ArchiveType, type Dependency, type DependencyPackage, readPackages } from "./manifest.js";
import { expand, type Release } from "./places.js";

export interface DependencyDownload {
  readonly package: DependencyPackage & { readonly archiveType: ArchiveType };
  readonly release: Release;
  readonly request: HttpRequest;
  /** SHA-256 that the file must have, where the manifest or the server of the release says one. */
  readonly sha256: string | undefined;
}

/**
 * Finds out what to download.
 *
 * @throws SkillError `SKILL_DEPENDENCY`, `SKILL_SOURCE`, `SKILL_DENIED`
 */
export async function resolveDependency(
  dependency: Dependency,
  platform: string,
  releases: GithubReleases,
  downloads: Downloads,
  signal: AbortSignal | undefined,
): Promise<DependencyDownload> {
  const { source, version } = dependency;
  if (source.type === "github_release") {
    const found = requirePackage(dependency.packages, platform);
    if (found.assetName === undefined) throw refuse(`its package for ${platform} has no asset_name`);
    const release = await findRelease(source, version, releases, signal);
    // A declared version is what folders are named after, also where a tag says more.
    const names = { version: version === undefined ? release.version : withoutV(version), tag: release.tag };
    const wanted = expand(found.assetName, names);
    const asset = release.assets.find(({ name }) => name === wanted);
    if (asset === undefined) throw refuse(`release ${release.tag} of ${source.repo} has no file ${wanted}`);
    const sha256 = found.sha256 ?? asset.sha256;
    return { package: found, release: names, request: releases.requestFor(asset), sha256 };
  }
  const packages =
    source.type === "url" ? dependency.packages : await readIndex(source, platform, downloads, signal);
  const found = requirePackage(packages, platform);
  if (found.url === undefined) throw refuse(`its package for ${platform} has no url`);
  const url = parseAddress(`the url for ${platform}`, found.url);
  if (url.protocol === "http:" && found.sha256 === undefined && reachOf(url) !== "loopback") {
    throw refuse(
      `${shown(url)} is not encrypted: dependencies.yaml must give the sha256 of the file, or an https address`,
    );
  }
  return { package: found, release: { version, tag: undefined }, request: { url }, sha256: found.sha256 };
}

async function findRelease(
  { repo, tagApi }: { repo: string; tagApi: string | undefined },
  version: string | undefined,
  releases: GithubReleases,
  signal: AbortSignal | undefined,
): Promise<GithubRelease> {
  const plain = version === undefined ? "" : withoutV(version);
  const release =
    tagApi !== undefined
      ? await releases.at(tagApi, signal)
      : plain !== ""
        ? await releases.ofVersion(repo, plain, signal)
        : await releases.latest(repo, signal);
  if (release !== undefined) return release;
  const what = tagApi ?? (plain === "" ? "a latest release" : `a release with the tag ${plain} or v${plain}`);
  throw refuse(`github repository ${repo} does not have ${what}`);
}

async function readIndex(
  { url: address, package: key }: { url: string; package: string },
  platform: string,
  downloads: Downloads,
  signal: AbortSignal | undefined,
): Promise<Map<string, DependencyPackage>> {
  const url = parseAddress("the url of the index", address);
  const answer = await downloads.text({ url }, signal);
  if (answer === undefined) throw refuse(`there is no index at ${shown(url)}`);
  const { value, problem } = parseYaml(answer.text);
  if (problem !== undefined) throw refuse(`index ${shown(url)}: ${problem}`);
  const packages: unknown = isJsonObject(value) ? value.packages : undefined;
  const found: unknown = isJsonObject(packages) && Object.hasOwn(packages, key) ? packages[key] : undefined;
  if (!isJsonObject(found)) throw refuse(`index ${shown(url)} has no package ${JSON.stringify(key)}`);
  // Packages for other platforms may be as they like.
  const problems: string[] = [];
  const own = isJsonObject(found.packages) ? found.packages[platform] : undefined;
  const only: JsonObject = own === undefined ? {} : { packages: { [platform]: own } };
  const read = readPackages(new Fields(only, key, problems));
  if (problems.length > 0) throw refuse(`index ${shown(url)}: ${problems.join("; ")}`);
  return read;
}

function requirePackage(
  packages: ReadonlyMap<string, DependencyPackage>,
  platform: string,
): DependencyDownload["package"] {
  const found = packages.get(platform);
  if (found === undefined) throw refuse(noPackage(packages, platform));
  if (found.exports.length === 0) throw refuse(`its package for ${platform} names no exports`);
  const { archiveType } = found;
  if (archiveType === undefined) {
    throw refuse(`its package for ${platform} has an unknown archive_type: there are zip, tar_gz and raw`);
  }
  if (archiveType === "raw" && found.exports.length > 1) {
    throw refuse(
      `its package for ${platform} is one file as it is (archive_type raw) and names several exports`,
    );
  }
  return { ...found, archiveType };
}

/** For messages. */
export function noPackage(packages: ReadonlyMap<string, DependencyPackage>, platform: string): string {
  const known = [...packages.keys()].join(", ");
  return `there is no package of it for ${platform}${known === "" ? "" : ` (there is one for ${known})`}`;
}

function refuse(message: string): SkillError {
  return new SkillError("SKILL_DEPENDENCY", message);
}
