// A skill folder on this machine, copied.

import type { Dirent, Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { SkillError } from "../../packages/errors.js";
import { identifierProblem } from "../../packages/identifier.js";
import { entryPath, shownName } from "../archives/entry-path.js";
import { EntrySet } from "../archives/entry-set.js";
import { packageLimits } from "../archives/limits.js";
import { readChunks, type StagedTree } from "../archives/staged-tree.js";
import { packageVersion } from "./package-check.js";
import type { ResolvedPackage } from "./resolved-package.js";
import type { PackageRequest, PackageSource, SourceContext } from "./source.js";
import { stageTree } from "./unpack.js";
import { describeWish, satisfies, versionWish } from "./version-wish.js";

/** What people have beside their code and nobody means to install. */
const leftBehind = new Set([".git", ".hg", ".svn", "node_modules"]);

export class FolderSource implements PackageSource {
  readonly type = "folder";

  locatorOf(locator: string): string {
    return requirePath("folder", locator);
  }

  /** A checkout may have any name, so that the request may give another id. */
  skillIdOf({ skillId, locator }: PackageRequest): string {
    const folder = requirePath("folder", locator);
    const id = skillId ?? basename(folder);
    const problem = identifierProblem(
      skillId === undefined ? `the name of the folder ${folder}` : "skill id",
      id,
    );
    if (problem !== undefined) throw new SkillError("SKILL_REQUEST", problem);
    return id;
  }

  async resolve(request: PackageRequest, context: SourceContext): Promise<ResolvedPackage> {
    const skillId = this.skillIdOf(request);
    const folder = requirePath("folder", request.locator);
    context.progress({ phase: "resolving_source", status: "started" });
    const stats = await requireThere("folder", folder);
    if (!stats.isDirectory()) throw new SkillError("SKILL_SOURCE", `${folder} is not a folder`);
    const version = packageVersion(folder, folder);
    requireWish(folder, version, request.version);
    context.progress({ phase: "resolving_source", status: "completed" });
    return {
      skillId,
      version,
      sourceType: this.type,
      locator: folder,
      stage: (stagingDir, stageContext) =>
        stageTree(stagingDir, stageContext, async (tree, report) => {
          const copy = new FolderCopy(folder, skillId, tree, report, stageContext.signal);
          await copy.run("");
          const staged = packageVersion(folder, join(stagingDir, skillId));
          if (staged === version) return;
          throw new SkillError(
            "SKILL_PACKAGE",
            `${folder} changed to version ${staged} meanwhile; try again`,
          );
        }),
    };
  }
}

/** The absolute path of a locator. @throws SkillError `SKILL_REQUEST` */
export function requirePath(what: string, locator: string): string {
  if (locator !== "" && !locator.includes("\0")) return resolve(locator);
  throw new SkillError("SKILL_REQUEST", `${what} source must be a path, got ${JSON.stringify(locator)}`);
}

/** @throws SkillError `SKILL_SOURCE` unless something is there */
export async function requireThere(what: string, path: string): Promise<Stats> {
  return stat(path).catch(error => {
    throw new SkillError("SKILL_SOURCE", `${what} ${path} cannot be read: ${error.message}`, {
      cause: error,
    });
  });
}

/** @throws SkillError `SKILL_SOURCE` unless the version that is there is the one that is asked for */
export function requireWish(what: string, version: string, wanted: string | undefined): void {
  const wish = versionWish(wanted);
  if (satisfies(version, wish)) return;
  throw new SkillError(
    "SKILL_SOURCE",
    `${what} has version ${version}, but the request is for the ${describeWish(wish)}`,
  );
}

class FolderCopy {
  readonly #folder: string;
  readonly #skillId: string;
  readonly #tree: StagedTree;
  readonly #report: (bytes: number) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #names = new EntrySet(packageLimits);

  constructor(
    folder: string,
    skillId: string,
    tree: StagedTree,
    report: (bytes: number) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#folder = folder;
    this.#skillId = skillId;
    this.#tree = tree;
    this.#report = report;
    this.#signal = signal;
  }

  /** @param inside path of the folder in the skill folder, "" for the skill folder itself */
  async run(inside: string): Promise<void> {
    for (const entry of await readdir(join(this.#folder, inside), { withFileTypes: true })) {
      this.#signal?.throwIfAborted();
      if (leftBehind.has(entry.name)) continue;
      const name = inside === "" ? entry.name : `${inside}/${entry.name}`;
      const path = this.#check(name, entry);
      if (entry.isDirectory()) {
        await this.run(path);
      } else {
        await this.#copy(path);
      }
    }
  }

  #check(name: string, entry: Dirent): string {
    const { path, problem } = entryPath(name);
    if (problem !== undefined) throw this.#refuse(name, problem);
    // A link would let a package carry files that its author does not own.
    if (entry.isSymbolicLink()) throw this.#refuse(name, "it is a symbolic link");
    if (!entry.isFile() && !entry.isDirectory())
      throw this.#refuse(name, "it is a device, a pipe or a socket");
    return path;
  }

  async #copy(path: string): Promise<void> {
    const file = join(this.#folder, path);
    const { size } = await stat(file);
    const problem = this.#names.add(path, size);
    if (problem !== undefined) throw this.#refuse(path, problem);
    await this.#tree.write(`${this.#skillId}/${path}`, readChunks(file), { signal: this.#signal });
    this.#report(size);
  }

  #refuse(name: string, reason: string): SkillError {
    return new SkillError(
      "SKILL_PACKAGE",
      `folder ${this.#folder} is refused: ${shownName(name)}: ${reason}`,
    );
  }
}
