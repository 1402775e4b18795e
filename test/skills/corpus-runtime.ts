// The skill corpus of test/fixtures in a runtime root of its own, as a host would lay it out.

import { cpSync, mkdirSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import type { LoadReport, SkillEngine, SkillEngineOptions } from "luaskills";
import { createEngine, repository, type Scope, temporaryFolder } from "./skill-tree.js";

const fixtures = join(repository, "test", "fixtures");

export interface CorpusRuntime {
  engine: SkillEngine;
  report: LoadReport;
  /** Holds `skills`, `lua_packages` and `dependencies`. */
  runtimeRoot: string;
}

/** The corpus is copied: what skills and the engine write does not end up in the repository. */
export async function loadCorpus(t: Scope, options?: SkillEngineOptions): Promise<CorpusRuntime> {
  const runtimeRoot = temporaryFolder(t);
  cpSync(join(fixtures, "skills"), join(runtimeRoot, "skills"), { recursive: true });
  cpSync(join(fixtures, "skill-runtime", "lua_packages"), join(runtimeRoot, "lua_packages"), {
    recursive: true,
  });
  const engine = await createEngine(t, { runtimeRoot, initTimeoutMs: 500, ...options });
  const report = await engine.load([{ name: "ROOT", skillsDir: join(runtimeRoot, "skills") }]);
  return { engine, report, runtimeRoot };
}

/** Puts the search program where the skill code-search expects it, as if somebody had installed it by hand. */
export function installSearchProgram(runtimeRoot: string): void {
  const systems: Record<string, string> = { darwin: "macos", linux: "linux" };
  const platformKey = `${systems[platform()]}-${arch()}`;
  const folder = join(
    runtimeRoot,
    "dependencies",
    "tools",
    "code-search",
    "rg",
    "14.1.1",
    platformKey,
    "bin",
  );
  mkdirSync(folder, { recursive: true });
  cpSync(join(fixtures, "skill-runtime", "tools", "rg.mjs"), join(folder, "rg"));
}
