// Skill packages as releases of GitHub repositories: `<id>-v<version>-skill.zip` beside `<id>-v<version>-checksums.txt`, in
// the repository that bears the id of the skill.

import { SkillError } from "../../packages/errors.js";
import { identifierProblem } from "../../packages/identifier.js";
import { versionProblem } from "../../packages/version.js";
import type { Downloads } from "../downloads/downloads.js";
import { checksumOf } from "../github/checksums.js";
import { GithubReleases, type Release, repositoryOf } from "../github/releases.js";
import { stageDownload } from "./download-package.js";
import type { SourceSettings } from "./options.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, PackageSource, SourceContext } from "./source.js";
import { describeWish, highestOf, type VersionWish, versionWish } from "./version-wish.js";

export class GithubSource implements PackageSource {
  readonly type = "github";
  readonly #settings: SourceSettings;
  readonly #downloads: Downloads;
  readonly #releases: GithubReleases;

  constructor(settings: SourceSettings, downloads: Downloads) {
    this.#settings = settings;
    this.#downloads = downloads;
    this.#releases = new GithubReleases(settings.github, downloads);
  }

  locatorOf(locator: string): string {
    return repositoryOf(locator, this.#settings.github);
  }

  skillIdOf({ skillId, locator }: PackageRequest): string {
    const repository = repositoryOf(locator, this.#settings.github);
    const [, name = ""] = repository.split("/");
    const problem = identifierProblem(`the name of the repository ${repository}`, name);
    if (problem !== undefined) throw new SkillError("SKILL_REQUEST", problem);
    if (skillId === undefined || skillId === name) return name;
    throw new SkillError(
      "SKILL_REQUEST",
      `github repository ${repository} holds the skill ${name}, but the request is for ${skillId}`,
    );
  }

  async resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage> {
    const skillId = this.skillIdOf(request);
    const repository = repositoryOf(request.locator, this.#settings.github);
    const wish = versionWish(request.version);
    context.progress({ phase: "resolving_source", status: "started" });
    const release = await this.#find(repository, skillId, wish, context.signal);
    if (release === undefined) {
      throw new SkillError(
        "SKILL_SOURCE",
        `github repository ${repository} has no release of the ${describeWish(wish)}`,
      );
    }
    const { tag, version } = release;
    const problem = versionProblem(`the tag ${tag} of ${repository}`, version);
    if (problem !== undefined) throw new SkillError("SKILL_SOURCE", problem);
    const archive = requireAsset(repository, release, archiveName(skillId, version));
    const checksums = requireAsset(repository, release, `${skillId}-v${version}-checksums.txt`);
    context.progress({ phase: "resolving_source", status: "completed" });
    return {
      skillId,
      version,
      sourceType: this.type,
      locator: repository,
      tag,
      stage: async (stagingDir, { signal, progress }) => {
        const sums = await this.#downloads.text(this.#releases.requestFor(checksums), signal);
        if (sums === undefined)
          throw new SkillError("SKILL_SOURCE", `${checksums.name} of ${repository} is not there`);
        const { sha256, problem } = checksumOf(sums.text, archive.name);
        if (problem !== undefined) throw new SkillError("SKILL_PACKAGE", `${checksums.name}: ${problem}`);
        await stageDownload(
          this.#downloads,
          { ...this.#releases.requestFor(archive), sha256 },
          { skillId, version },
          stagingDir,
          { ...context, signal, progress },
        );
      },
    };
  }

  #find(
    repository: string,
    skillId: string,
    wish: VersionWish,
    signal: AbortSignal | undefined,
  ): Promise<Release | undefined> {
    if (wish.kind === "latest") return this.#releases.latest(repository, signal);
    if (wish.kind === "exact") return this.#releases.ofVersion(repository, wish.version, signal);
    return this.#releases.list(repository, signal).then(releases => {
      // A release whose files are still being uploaded is not there yet.
      const complete = releases.filter(({ version, assets }) =>
        assets.some(({ name }) => name === archiveName(skillId, version)),
      );
      return highestOf(complete, wish.range);
    });
  }
}

function archiveName(skillId: string, version: string): string {
  return `${skillId}-v${version}-skill.zip`;
}

function requireAsset(repository: string, { tag, assets }: Release, wanted: string) {
  const asset = assets.find(({ name }) => name === wanted);
  if (asset !== undefined) return asset;
  throw new SkillError("SKILL_SOURCE", `release ${tag} of ${repository} has no file ${wanted}`);
}
