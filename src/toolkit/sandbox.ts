// A copy of a skill in a runtime of its own: whatever its code does to its files, settings and databases happens there, and
// is gone afterwards.

import { cp, mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type LoadReport, SkillEngine, type SkillEngineOptions } from "../index.js";
import { isOutside, type SkillFolder } from "./skill-folder.js";

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
  static async open(skill: SkillFolder, options: SkillEngineOptions = {}): Promise<SkillSandbox> {
    // Some systems reach their temporary folder through a link.
    const root = await realpath(await mkdtemp(join(tmpdir(), "luaskills-")));
    try {
      const skillDir = join(root, "skills", skill.id);
      await mkdir(skillDir, { recursive: true });
      await cp(skill.dir, skillDir, {
        recursive: true,
        verbatimSymlinks: true,
        filter: source => source === skill.dir || !isOutside(basename(source)),
      });
      const engine = await SkillEngine.create({ ...options, runtimeRoot: root });
      return new SkillSandbox(root, skill.id, engine);
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
    const inCopy = new RegExp(
      `(?:\\.\\.\\.|/|[A-Za-z]:)[^\\s:'"]*[\\\\/]skills[\\\\/]${this.#skillId}[\\\\/]`,
      "g",
    );
    return message.replaceAll(inCopy, `${this.#skillId}/`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close({ drainMs: 0 });
    await removeFolder(this.root);
  }
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
