// The packages that databases are made of: optional dependencies of ours, so each may be absent.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export type DatabasePackage = "better-sqlite3" | "@node-rs/jieba" | "@lancedb/lancedb" | "apache-arrow";

interface PackageJson {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
}

export interface InstalledPackage {
  readonly version: string;
  /** By its own word it is not for this Node: loading it nevertheless may end the process. */
  readonly wrongNode: string | undefined;
  /** By its own word it has no binary for this platform. */
  readonly noBinary: string | undefined;
}

/** Where our package lies: below a `node_modules`, or in a checkout. */
export const packageFolder = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** The package that an import in our code finds, without loading it; undefined when there is none. */
export function findPackage(name: DatabasePackage): InstalledPackage | undefined {
  // By hand, as `exports` of a package may keep its package.json to itself.
  for (const place of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const contents = readPackage(join(place, name));
    if (contents === undefined) continue;
    const { version } = contents;
    return { version, wrongNode: wrongNode(name, contents), noBinary: noBinary(name, contents) };
  }
  return undefined;
}

/** The command that installs these packages in versions that fit, where our code finds them. */
export function installCommand(names: readonly DatabasePackage[]): string {
  const ranges = readPackage(packageFolder)?.optionalDependencies ?? {};
  const [project, inside] = packageFolder.split(/[\\/]node_modules[\\/]/, 2);
  // A checkout has them in its lock file.
  if (project === undefined || inside === undefined) return "npm ci";
  const specs = names.map(name => `"${name}@${ranges[name]}"`).join(" ");
  const isProject = readPackage(project) !== undefined;
  return `npm install ${isProject ? "" : "--global "}${specs}`;
}

function readPackage(folder: string): PackageJson | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;
  } catch {
    return undefined;
  }
}

function wrongNode(name: string, { version, engines }: PackageJson): string | undefined {
  const wanted = engines?.node;
  if (wanted === undefined || admitsNode(wanted)) return undefined;
  return `${name} ${version} is for Node.js ${wanted}, this is ${process.versions.node}`;
}

function noBinary(name: string, { version, optionalDependencies = {} }: PackageJson): string | undefined {
  const here = `${process.platform}-${process.arch}`;
  // Each platform's binary is a package of its own.
  const binaries = Object.keys(optionalDependencies).filter(other => other.startsWith(`${name}-`));
  if (binaries.length === 0 || binaries.some(other => other.startsWith(`${name}-${here}`))) return undefined;
  return `${name} ${version} has no binary for ${here}`;
}

/** Understands what engines are in practice: `>=22`, `20.x || 22.x`. What it does not understand it admits. */
function admitsNode(range: string): boolean {
  const own = Number(process.versions.node.split(".", 1)[0]);
  return range.split("||").some(alternative => {
    const [, operator = "", major] = /^\s*(>=|\^|~)?\s*v?(\d+)(?:\.[\dx*]+)*\s*$/.exec(alternative) ?? [];
    if (major === undefined) return true;
    return operator === ">=" ? own >= Number(major) : own === Number(major);
  });
}
