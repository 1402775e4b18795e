// A copy of a skill in a runtime of its own: whatever its code does to its files, settings and databases happens there, and
// is gone afterwards.

import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type LoadReport, SkillEngine, type SkillEngineOptions } from "../index.js";
import { literal } from "./literal.js";
import { isOutside, type SkillFolder } from "./skill-folder.js";

/**
 * Where the dependencies of the skill come from: the runtime root that has them, or nowhere. Then the skill loads without
 * them, as long as none of its code needs them for that.
 */
export type DependencySource = { runtimeRoot: string } | "none";

const dependencyManifest = "dependencies.yaml";
const dependencyKinds = ["tools", "lua", "ffi"];

export class SkillSandbox implements AsyncDisposable {
  /** Everything of the sandbox lies in it. */
  readonly root: string;
  /** The copy of the skill. */
  readonly skillDir: string;
  readonly engine: SkillEngine;
  readonly #skillId: string;

  private constructor(root: string, skillId: string, engine: SkillEngine) {
    this.root = root;
    this.skillDir = join(root, "skills", skillId);
    this.engine = engine;
    this.#skillId = skillId;
  }

  /** Copies the skill and makes an engine for it; `load` loads it. */
  static async open(skill: SkillFolder, dependencies: DependencySource): Promise<SkillSandbox> {
    // Some systems reach their temporary folder through a link.
    const root = await realpath(await mkdtemp(join(tmpdir(), "luaskills-")));
    try {
      await copySkill(skill, join(root, "skills", skill.id), dependencies !== "none");
      if (dependencies === "none") {
        return new SkillSandbox(root, skill.id, await SkillEngine.create({ runtimeRoot: root }));
      }
      const { runtimeRoot } = dependencies;
      await linkDependencies(skill.id, runtimeRoot, root);
      return new SkillSandbox(root, skill.id, await SkillEngine.create(sandboxOptions(root, runtimeRoot)));
    } catch (error) {
      await removeFolder(root);
      throw error;
    }
  }

  /** @returns why the skill does not load, or undefined */
  async load(): Promise<string | undefined> {
    const report = await this.engine.load([{ name: "ROOT", skillsDir: join(this.root, "skills") }]);
    return problemOf(report, this.#skillId);
  }

  /** The message with paths of the copy as they are in the skill: `<id>/…`, as in tracebacks. */
  relocate(message: string): string {
    // Lua cuts the beginning of long names of files.
    const id = literal(this.#skillId);
    const inCopy = new RegExp(`(?:\\.\\.\\.|/|[A-Za-z]:)[^\\s:'"]*[\\\\/]skills[\\\\/]${id}[\\\\/]`, "g");
    return message.replaceAll(inCopy, `${this.#skillId}/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close({ drainMs: 0 });
    await removeFolder(this.root);
  }
}

/** The runtime root around the root that a skill lies in. */
export function runtimeRootAround({ dir }: SkillFolder): string {
  return dirname(dirname(dir));
}

async function copySkill(skill: SkillFolder, target: string, withDependencies: boolean): Promise<void> {
  const leftOut = withDependencies ? undefined : join(skill.dir, dependencyManifest);
  await mkdir(target, { recursive: true });
  await cp(skill.dir, target, {
    recursive: true,
    verbatimSymlinks: true,
    filter: source => source === skill.dir || (!isOutside(basename(source)) && source !== leftOut),
  });
}

/** What was installed for the skill is used where it is. */
async function linkDependencies(skillId: string, runtimeRoot: string, sandbox: string): Promise<void> {
  for (const kind of dependencyKinds) {
    const installed = join(runtimeRoot, "dependencies", kind, skillId);
    if (!existsSync(installed)) continue;
    const folder = join(sandbox, "dependencies", kind);
    await mkdir(folder, { recursive: true });
    await symlink(installed, join(folder, skillId), "junction");
  }
}

/** Everything of its own, but what the host provides. */
function sandboxOptions(root: string, runtimeRoot: string): SkillEngineOptions {
  return {
    runtimeRoot: root,
    hostToolRoot: join(runtimeRoot, "bin"),
    luaPackagesDir: join(runtimeRoot, "lua_packages"),
    hostFfiRoot: join(runtimeRoot, "libs"),
  };
}

function problemOf({ failed, skipped }: LoadReport, skillId: string): string | undefined {
  const failure = failed.find(skill => skill.skillId === skillId)?.error;
  const reason = skipped.find(skill => skill.skillId === skillId)?.reason;
  return failure ?? (reason === undefined ? undefined : `the skill is not loaded: ${reason}`);
}

/** A process that the skill has started may still be leaving the folder. */
async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
