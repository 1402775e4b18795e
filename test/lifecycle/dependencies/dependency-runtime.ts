// A root with one skill that has dependencies, and the parts that look after them.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Dependencies, type PrepareOptions } from "#dist/lifecycle/dependencies/dependencies.js";
import type { DependencyReport } from "#dist/lifecycle/dependencies/report.js";
import { Downloads } from "#dist/lifecycle/downloads/downloads.js";
import { resolveSourceOptions } from "#dist/lifecycle/sources/options.js";
import { resolvePaths } from "#dist/packages/paths.js";
import { type Scope, temporaryFolder, writeSkill } from "../../skills/skill-tree.js";
import type { LoopbackServer } from "../loopback-server.js";
import { githubAt } from "../releases.js";
import { versioned } from "../runtime.js";
import { fastRetries } from "../sources/source-calls.js";

export const platform = "linux-x64";

/** Parts as an engine has them, for the platform linux-x64 whatever this one is. */
export function dependencyRuntime(
  t: Scope,
  manifest: string,
  {
    server,
    allowed = true,
    on = platform,
  }: { server?: LoopbackServer; allowed?: boolean; on?: string | undefined } = {},
) {
  const folder = temporaryFolder(t);
  const root = { name: "ROOT", skillsDir: join(folder, "rt", "skills") };
  writeSkill(root.skillsDir, "demo", { "skill.yaml": versioned("1.0.0"), "dependencies.yaml": manifest });
  const settings = resolveSourceOptions({
    allowNetworkDownload: allowed,
    ...(server && { github: githubAt(server, "t0ken") }),
  });
  const create = () => {
    const downloads = new Downloads(allowed, fastRetries);
    const dependencies = new Dependencies(resolvePaths({}), settings, downloads, on);
    t.after(async () => {
      await downloads[Symbol.asyncDispose]();
      dependencies[Symbol.dispose]();
    });
    return dependencies;
  };
  const dir = join(folder, "rt", "dependencies");
  const skill = { skillId: "demo", root, skillDir: join(root.skillsDir, "demo") };
  const dependencies = create();
  return {
    folder,
    root,
    dir,
    skill,
    dependencies,
    async prepare(options: PrepareOptions = {}, parts = dependencies): Promise<DependencyReport> {
      const report = await parts.prepare(skill, options);
      assert.ok(report);
      return report;
    },
    /** Parts of another process, so to say: they remember nothing. */
    create,
    lockFile: join(dir, "locks", "demo.json"),
    rewrite: (text: string) => writeFileSync(join(root.skillsDir, "demo", "dependencies.yaml"), text),
    /** Puts a file into `<rt>`, as somebody would by hand. */
    place(path: string, text: string): string {
      const file = join(folder, "rt", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
  };
}

export interface ManifestParts {
  list?: string;
  name?: string;
  version?: string;
  required?: boolean;
  scope?: string;
  source?: string;
  /** Of the package for linux-x64. */
  lines?: string[];
  exports?: string[];
}

/** The text of a dependencies.yaml with one dependency, the tool `tool`. */
export function manifestOf({
  list = "tool_dependencies",
  name = "tool",
  version = "1.0.0",
  required,
  scope,
  source = "{ type: url }",
  lines = [],
  exports = ["{ archive_path: tool, target_path: bin/tool, executable: true }"],
}: ManifestParts = {}): string {
  const more = [
    ...(version === "" ? [] : [`    version: ${version}`]),
    ...(required === undefined ? [] : [`    required: ${required}`]),
    ...(scope === undefined ? [] : [`    scope: ${scope}`]),
  ];
  return [
    `${list}:`,
    `  - name: ${name}`,
    ...more,
    `    source: ${source}`,
    "    packages:",
    "      linux-x64:",
    ...lines.map(line => `        ${line}`),
    "        exports:",
    ...exports.map(line => `          - ${line}`),
    "",
  ].join("\n");
}
