// Real skill folders in a temporary place, for one test.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { SkillEngine, type SkillEngineOptions } from "luaskills";

/** The checkout the tests belong to. */
export const repository = dirname(fileURLToPath(import.meta.resolve("luaskills/package.json")));

/** Files of one skill by path, or the Lua source of its only entry `run`. */
export type SkillFiles = string | Record<string, string>;

/** A test, or the file of tests (`{ after }` of node:test), whose end cleans up. */
export interface Scope {
  after(cleanUp: () => unknown): void;
}

/** A folder that is gone when the test is over. */
export function temporaryFolder(t: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), "luaskills-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A manifest with one entry per given name, each in `runtime/<name>.lua`. */
export function manifest(entries: string[] = ["run"], extra = ""): string {
  const list = entries.map(
    name =>
      `  - name: ${name}\n    lua_entry: runtime/${name}.lua\n    lua_module: ${name.replaceAll("-", "_")}\n`,
  );
  return `name: Test\nversion: 1.0.0\n${extra}entries:\n${list.join("")}`;
}

export function writeSkill(root: string, skillId: string, files: SkillFiles): string {
  const tree = typeof files === "string" ? { "skill.yaml": manifest(), "runtime/run.lua": files } : files;
  const folder = join(root, skillId);
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

export function writeSkills(root: string, skills: Record<string, SkillFiles>): void {
  for (const [skillId, files] of Object.entries(skills)) writeSkill(root, skillId, files);
}

/** An engine that is closed when the test is over. */
export async function createEngine(t: Scope, options?: SkillEngineOptions): Promise<SkillEngine> {
  const engine = await SkillEngine.create(options);
  t.after(() => engine.close({ drainMs: 0 }));
  return engine;
}

/** An engine with these skills in a root named ROOT. */
export async function engineWith(
  t: TestContext,
  skills: Record<string, SkillFiles>,
  options?: SkillEngineOptions,
) {
  const root = temporaryFolder(t);
  writeSkills(root, skills);
  const engine = await createEngine(t, options);
  const report = await engine.load([{ name: "ROOT", skillsDir: root }]);
  return { engine, report, root };
}
