// Skills in npm packages. The package is a skill folder itself, or its package.json says where the skill folder is:
// `"luaskills": { "skill": "skills/demo" }`. The skill bears the name of that folder, else of the package without scope.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import compareBuild from "semver/functions/compare-build.js";
import valid from "semver/functions/valid.js";
import validRange from "semver/ranges/valid.js";
import { SkillError } from "../../packages/errors.js";
import { identifierProblem } from "../../packages/identifier.js";
import { isJsonObject } from "../../packages/json-object.js";
import type { Json } from "../../vm/index.js";
import { entryPath } from "../archives/entry-path.js";
import type { Downloads } from "../downloads/downloads.js";
import { NpmClient } from "./npm-client.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, PackageSource, SourceContext } from "./source.js";
import { type PackageArchive, unpackPackage } from "./unpack.js";

/** No flags, paths, addresses or aliases: npm would take them for something else than a package of a registry. */
const packageName = /^(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*$/i;
const distributionTag = /^[a-z][a-z0-9._-]*$/i;

interface NpmVersion {
  readonly version: string;
  readonly skillId: string;
  /** Folder of the skill in the package, "" for the package itself. */
  readonly folder: string;
  readonly sha512: string;
}

export class NpmSource implements PackageSource {
  readonly type = "npm";
  readonly #downloads: Downloads;
  readonly #npm: NpmClient;

  constructor(downloads: Downloads, npm: NpmClient = new NpmClient()) {
    this.#downloads = downloads;
    this.#npm = npm;
  }

  locatorOf(locator: string): string {
    return locator;
  }

  /** What the package says decides; without asking it, nobody knows. */
  skillIdOf(request: PackageRequest): string | undefined {
    requireSpec(request);
    return request.skillId;
  }

  async resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage> {
    const name = request.locator;
    const spec = requireSpec(request);
    this.#downloads.requireAllowed(`npm package ${spec}`);
    context.progress({ phase: "resolving_source", status: "started" });
    const fields = ["name", "version", "dist", "luaskills"];
    const answers = await this.#npm.view(spec, fields, context.signal);
    const found = answers.filter(isVersion).sort((a, b) => compareBuild(b.version, a.version))[0];
    if (found === undefined)
      throw new SkillError("SKILL_SOURCE", `npm package ${spec}: there is no such version`);
    const { version, skillId, folder, sha512 } = readVersion(name, found);
    if (request.skillId !== undefined && request.skillId !== skillId) {
      throw new SkillError(
        "SKILL_SOURCE",
        `npm package ${name} holds the skill ${skillId}, but the request is for ${request.skillId}`,
      );
    }
    context.progress({ phase: "resolving_source", status: "completed" });
    return {
      skillId,
      version,
      sourceType: this.type,
      locator: name,
      stage: async (stagingDir, { signal, progress }) => {
        const phase = "downloading_archive";
        progress({ phase, status: "started" });
        await this.#npm.withArchive(`${name}@${version}`, signal, async path => {
          if ((await sha512Of(path)) !== sha512) {
            throw new SkillError(
              "SKILL_PACKAGE",
              `npm package ${name}@${version} does not match its integrity digest`,
            );
          }
          progress({ phase, status: "completed" });
          const archive: PackageArchive = { path, format: "tar_gz", place: inFolder(folder) };
          await unpackPackage(archive, { skillId, version }, stagingDir, { signal, progress });
        });
      },
    };
  }
}

/** @throws SkillError `SKILL_REQUEST` */
function requireSpec({ locator, version }: PackageRequest): string {
  if (!packageName.test(locator)) {
    throw new SkillError(
      "SKILL_REQUEST",
      `npm source must be the name of a package, got ${JSON.stringify(locator)}`,
    );
  }
  const wanted = version?.trim() ?? "";
  if (wanted === "") return locator;
  if (validRange(wanted) === null && !distributionTag.test(wanted)) {
    throw new SkillError(
      "SKILL_REQUEST",
      `version ${JSON.stringify(version)} of npm package ${locator} must be a version, a range or a tag`,
    );
  }
  return `${locator}@${wanted}`;
}

function isVersion(answer: Json): answer is { version: string } & { [key: string]: Json } {
  return isJsonObject(answer) && typeof answer.version === "string" && valid(answer.version) !== null;
}

function readVersion(name: string, found: { version: string } & { [key: string]: Json }): NpmVersion {
  const what = `npm package ${name}@${found.version}`;
  const skill = isJsonObject(found.luaskills ?? null)
    ? (found.luaskills as { [key: string]: Json }).skill
    : undefined;
  if (skill !== undefined && typeof skill !== "string") {
    throw new SkillError("SKILL_PACKAGE", `${what}: luaskills.skill in its package.json must be a path`);
  }
  const { path, problem } = entryPath(skill ?? ".");
  if (problem !== undefined && skill !== undefined && !/^\.?\/?$/.test(skill)) {
    throw new SkillError("SKILL_PACKAGE", `${what}: luaskills.skill ${JSON.stringify(skill)}: ${problem}`);
  }
  const folder = path ?? "";
  const skillId = basename(folder === "" ? name : folder);
  const wrong = identifierProblem("the name of its skill", skillId);
  if (wrong !== undefined) throw new SkillError("SKILL_PACKAGE", `${what}: ${wrong}`);
  const { dist } = found;
  const integrity = isJsonObject(dist ?? null) ? (dist as { [key: string]: Json }).integrity : undefined;
  const sha512 =
    typeof integrity === "string" ? /(?:^|\s)sha512-([A-Za-z0-9+/=]+)/.exec(integrity)?.[1] : undefined;
  if (sha512 === undefined) {
    throw new SkillError("SKILL_PACKAGE", `${what}: its registry gives no SHA-512 digest for it`);
  }
  return { version: found.version, skillId, folder, sha512 };
}

/** Archives of npm have one folder around everything, whatever its name. */
function inFolder(folder: string): PackageArchive["place"] {
  const prefix = folder === "" ? "" : `${folder}/`;
  return path => {
    const slash = path.indexOf("/");
    const inside = slash < 0 ? "" : path.slice(slash + 1);
    if (inside === "") return { problem: "it lies outside of the folder of the package" };
    return { path: inside.startsWith(prefix) ? inside.slice(prefix.length) : null };
  };
}

async function sha512Of(path: string): Promise<string> {
  const hash = createHash("sha512");
  await pipeline(createReadStream(path), hash);
  return hash.digest("base64");
}
