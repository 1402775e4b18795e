// The package as npm packs it, and projects that install it where nothing can be compiled.

import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { repository } from "../skills/skill-tree.js";

const exec = promisify(execFile);

// What npm and its shells need; nothing here compiles.
const essentials = ["sh", "env", "uname", "ls", "cat", "mkdir", "rm", "dirname", "basename", "sed"];

export class PackedPackage implements AsyncDisposable {
  /** Everything lies in it. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Absolute path. */
  readonly tarball: string;
  /** Paths of the files in the tarball. */
  readonly files: readonly string[];

  private constructor(
    folder: string,
    environment: NodeJS.ProcessEnv,
    report: { filename: string; files: { path: string }[] },
  ) {
    this.folder = folder;
    this.environment = environment;
    this.tarball = join(folder, report.filename);
    this.files = report.files.map(file => file.path);
  }

  static async make(): Promise<PackedPackage> {
    const folder = await mkdtemp(join(tmpdir(), "luaskills-package-"));
    try {
      const environment = await bareEnvironment(folder);
      const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
      const { stdout } = await run(environment, "npm", args, repository);
      return new PackedPackage(folder, environment, JSON.parse(stdout)[0]);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** An empty folder. */
  async project(name: string): Promise<string> {
    const project = join(this.folder, name);
    await mkdir(project);
    return project;
  }

  /** A project with the package and what is named further, and of the optional packages none but those. */
  async install(name: string, ...options: string[]): Promise<string> {
    const project = await this.project(name);
    const manifest = '{ "name": "consumer", "private": true, "type": "module" }';
    await writeFile(join(project, "package.json"), manifest);
    await this.run(
      "npm",
      ["install", "--prefer-offline", "--omit=optional", ...options, this.tarball],
      project,
    );
    return project;
  }

  run(command: string, args: string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
    return run(this.environment, command, args, cwd);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Variables with which a shell finds npm, this Node and little else. */
async function bareEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await symlink(process.execPath, join(bin, "node"));
  for (const command of ["npm", "npx", ...essentials]) await symlink(await find(command), join(bin, command));
  // What an outer npm exports (its own settings, this package's scripts) is not part of the installation under test.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|command)/.test(name),
  );
  return { ...Object.fromEntries(inherited), PATH: bin };
}

async function find(command: string): Promise<string> {
  for (const place of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(place, command);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return realpath(path);
  }
  throw new Error(`${command} is not on PATH`);
}

function run(
  environment: NodeJS.ProcessEnv,
  command: string,
  args: string[],
  cwd: string,
): Promise<{ stdout: string; stderr: string }> {
  return exec(command, args, { cwd, env: environment, maxBuffer: 1 << 26 });
}
