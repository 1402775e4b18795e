// The dependencies of skills: found where somebody put them, else downloaded where the host allows it, and taken away
// when no skill needs them any more.

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { FileLocks } from "../../files/file-lock.js";
import { SkillError } from "../../packages/errors.js";
import { PackageFiles } from "../../packages/package-files.js";
import {
  dependencyDirs,
  dependencyLockDir,
  downloadCacheDir,
  type HostPaths,
  hostProvidedDirs,
} from "../../packages/paths.js";
import type { SkillFolder } from "../../packages/roots.js";
import type { Downloads } from "../downloads/downloads.js";
import { GithubReleases } from "../github/releases.js";
import type { SourceSettings } from "../sources/options.js";
import type { SourceProgress } from "../sources/source.js";
import { FileDigests } from "./digests.js";
import { readLock, writeLock } from "./lock-file.js";
import { type Dependency, parseDependencies } from "./manifest.js";
import { platformName } from "./platform.js";
import { Preparation } from "./preparation.js";
import { removeFolders, removeUnused } from "./removal.js";
import type { DependencyReport, DependencyState } from "./report.js";

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (event: DependencyProgress) => void;
}

/** Bytes of the download of one dependency. */
export interface DependencyProgress extends SourceProgress {
  readonly skillId: string;
  readonly name: string;
}

/** What could not be removed. Nothing depends on it: it only takes room. */
export interface Removal {
  readonly problems: readonly string[];
}

/** A required dependency is missing. */
export class MissingDependencies extends SkillError {
  readonly report: DependencyReport;

  constructor(report: DependencyReport) {
    const missing = report.dependencies.filter(({ status, required }) => status === "missing" && required);
    super(
      "SKILL_DEPENDENCY",
      missing.map(state => `${describe(state)} is missing: ${state.reason}`).join("; "),
    );
    this.report = report;
  }
}

const manifestName = "dependencies.yaml";
const manifestLimitBytes = 1 << 20;

export class Dependencies implements Disposable {
  readonly #paths: HostPaths;
  readonly #downloads: Downloads;
  readonly #releases: GithubReleases;
  readonly #platform: string | undefined;
  readonly #digests = new FileDigests();
  readonly #locks = new FileLocks();

  /** @param platform as dependencies.yaml names platforms; default the one that this process runs on, if it has a name */
  constructor(
    paths: HostPaths,
    settings: SourceSettings,
    downloads: Downloads,
    platform: string | undefined = platformName(process.platform, process.arch),
  ) {
    this.#paths = paths;
    this.#downloads = downloads;
    this.#releases = new GithubReleases(settings.github, downloads);
    this.#platform = platform;
  }

  /**
   * Makes sure that what a skill needs is in place. The files lie in folders of the root and the skill id, wherever the
   * skill folder itself is.
   *
   * @returns undefined, at once, for a skill without dependencies.yaml
   * @throws SkillError `SKILL_DEPENDENCY` for a manifest that breaks its rules; `MissingDependencies`; what the signal was
   *   aborted with
   */
  prepare(skill: SkillFolder, options: PrepareOptions = {}): Promise<DependencyReport> | undefined {
    return existsSync(join(skill.skillDir, manifestName)) ? this.#prepare(skill, options) : undefined;
  }

  /**
   * What `prepare` would find, without writing or downloading anything.
   *
   * @throws SkillError `SKILL_DEPENDENCY` for a manifest that breaks its rules
   */
  async inspect(skill: SkillFolder): Promise<DependencyReport> {
    const preparation = await this.#begin(skill, readManifest(skill.skillDir), {});
    return report(skill, await preparation.look());
  }

  /**
   * Removes what was put in place for a skill and its dependencies.yaml does not name any more.
   *
   * @param skillDir the folder of the version that stays; it may not be there
   * @param keepAdopted for a version that came to nothing: what somebody put there by hand was there before it
   */
  async removeStale(
    { skillId, root }: Pick<SkillFolder, "skillId" | "root">,
    skillDir: string,
    { keepAdopted = false }: { keepAdopted?: boolean } = {},
  ): Promise<Removal> {
    const skill = { skillId, root, skillDir };
    const lockFile = this.#lockFile(skill);
    return collectProblem(async () => {
      if ((await readLock(lockFile)).size === 0) return [];
      return this.#exclusively(skill, {}, async () => {
        const preparation = await this.#begin(skill, readManifest(skillDir), {});
        const used = await preparation.folders();
        const { kept, problems } = await removeUnused(
          dependencyDirs(this.#paths, root, skillId),
          preparation.lock,
          (key, { origin }) => used.has(key) || (keepAdopted && origin === "adopted"),
          this.#platform,
        );
        await writeLock(lockFile, kept);
        return problems;
      });
    });
  }

  /** Removes every dependency of a skill; what the host provides stays. */
  async removeAll({ skillId, root }: Pick<SkillFolder, "skillId" | "root">): Promise<Removal> {
    const skill = { skillId, root, skillDir: "" };
    const folders = Object.values(dependencyDirs(this.#paths, root, skillId));
    return collectProblem(async () => {
      const lockFile = this.#lockFile(skill);
      if (![...folders, lockFile].some(path => existsSync(path))) return [];
      return this.#exclusively(skill, {}, async () => {
        const problems = await removeFolders(folders);
        await writeLock(lockFile, new Map());
        return problems;
      });
    });
  }

  /** Work that is under way ends with its signal. */
  [Symbol.dispose](): void {
    this.#locks[Symbol.dispose]();
  }

  async #prepare(skill: SkillFolder, options: PrepareOptions): Promise<DependencyReport> {
    const dependencies = readManifest(skill.skillDir);
    const signal = this.#downloads.untilStopped(options.signal);
    try {
      const states = await this.#states(skill, dependencies, { ...options, signal });
      return settle(report(skill, states));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SkillError) throw error;
      const { message } = error as Error;
      throw new SkillError("SKILL_DEPENDENCY", `dependencies of ${skill.skillId}: ${message}`, {
        cause: error,
      });
    }
  }

  async #states(
    skill: SkillFolder,
    dependencies: readonly Dependency[],
    options: PrepareOptions & { readonly signal: AbortSignal },
  ): Promise<DependencyState[]> {
    const glance = await this.#begin(skill, dependencies, options);
    const seen = await glance.look();
    if (!glance.hasWork) return seen;
    try {
      // Whoever has the lock may be downloading, which takes as long as it takes.
      const patience = { waitMs: Number.POSITIVE_INFINITY, signal: options.signal };
      return await this.#exclusively(skill, patience, async () => {
        // Another process may have done it meanwhile.
        const preparation = await this.#begin(skill, dependencies, options);
        const states = await preparation.work();
        if (preparation.changed) await writeLock(this.#lockFile(skill), preparation.lock);
        return states;
      });
    } catch (error) {
      // Folders that cannot be written hold what they hold: that it cannot be recorded is no reason not to use it.
      if (isReadOnly(error)) return seen.map(state => withReason(state, error as Error));
      throw error;
    }
  }

  async #begin(
    skill: SkillFolder,
    dependencies: readonly Dependency[],
    { signal, progress }: PrepareOptions,
  ): Promise<Preparation> {
    const { skillId, root } = skill;
    return new Preparation(
      {
        skillId,
        dirs: dependencyDirs(this.#paths, root, skillId),
        hostDirs: hostProvidedDirs(this.#paths, root),
        cacheDir: downloadCacheDir(this.#paths, root),
        platform: this.#platform,
        digests: this.#digests,
        releases: this.#releases,
        downloads: this.#downloads,
        signal: this.#downloads.untilStopped(signal),
        progress: (name, event) => progress?.({ ...event, skillId, name }),
      },
      dependencies,
      await readLock(this.#lockFile(skill)),
    );
  }

  /** One process at a time works on the dependencies of a root. */
  async #exclusively<T>(
    { root }: SkillFolder,
    patience: { readonly waitMs?: number; readonly signal?: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T> {
    const folder = dependencyLockDir(this.#paths, root);
    await mkdir(folder, { recursive: true });
    const release = await this.#locks.acquire(join(folder, ".lock"), patience);
    try {
      return await work();
    } finally {
      release();
    }
  }

  #lockFile({ skillId, root }: SkillFolder): string {
    return join(dependencyLockDir(this.#paths, root), `${skillId}.json`);
  }
}

/** A dependency, as messages name it. */
export function describe({
  kind,
  name,
  version,
}: Pick<DependencyState, "kind" | "name" | "version">): string {
  const what = { tool: "tool", lua: "Lua package", ffi: "library" }[kind];
  return `${what} ${name}${version === undefined ? "" : ` ${version}`}`;
}

function readManifest(skillDir: string): Dependency[] {
  if (!existsSync(join(skillDir, manifestName))) return [];
  const { text, problem } = new PackageFiles(skillDir).read(manifestName, manifestLimitBytes);
  if (problem !== undefined) throw new SkillError("SKILL_DEPENDENCY", `${manifestName}: ${problem}`);
  return parseDependencies(text);
}

function report({ skillId }: SkillFolder, dependencies: readonly DependencyState[]): DependencyReport {
  return { skillId, dependencies };
}

function settle(found: DependencyReport): DependencyReport {
  if (found.dependencies.some(({ status, required }) => status === "missing" && required)) {
    throw new MissingDependencies(found);
  }
  return found;
}

function withReason(state: DependencyState, error: Error): DependencyState {
  return state.status === "missing" ? { ...state, reason: `${state.reason}: ${error.message}` } : state;
}

function isReadOnly(error: unknown): boolean {
  return ["EROFS", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException)?.code ?? "");
}

async function collectProblem(remove: () => Promise<readonly string[]>): Promise<Removal> {
  try {
    return { problems: await remove() };
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
}
