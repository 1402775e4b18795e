// A package that a remote manifest describes.

import { SkillError } from "../../packages/errors.js";
import { shown } from "../downloads/address.js";
import type { Downloads } from "../downloads/downloads.js";
import type { HttpRequest } from "../downloads/http-client.js";
import { stageDownload } from "./download-package.js";
import { parseRemoteManifest } from "./remote-manifest.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, SourceContext, SourceType } from "./source.js";
import { describeWish, satisfies, versionWish } from "./version-wish.js";

export interface ManifestPlace {
  readonly sourceType: SourceType;
  /** Names of the source type in manifests. */
  readonly names: readonly string[];
  readonly locator: string;
  readonly manifest: HttpRequest;
}

/**
 * Fetches the manifest, anew each time, and holds it against the request.
 *
 * @throws SkillError `SKILL_SOURCE`, `SKILL_DENIED`
 */
export async function resolveDescribed(
  downloads: Downloads,
  place: ManifestPlace,
  request: PackageRequest,
  context: SourceContext,
): Promise<ResolvedPackage> {
  const { manifest, sourceType, locator } = place;
  const where = shown(manifest.url);
  const wish = versionWish(request.version);
  context.progress({ phase: "fetching_manifest", status: "started" });
  const answer = await downloads.text(manifest, context.signal);
  if (answer === undefined) {
    const wanted =
      request.skillId === undefined ? "no package" : `no ${describeWish(wish)} of ${request.skillId}`;
    throw new SkillError("SKILL_SOURCE", `there is ${wanted} at ${where}`);
  }
  context.progress({ phase: "fetching_manifest", status: "completed" });
  const { skillId, version, archive, update } = parseRemoteManifest(manifest.url, answer.text);
  if (request.skillId !== undefined && request.skillId !== skillId) {
    throw new SkillError(
      "SKILL_SOURCE",
      `package manifest ${where} is about ${skillId}, but the request is for ${request.skillId}`,
    );
  }
  if (!satisfies(version, wish)) {
    throw new SkillError(
      "SKILL_SOURCE",
      `package manifest ${where} has version ${version} of ${skillId}, but the request is for the ${describeWish(wish)}`,
    );
  }
  const problem = manifest.refusal?.(archive.url);
  if (problem !== undefined) {
    throw new SkillError("SKILL_DENIED", `archive ${shown(archive.url)} of ${skillId}: ${problem}`);
  }
  const { refusal } = manifest;
  return {
    skillId,
    version,
    sourceType,
    locator,
    ...(update !== undefined && place.names.includes(update.sourceType) ? { tag: update.tag } : {}),
    stage: (stagingDir, { signal, progress }) =>
      stageDownload(
        downloads,
        { ...archive, ...(refusal === undefined ? {} : { refusal }) },
        { skillId, version },
        stagingDir,
        { ...context, signal, progress },
      ),
  };
}
