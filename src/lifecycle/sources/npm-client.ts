// The user's own npm, run as a program: it knows their registries, tokens, proxies and certificates, and nobody else has
// to. Scripts of packages never run.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { SkillError } from "../../packages/errors.js";
import { isJsonObject } from "../../packages/json-object.js";
import type { Json } from "../../vm/index.js";

/** Packages with thousands of versions are described in this much. */
const longestAnswerBytes = 64 << 20;
const options = [
  "--json",
  "--ignore-scripts",
  "--loglevel=error",
  "--no-update-notifier",
  "--no-audit",
  "--no-fund",
];
const cliFromPrefix = join("node_modules", "npm", "bin", "npm-cli.js");

export class NpmClient {
  readonly #env: NodeJS.ProcessEnv;

  /** @param env of the client; `npm_config_*` variables count as they do on a command line */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
  }

  /**
   * Asks the registry about a package.
   *
   * @param spec `name`, `name@version`, `name@range` or `name@tag`
   * @param fields of its package.json that are wanted
   * @returns one object for each version that matches
   * @throws SkillError `SKILL_SOURCE`
   */
  async view(spec: string, fields: readonly string[], signal: AbortSignal | undefined): Promise<Json[]> {
    const answer = await this.#inFolder(folder => this.#run(["view", spec, ...fields], folder, spec, signal));
    return Array.isArray(answer) ? answer : answer === undefined ? [] : [answer];
  }

  /**
   * Downloads the archive of one version into a folder of its own, which is gone when `use` is done.
   *
   * @throws SkillError `SKILL_SOURCE`; what `use` throws
   */
  async withArchive(
    spec: string,
    signal: AbortSignal | undefined,
    use: (archive: string) => Promise<void>,
  ): Promise<void> {
    await this.#inFolder(async folder => {
      await this.#run(["pack", spec, "--pack-destination", folder], folder, spec, signal);
      const archive = (await readdir(folder)).find(name => name.endsWith(".tgz"));
      if (archive === undefined) throw failure(spec, "npm pack has written no archive");
      await use(join(folder, archive));
    });
  }

  /** An empty folder, so that the settings of no project count, and no file of it is taken for the package. */
  async #inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "luaskills-npm-"));
    try {
      return await use(folder);
    } finally {
      // A client that was killed may be writing for a moment yet.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  #run(
    args: readonly string[],
    cwd: string,
    spec: string,
    signal: AbortSignal | undefined,
  ): Promise<Json | undefined> {
    const { command, before } = npmCommand(process.platform, this.#env);
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      execFile(
        command,
        [...before, ...args, ...options],
        {
          cwd,
          env: this.#env,
          maxBuffer: longestAnswerBytes,
          windowsHide: true,
          killSignal: "SIGKILL",
          ...(signal && { signal }),
        },
        (error, stdout, stderr) => {
          const answer = parse(stdout);
          if (signal?.aborted) reject(signal.reason);
          else if (error === null) resolve(answer);
          else reject(failure(spec, reasonOf(error, answer, stderr), error));
        },
      );
    });
  }
}

/**
 * How npm is started. On Windows it is a batch file, which would read version ranges as redirections: its JavaScript is run
 * instead.
 */
export function npmCommand(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  exists: (path: string) => boolean = existsSync,
): { command: string; before: string[] } {
  if (platform !== "win32") return { command: "npm", before: [] };
  const path = Object.entries(env).find(([name]) => name.toLowerCase() === "path")?.[1] ?? "";
  const folders = [dirname(process.execPath), ...path.split(delimiter)];
  const script = folders.map(folder => join(folder, cliFromPrefix)).find(exists);
  return { command: process.execPath, before: [script ?? join(dirname(process.execPath), cliFromPrefix)] };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function reasonOf(error: Error & { code?: unknown }, answer: Json | undefined, stderr: string): string {
  if (error.code === "ENOENT") return "npm was not found on the PATH";
  const described = isJsonObject(answer) && isJsonObject(answer.error) ? answer.error : {};
  const { code, summary } = described;
  if (typeof summary === "string" && summary !== "")
    return typeof code === "string" ? `${code}: ${summary}` : summary;
  return stderr.trim().split("\n").slice(0, 3).join(" ") || error.message;
}

function failure(spec: string, reason: string, cause?: unknown): SkillError {
  return new SkillError("SKILL_SOURCE", `npm package ${spec}: ${reason}`, { cause });
}
