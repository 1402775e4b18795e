// A package that comes over the network: into the download cache, then unpacked.

import type { Downloads } from "../downloads/downloads.js";
import type { HttpRequest } from "../downloads/http-client.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { SourceContext, SourceProgress } from "./source.js";
import { topFolder, unpackPackage } from "./unpack.js";

/** Skills are text; this is room for whatever else somebody ships with one. */
const packageLimitBytes = 256 << 20;

/**
 * Downloads a zip archive with the folder of a skill and stages it.
 *
 * @throws as `ResolvedPackage.stage`
 */
export async function stageDownload(
  downloads: Downloads,
  request: HttpRequest & { readonly sha256: string },
  { skillId, version }: Pick<ResolvedPackage, "skillId" | "version">,
  stagingDir: string,
  context: SourceContext,
): Promise<void> {
  const phase = "downloading_archive";
  context.progress({ phase, status: "started" });
  const { path, bytes, cached } = await downloads.file(
    context.cacheDir,
    { ...request, label: `skill-${skillId}-${version}`, extension: ".zip", limitBytes: packageLimitBytes },
    {
      signal: context.signal,
      progress: (done, total) => context.progress(downloadProgress(done, total)),
    },
  );
  context.progress({ phase, status: cached ? "cached" : "completed", bytesDone: bytes, bytesTotal: bytes });
  const archive = { path, format: "zip", place: topFolder(skillId) } as const;
  await unpackPackage(archive, { skillId, version }, stagingDir, context);
}

/** The event of some bytes of a download. */
export function downloadProgress(bytesDone: number, bytesTotal: number | undefined): SourceProgress {
  const event = { phase: "downloading_archive", status: "progress", bytesDone } as const;
  return bytesTotal === undefined ? event : { ...event, bytesTotal };
}
