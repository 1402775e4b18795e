// A runtime folder of a test: roots with their state beside them, packages to install, and what became of them.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SkillEngine, SkillEngineOptions, SkillRoot } from "luaskills";
import {
  createEngine,
  manifest,
  type Scope,
  type SkillFiles,
  temporaryFolder,
  writeSkill,
} from "../skills/skill-tree.js";

export const rootName = "ROOT";

export interface Runtime {
  /** Temporary, gone with the test. */
  folder: string;
  root: SkillRoot;
  state: string;
  engine: SkillEngine;
}

/** An engine with one empty root in `<folder>/rt/skills`, which does not exist yet. */
export async function emptyRuntime(t: Scope, options?: SkillEngineOptions): Promise<Runtime> {
  const folder = temporaryFolder(t);
  const root = { name: rootName, skillsDir: join(folder, "rt", "skills") };
  const engine = await createEngine(t, options);
  await engine.load([root]);
  return { folder, root, state: join(folder, "rt", "state"), engine };
}

/** A manifest of this version with the entry `run`. */
export function versioned(version: string, extra = ""): string {
  return manifest(["run"], extra).replace("version: 1.0.0", `version: ${version}`);
}

/** Files of a skill whose entry `run` answers with this text. */
export function answering(version: string, answer: string, extra: Record<string, string> = {}): SkillFiles {
  return {
    "skill.yaml": versioned(version),
    "runtime/run.lua": `return function() return ${JSON.stringify(answer)} end`,
    ...extra,
  };
}

/** Writes a package into `<folder>/packages/<skillId>`, in place of the one that is there. @returns its folder */
export function writePackage(folder: string, skillId: string, files: SkillFiles): string {
  const packages = join(folder, "packages");
  rmSync(join(packages, skillId), { recursive: true, force: true });
  mkdirSync(packages, { recursive: true });
  return writeSkill(packages, skillId, files);
}

/** Paths of the files below a folder, with their text; folders that hold none do not show. */
export function tree(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map(path => [path.slice(folder.length + 1), readFileSync(path, "utf8")]));
}

/** What an operation must not leave behind: anything that is staged, backed up or journalled. */
export function litter({ state, root }: Pick<Runtime, "state" | "root">): string[] {
  const folders = ["staging", "backup", "transaction"].map(name => join(state, name));
  folders.push(join(root.skillsDir, ".luaskills"));
  const ended = /"ended":true/;
  return folders.flatMap(folder =>
    Object.entries(tree(folder)).flatMap(([path, text]) => (ended.test(text) ? [] : [path])),
  );
}

/** Resolves with the answer of `<skillId>-run`; undefined when no such entry is loaded. */
export async function answer(engine: SkillEngine, skillId = "demo"): Promise<string | undefined> {
  const name = `${skillId}-run`;
  return engine.has(name) ? (await engine.call(name)).content : undefined;
}
