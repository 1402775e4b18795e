// One pass over the dependencies of one skill.

import { existsSync } from "node:fs";
import { relative, sep } from "node:path";
import { SkillError } from "../../packages/errors.js";
import type { Downloads } from "../downloads/downloads.js";
import type { GithubReleases } from "../github/releases.js";
import { downloadProgress } from "../sources/download-package.js";
import type { SourceProgress } from "../sources/source.js";
import type { FileDigests } from "./digests.js";
import { installFiles, markExecutable } from "./install.js";
import type { Lock, LockedDependency } from "./lock-file.js";
import type { Dependency, DependencyExport } from "./manifest.js";
import { candidatePlaces, type Place, placeOf } from "./places.js";
import { type Finding, pinnedDigest, probeHostPlace, probePlace } from "./probe.js";
import type { DependencyKind, DependencyState } from "./report.js";
import { noPackage, resolveDependency } from "./resolve.js";

type KindDirs = Readonly<Record<"tools" | "lua" | "ffi", string>>;

export interface PreparationParts {
  readonly skillId: string;
  /** Folders of the skill's dependencies, by kind. */
  readonly dirs: KindDirs;
  /** Folders of what the host provides, by kind. */
  readonly hostDirs: KindDirs;
  readonly cacheDir: string;
  readonly platform: string | undefined;
  readonly digests: FileDigests;
  readonly releases: GithubReleases;
  readonly downloads: Downloads;
  readonly signal: AbortSignal;
  readonly progress: (name: string, event: SourceProgress) => void;
}

const dirOf: Readonly<Record<DependencyKind, keyof KindDirs>> = { tool: "tools", lua: "lua", ffi: "ffi" };
const longestFile = 2_048 * (1 << 20);

export class Preparation {
  readonly #parts: PreparationParts;
  readonly #dependencies: readonly Dependency[];
  readonly #lock: Map<string, LockedDependency>;
  #changed = false;
  #hasWork = false;

  constructor(parts: PreparationParts, dependencies: readonly Dependency[], lock: Lock) {
    this.#parts = parts;
    this.#dependencies = dependencies;
    this.#lock = new Map(lock);
  }

  /** What is known after this pass. */
  get lock(): Lock {
    return this.#lock;
  }

  /** True if the lock is to be written. */
  get changed(): boolean {
    return this.#changed;
  }

  /** True if there is something that `work` would record or try to install. */
  get hasWork(): boolean {
    return this.#hasWork;
  }

  /** Looks, and changes nothing. */
  async look(): Promise<DependencyState[]> {
    const states: DependencyState[] = [];
    for (const dependency of this.#dependencies) {
      const finding = await this.#find(dependency);
      if (dependency.scope === "skill") {
        this.#hasWork ||=
          finding.kind === "present"
            ? this.#isNews(finding.place, finding.record)
            : this.#mayInstall(dependency);
      }
      states.push(this.#state(dependency, finding));
    }
    return states;
  }

  /** Records what is in place and installs what is not. */
  async work(): Promise<DependencyState[]> {
    const states: DependencyState[] = [];
    for (const dependency of this.#dependencies) states.push(await this.#workOn(dependency));
    return states;
  }

  /** Folders in which dependencies of the skill are now. */
  async folders(): Promise<Set<string>> {
    const folders = new Set<string>();
    for (const dependency of this.#dependencies) {
      const finding = await this.#find(dependency);
      if (finding.kind !== "absent") folders.add(this.#key(finding.place));
    }
    return folders;
  }

  async #workOn(dependency: Dependency): Promise<DependencyState> {
    const finding = await this.#find(dependency);
    if (dependency.scope === "host") return this.#state(dependency, finding);
    if (finding.kind === "present") {
      if (finding.adopted) await markExecutable(finding.place);
      const settled = finding.adopted ? await this.#find(dependency) : finding;
      if (settled.kind === "present") this.#keep(settled.place, settled.record);
      return this.#state(dependency, finding);
    }
    try {
      return await this.#install(dependency);
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      return this.#missing(dependency, finding, error);
    }
  }

  /** False where trying would only make folders. */
  #mayInstall({ packages, source }: Dependency): boolean {
    const { platform, downloads, cacheDir } = this.#parts;
    if (platform === undefined) return false;
    const found = packages.get(platform);
    if (downloads.allowed) return found !== undefined || source.type === "skilllist";
    return source.type === "url" && found?.sha256 !== undefined && existsSync(cacheDir);
  }

  async #install(dependency: Dependency): Promise<DependencyState> {
    const { platform, releases, downloads, signal, cacheDir, progress, skillId } = this.#parts;
    if (platform === undefined) throw new SkillError("SKILL_DEPENDENCY", noPlatform);
    const found = await resolveDependency(dependency, platform, releases, downloads, signal);
    const { archiveType, exports } = found.package;
    const root = this.#parts.dirs[dirOf[dependency.kind]];
    const place = placeOf(root, dependency, platform, exports, found.release);
    const recorded = this.#lock.get(this.#key(place));
    // Which place it is, and which files belong to it, may be known only now.
    const there = await probePlace(place, recorded, pinnedDigest(found.package), this.#parts.digests);
    if (there.kind === "present") {
      this.#keep(place, there.record);
      return this.#state(dependency, there);
    }
    const source = `${found.request.url.origin}${found.request.url.pathname}`;
    // What came from the same address before is what is wanted again.
    const sha256 = found.sha256 ?? (recorded?.source === source ? recorded.archiveSha256 : undefined);
    const { version } = found.release;
    const download = await downloads.file(
      cacheDir,
      {
        ...found.request,
        sha256,
        label: [dependency.kind, dependency.name, version, platform]
          .filter(part => part !== undefined)
          .join("-"),
        extension: { zip: ".zip", tar_gz: ".tar.gz", raw: "" }[archiveType],
        limitBytes: longestFile,
      },
      { signal, progress: (done, total) => progress(dependency.name, downloadProgress(done, total)) },
    );
    await installFiles(download.path, archiveType, place, signal);
    const record = { origin: "download", source, archiveSha256: download.sha256 } as const;
    const finding = await probePlace(place, { ...record, files: new Map() }, undefined, this.#parts.digests);
    if (finding.kind !== "present") {
      throw new SkillError(
        "SKILL_DEPENDENCY",
        `its files are not in ${place.folder} after it was installed for ${skillId}`,
      );
    }
    this.#keep(place, finding.record);
    return { ...this.#about(dependency, place), status: "installed" };
  }

  /** The first place in which it is; else one in which something else is. */
  async #find(dependency: Dependency): Promise<Finding> {
    const { platform } = this.#parts;
    if (platform === undefined) return { kind: "absent" };
    const found = dependency.packages.get(platform);
    const pinned = found === undefined || dependency.scope === "host" ? undefined : pinnedDigest(found);
    let altered: Finding | undefined;
    for (const place of await this.#places(dependency, platform, found?.exports)) {
      const record = this.#lock.get(this.#key(place));
      const finding =
        dependency.scope === "host"
          ? probeHostPlace(place)
          : await probePlace(place, record, pinned, this.#parts.digests);
      if (finding.kind === "present") return finding;
      if (finding.kind === "altered") altered ??= finding;
    }
    return altered ?? { kind: "absent" };
  }

  async #places(
    dependency: Dependency,
    platform: string,
    exports: readonly DependencyExport[] | undefined,
  ): Promise<Place[]> {
    const root = this.#root(dependency);
    // Without a single file to look for, every place would do.
    if (exports?.length === 0) return [];
    if (exports !== undefined) return candidatePlaces(root, dependency, platform, exports);
    // Which files belong to it is in an index on the network, but those that came from there were recorded.
    const places = await candidatePlaces(root, dependency, platform, []);
    return places.flatMap(place => {
      const record = this.#lock.get(this.#key(place));
      if (record === undefined) return [];
      const files = [...record.files.keys()].map(path => ({ path, archivePath: path, executable: false }));
      return [{ ...place, files }];
    });
  }

  #root({ kind, scope }: Dependency): string {
    const { dirs, hostDirs } = this.#parts;
    return (scope === "host" ? hostDirs : dirs)[dirOf[kind]];
  }

  /** Name of a place in the lock: kind, name, version, platform. */
  #key({ folder }: Place): string {
    for (const [kind, dir] of Object.entries(this.#parts.dirs)) {
      const inside = relative(dir, folder);
      if (!inside.startsWith("..")) return [kind, ...inside.split(sep)].join("/");
    }
    return folder;
  }

  #isNews(place: Place, record: LockedDependency): boolean {
    return this.#lock.get(this.#key(place)) !== record;
  }

  #keep(place: Place, record: LockedDependency): void {
    if (!this.#isNews(place, record)) return;
    this.#lock.set(this.#key(place), record);
    this.#changed = true;
  }

  #state(dependency: Dependency, finding: Finding): DependencyState {
    if (finding.kind !== "present") return this.#missing(dependency, finding, undefined);
    return { ...this.#about(dependency, finding.place), status: finding.adopted ? "adopted" : "present" };
  }

  /** @param error why it could not be installed; undefined when nobody tried */
  #missing(dependency: Dependency, finding: Finding, error: unknown): DependencyState {
    const { platform, downloads } = this.#parts;
    const wanted = platform === undefined ? undefined : dependency.packages.get(platform);
    const place =
      finding.kind === "altered"
        ? finding.place
        : placeOf(this.#root(dependency), dependency, platform ?? "unknown", [], {
            version: dependency.version,
            tag: undefined,
          });
    const files = wanted?.exports.map(({ targetPath }) => targetPath).join(", ") || "its files";
    const reasons: string[] = [];
    if (finding.kind === "altered") reasons.push(finding.problem);
    if (platform === undefined) {
      reasons.push(noPlatform);
    } else if (dependency.scope === "host") {
      reasons.push(`the host has to provide it: put ${files} into ${place.folder}`);
    } else if (wanted === undefined && dependency.source.type !== "skilllist") {
      reasons.push(noPackage(dependency.packages, platform));
    } else if (!downloads.allowed) {
      reasons.push(
        `network download is disabled by host policy (option allowNetworkDownload): allow it, or put ${files} into ${place.folder}`,
      );
    } else {
      reasons.push(error instanceof Error ? error.message : "it is not installed yet");
    }
    return { ...this.#about(dependency, place), status: "missing", reason: reasons.join("; ") };
  }

  #about({ kind, name, version, required, scope }: Dependency, { folder, release }: Place) {
    const known = version ?? release.version;
    return { kind, name, ...(known === undefined ? {} : { version: known }), required, scope, folder };
  }
}

const noPlatform = `dependencies.yaml has no name for this platform (${process.platform}-${process.arch})`;
