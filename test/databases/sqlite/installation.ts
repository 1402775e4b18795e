// Our package in a project of its own, where packages that it can do without are missing.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const require = createRequire(import.meta.url);

export interface Installation {
  /** Of the project that has installed us. */
  readonly modules: string;
  /** What a module of ours there prints, in a process of its own. @param path below dist */
  run(path: string, program: (href: string) => string): string;
  /** What loading SQLite there says. */
  load(): string;
}

/** Our package as installed in a project that has nothing else. */
export function installation(t: TestContext): Installation {
  const project = mkdtempSync(join(tmpdir(), "luaskills-library-"));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  const modules = join(project, "node_modules");
  const own = join(modules, "luaskills");
  writeFileSync(join(mkdir(project), "package.json"), "{}");
  for (const path of [
    "package.json",
    "dist/vm",
    "dist/databases",
    "dist/files",
    "dist/agent",
    "build/Release/luaskills.node",
  ]) {
    cpSync(join(root, path), join(own, path), { recursive: true });
  }
  install(modules, "node-gyp-build");
  const run: Installation["run"] = (path, program) => {
    const text = program(pathToFileURL(join(own, "dist", path)).href);
    return execFileSync(process.execPath, ["--input-type=module", "-e", text], { encoding: "utf8" });
  };
  return {
    modules,
    run,
    load: () =>
      run(
        "databases/sqlite/library.js",
        href => `
          import { sqliteLibraryProblem } from ${JSON.stringify(href)};
          process.stdout.write(sqliteLibraryProblem() ?? "it works");
        `,
      ),
  };
}

export function mkdir(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

/** A copy of an installed package, without what the filter leaves out. */
export function install(
  modules: string,
  name: string,
  filter: (path: string) => boolean = () => true,
): string {
  const source = dirname(require.resolve(`${name}/package.json`));
  const target = join(modules, name);
  cpSync(source, target, { recursive: true, filter: path => filter(path.slice(source.length)) });
  return target;
}
