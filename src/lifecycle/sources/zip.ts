// A package archive on this machine.

import { basename } from "node:path";
import { SkillError } from "../../packages/errors.js";
import { identifierProblem } from "../../packages/identifier.js";
import { eachFile } from "../archives/archive.js";
import { packageLimits } from "../archives/limits.js";
import { refuseArchive } from "../archives/refusal.js";
import { requirePath, requireThere, requireWish } from "./folder.js";
import { manifestVersion } from "./package-check.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, PackageSource, SourceContext } from "./source.js";
import { topFolder, unpackPackage } from "./unpack.js";

const manifestLimitBytes = 1 << 20;

export class ZipSource implements PackageSource {
  readonly type = "zip";

  locatorOf(locator: string): string {
    return requirePath("zip", locator);
  }

  /** The top folder of the archive says it, or has to agree. */
  skillIdOf({ skillId, locator }: PackageRequest): string | undefined {
    requirePath("zip", locator);
    return skillId;
  }

  async resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage> {
    const path = requirePath("zip", request.locator);
    context.progress({ phase: "resolving_source", status: "started" });
    const stats = await requireThere("archive", path);
    if (!stats.isFile()) throw new SkillError("SKILL_SOURCE", `${path} is not a file`);
    const { top, version } = await readPackage(path);
    if (request.skillId !== undefined && request.skillId !== top) {
      throw new SkillError(
        "SKILL_PACKAGE",
        `archive ${path} holds the skill ${top}, but the request is for ${request.skillId}`,
      );
    }
    requireWish(path, version, request.version);
    context.progress({ phase: "resolving_source", status: "completed" });
    return {
      skillId: top,
      version,
      sourceType: this.type,
      locator: path,
      stage: (stagingDir, stageContext) =>
        unpackPackage(
          { path, format: "zip", place: topFolder(top) },
          { skillId: top, version },
          stagingDir,
          stageContext,
        ),
    };
  }
}

/** What the archive says it is: the name of its only top folder, and the version in the manifest there. */
async function readPackage(path: string): Promise<{ top: string; version: string }> {
  const archive = basename(path);
  const tops = new Set<string>();
  let manifest: string | undefined;
  await eachFile(path, "zip", { limits: packageLimits }, async file => {
    const [top = "", ...rest] = file.path.split("/");
    tops.add(top);
    if (rest.join("/") !== "skill.yaml" || file.size > manifestLimitBytes) return;
    const chunks: Buffer[] = [];
    for await (const chunk of file.content()) chunks.push(chunk);
    manifest = Buffer.concat(chunks).toString("utf8");
  });
  const [top] = tops;
  if (top === undefined) throw refuseArchive(archive, "there is no file in it");
  if (tops.size > 1) {
    const found = [...tops].slice(0, 3).join(", ");
    throw refuseArchive(archive, `it must hold one folder, named after the skill, but it holds ${found}`);
  }
  if (manifest === undefined) throw refuseArchive(archive, `there is no ${top}/skill.yaml in it`);
  const problem = identifierProblem("the name of its folder", top);
  if (problem !== undefined) throw refuseArchive(archive, problem);
  return { top, version: manifestVersion(archive, manifest) };
}
