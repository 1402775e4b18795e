// @lancedb/lancedb and the apache-arrow that it works with. Both are optional, and the first brings 180 MB of native code:
// they are looked for without loading them, and loaded at the first use.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export type Lance = typeof import("@lancedb/lancedb");
export type Arrow = typeof import("apache-arrow");

export interface LanceModules {
  readonly lance: Lance;
  /** The very copy that LanceDB uses, so that both know each other's objects. */
  readonly arrow: Arrow;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly optionalDependencies?: { readonly [name: string]: string };
}

interface Found {
  /** Loads as a module of LanceDB would. */
  readonly load: NodeJS.Require;
  readonly version: string;
  /** File of the native code. */
  readonly binary: string;
}

const packageName = "@lancedb/lancedb";
const installCommand = `npm install ${packageName} apache-arrow@18`;
const require = createRequire(import.meta.url);

/** Why LanceDB cannot be used here, and what helps; undefined when everything is in place. Loads nothing. */
export function lanceLibraryProblem(): string | undefined {
  const found = find();
  return typeof found === "string" ? found : undefined;
}

/** Name, version and native file, as far as they are installed. */
export function lanceLibrary(): { path: string; name: string; version: string } {
  const found = find();
  if (typeof found === "string") return { path: "", name: packageName, version: "unknown" };
  return { path: found.binary, name: packageName, version: found.version };
}

/** @throws Error with the text of `lanceLibraryProblem`, or why the native code does not load */
export function loadLance(): LanceModules {
  const found = find();
  if (typeof found === "string") throw new Error(found);
  try {
    return withoutWarnings(() => ({
      arrow: found.load("apache-arrow") as Arrow,
      lance: found.load(packageName) as Lance,
    }));
  } catch (error) {
    throw new Error(`${packageName} ${found.version} cannot be loaded: ${reasonOf(error)}`, { cause: error });
  }
}

function find(): Found | string {
  const entry = resolve(require, packageName);
  if (entry === undefined) {
    return `the package ${packageName} is not installed; this installs it: ${installCommand}`;
  }
  const load = createRequire(entry);
  if (resolve(load, "apache-arrow") === undefined) {
    return `the package apache-arrow, which ${packageName} needs, is not installed; this installs it: ${installCommand}`;
  }
  const { version, optionalDependencies = {} } = manifestOf(entry);
  // Hosts that build LanceDB themselves name the file this way.
  const own = process.env.NAPI_RS_NATIVE_LIBRARY_PATH;
  if (own !== undefined) return { load, version, binary: own };
  const platform = `${process.platform}-${process.arch}`;
  const packages = Object.keys(optionalDependencies).filter(name =>
    `${name}-`.startsWith(`${packageName}-${platform}-`),
  );
  if (packages.length === 0) return `${packageName} ${version} has no native code for ${platform}`;
  for (const name of packages) {
    const binary = resolve(load, name);
    if (binary !== undefined) return { load, version, binary };
  }
  return (
    `the native code of ${packageName} for ${platform} is not installed (${packages.join(" or ")}); ` +
    `this installs it: ${installCommand} --include=optional`
  );
}

function resolve(from: NodeJS.Require, name: string): string | undefined {
  try {
    return from.resolve(name);
  } catch {
    return undefined;
  }
}

/** The package does not export its package.json, so it is looked for above the file that it does export. */
function manifestOf(entry: string): Manifest {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
      if (manifest.name === packageName) return manifest;
    } catch {
      // Not every folder has one.
    }
  }
  return { name: packageName, version: "unknown" };
}

/**
 * LanceDB writes warnings to stderr, such as one for each new table. What it writes is decided once, by a variable of the
 * process's environment while it loads. In a worker thread that takes effect only with `env: SHARE_ENV`.
 */
function withoutWarnings<T>(load: () => T): T {
  if (process.env.LANCEDB_LOG !== undefined) return load();
  process.env.LANCEDB_LOG = "error";
  try {
    return load();
  } finally {
    delete process.env.LANCEDB_LOG;
  }
}

/** LanceDB hides why its native code did not load behind a hint about npm. */
function reasonOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
