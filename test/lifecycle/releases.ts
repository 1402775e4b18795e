// The API of GitHub for releases, as far as it is asked, with skill packages in them.

import { createHash } from "node:crypto";
import { zipBytes } from "./archives/zip-bytes.js";
import { json, type LoopbackServer, ok } from "./loopback-server.js";
import { answering } from "./runtime.js";

export interface PublishedAsset {
  name: string;
  body: Buffer | string;
}

export interface Published {
  tag: string;
  assets: PublishedAsset[];
  draft?: boolean;
  /** The API says digests of assets. */
  digests?: boolean;
}

/** A package of the skill whose entry `run` answers with its version. */
export function skillZip(skillId: string, version: string, extra: Record<string, string> = {}): Buffer {
  const files = answering(version, version, extra) as Record<string, string>;
  return zipBytes(Object.entries(files).map(([path, data]) => ({ name: `${skillId}/${path}`, data })));
}

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A release as `luaskills pack` and the original make them: archive and checksum file. */
export function skillRelease(
  skillId: string,
  version: string,
  archive = skillZip(skillId, version),
): Published {
  const name = `${skillId}-v${version}-skill.zip`;
  const checksums = `${sha256(archive)} *${name}\n`;
  return {
    tag: `v${version}`,
    assets: [
      { name, body: archive },
      { name: `${skillId}-v${version}-checksums.txt`, body: checksums },
    ],
  };
}

/** Publishes releases of a repository, the latest one first. */
export function publish(server: LoopbackServer, repo: string, releases: readonly Published[]): void {
  const described = releases.map(({ tag, assets, draft = false, digests = false }) => ({
    tag_name: tag,
    draft,
    assets: assets.map(({ name, body }) => ({
      name,
      browser_download_url: `https://github.com/${repo}/releases/download/${tag}/${name}`,
      ...(digests ? { digest: `sha256:${sha256(body)}` } : {}),
    })),
  }));
  const [latest] = described;
  if (latest !== undefined) server.on(`/api/repos/${repo}/releases/latest`, json(latest));
  server.on(`/api/repos/${repo}/releases?per_page=100&page=1`, json(described));
  for (const release of described)
    server.on(`/api/repos/${repo}/releases/tags/${release.tag_name}`, json(release));
  for (const { tag, assets } of releases) {
    for (const { name, body } of assets)
      server.on(`/files/${repo}/releases/download/${tag}/${name}`, ok(body));
  }
}

/** Options of an engine whose GitHub is the server. */
export function githubAt(server: LoopbackServer, token?: string) {
  return {
    baseUrl: `${server.base}/files`,
    apiBaseUrl: `${server.base}/api`,
    ...(token === undefined ? {} : { token }),
  };
}
