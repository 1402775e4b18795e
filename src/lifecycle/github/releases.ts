// Releases of GitHub repositories, as its API describes them.

import { SkillError } from "../../packages/errors.js";
import { isJsonObject } from "../../packages/json-object.js";
import type { Json } from "../../vm/index.js";
import { parseAddress, shown } from "../downloads/address.js";
import type { Downloads } from "../downloads/downloads.js";
import type { Credential, HttpRequest } from "../downloads/http-client.js";
import type { GithubSettings } from "../sources/options.js";

export interface Release {
  readonly tag: string;
  /** The tag without `v` in front. */
  readonly version: string;
  readonly assets: readonly ReleaseAsset[];
}

export interface ReleaseAsset {
  readonly name: string;
  /** Where everybody can download it. */
  readonly address: string;
  /** Where the API gives it out to whoever has a token; absent in copies of the API that do not say. */
  readonly apiAddress: string | undefined;
  /** SHA-256 in lower-case hexadecimal digits, where the API says one. */
  readonly sha256: string | undefined;
}

const pageSize = 100;
/** Of a list of releases; whoever has more has a newer one that will do. */
const mostPages = 10;

export class GithubReleases {
  readonly #settings: GithubSettings;
  readonly #downloads: Downloads;
  readonly #credential: Credential | undefined;

  constructor(settings: GithubSettings, downloads: Downloads) {
    this.#settings = settings;
    this.#downloads = downloads;
    const { apiBaseUrl, baseUrl = "https://github.com", token } = settings;
    const origins = new Set([apiBaseUrl, baseUrl].map(base => new URL(base).origin));
    this.#credential = token === undefined ? undefined : { token, origins };
  }

  /**
   * The release that the repository calls its latest.
   *
   * @param repo `owner/repo`
   * @returns undefined if there is none
   * @throws SkillError `SKILL_SOURCE`, `SKILL_DENIED`
   */
  latest(repo: string, signal: AbortSignal | undefined): Promise<Release | undefined> {
    return this.#release(this.#api(repo, "releases/latest"), signal);
  }

  /**
   * The release of a version, with or without `v` in front of its tag.
   *
   * @throws as `latest`
   */
  async ofVersion(
    repo: string,
    version: string,
    signal: AbortSignal | undefined,
  ): Promise<Release | undefined> {
    const plain = withoutV(version);
    for (const tag of [plain, `v${plain}`]) {
      const release = await this.#release(
        this.#api(repo, `releases/tags/${encodeURIComponent(tag)}`),
        signal,
      );
      if (release !== undefined) return release;
    }
    return undefined;
  }

  /**
   * The release that an address of the API describes.
   *
   * @throws as `latest`
   */
  at(address: string, signal: AbortSignal | undefined): Promise<Release | undefined> {
    return this.#release(parseAddress("tag_api", address), signal);
  }

  /**
   * All releases that are published, the newest first.
   *
   * @throws as `latest`
   */
  async list(repo: string, signal: AbortSignal | undefined): Promise<Release[]> {
    const releases: Release[] = [];
    for (let page = 1; page <= mostPages; page += 1) {
      const url = this.#api(repo, `releases?per_page=${pageSize}&page=${page}`);
      const answer = await this.#json(url, signal);
      if (answer === undefined) break;
      if (!Array.isArray(answer)) throw noRelease(url);
      releases.push(...answer.filter(isPublished).map(release => this.#read(url, release)));
      if (answer.length < pageSize) break;
    }
    return releases;
  }

  /** How to download an asset. */
  requestFor({ address, apiAddress }: ReleaseAsset): HttpRequest {
    const credential = this.#credential;
    if (credential !== undefined && apiAddress !== undefined && URL.canParse(apiAddress)) {
      // Assets of private repositories have no other address.
      const url = new URL(apiAddress);
      if (credential.origins.has(url.origin)) return { url, accept: "application/octet-stream", credential };
    }
    return { url: parseAddress("address of a release file", this.#mirrored(address)), credential };
  }

  async #release(url: URL, signal: AbortSignal | undefined): Promise<Release | undefined> {
    const answer = await this.#json(url, signal);
    return answer === undefined ? undefined : this.#read(url, answer);
  }

  async #json(url: URL, signal: AbortSignal | undefined): Promise<Json | undefined> {
    const accept = "application/vnd.github+json";
    const answer = await this.#downloads.text({ url, accept, credential: this.#credential }, signal);
    if (answer === undefined) return undefined;
    try {
      return JSON.parse(answer.text) as Json;
    } catch (error) {
      throw noRelease(url, error);
    }
  }

  #read(url: URL, value: Json): Release {
    if (!isJsonObject(value) || typeof value.tag_name !== "string") throw noRelease(url);
    const assets = Array.isArray(value.assets) ? value.assets : [];
    return { tag: value.tag_name, version: withoutV(value.tag_name), assets: assets.flatMap(readAsset) };
  }

  #api(repo: string, path: string): URL {
    return parseAddress("github.apiBaseUrl", `${this.#settings.apiBaseUrl}/repos/${repo}/${path}`);
  }

  #mirrored(address: string): string {
    const { baseUrl } = this.#settings;
    return baseUrl === undefined ? address : address.replace(/^https?:\/\/github\.com(?=\/)/, baseUrl);
  }
}

/** A version without the `v` that tags begin with. */
export function withoutV(version: string): string {
  return version.trim().replace(/^v+/, "");
}

/**
 * Checks the name of a repository; an address of GitHub counts as the repository it shows.
 *
 * @returns `owner/repo`
 * @throws SkillError `SKILL_REQUEST`
 */
export function repositoryOf(source: string, { baseUrl }: Pick<GithubSettings, "baseUrl">): string {
  const text = source.trim();
  const bases = ["https://github.com", "http://github.com", ...(baseUrl === undefined ? [] : [baseUrl])];
  const base = bases.find(candidate => text.startsWith(`${candidate}/`)) ?? "";
  const path = text.slice(base.length).replace(/^\/+|\/+$/g, "");
  if (/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/.test(path) && !path.split("/").some(part => /^\.+$/.test(part))) {
    return path.replace(/\.git$/, "");
  }
  throw new SkillError(
    "SKILL_REQUEST",
    `github source ${JSON.stringify(source)} must be one repository, in the form owner/repo`,
  );
}

function isPublished(release: Json): boolean {
  return !isJsonObject(release) || release.draft !== true;
}

function readAsset(asset: Json): ReleaseAsset[] {
  if (!isJsonObject(asset)) return [];
  const { name, browser_download_url: address, url, digest } = asset;
  if (typeof name !== "string" || typeof address !== "string") return [];
  const sha256 = typeof digest === "string" ? /^sha256:([0-9a-f]{64})$/i.exec(digest)?.[1] : undefined;
  const apiAddress = typeof url === "string" ? url : undefined;
  return [{ name, address, apiAddress, sha256: sha256?.toLowerCase() }];
}

function noRelease(url: URL, cause?: unknown): SkillError {
  return new SkillError("SKILL_SOURCE", `${shown(url)} answered with something that is no release`, {
    cause,
  });
}
