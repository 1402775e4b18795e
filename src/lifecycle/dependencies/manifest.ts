// dependencies.yaml: from text to a list of dependencies. What schemas/dependencies.schema.json asks of an author beyond
// that, such as an address for each platform, matters only when something has to be downloaded.

import { SkillError } from "../../packages/errors.js";
import { Fields } from "../../packages/fields.js";
import { isJsonObject } from "../../packages/json-object.js";
import { parseYaml } from "../../packages/yaml.js";
import { entryPath } from "../archives/entry-path.js";
import { isSha256 } from "../github/checksums.js";
import type { DependencyKind } from "./report.js";

export interface Dependency {
  readonly kind: DependencyKind;
  readonly name: string;
  /** As it is written. */
  readonly version: string | undefined;
  readonly required: boolean;
  readonly scope: "skill" | "host";
  readonly source: DependencySource;
  /** By platform. */
  readonly packages: ReadonlyMap<string, DependencyPackage>;
}

export type DependencySource =
  | { readonly type: "github_release"; readonly repo: string; readonly tagApi: string | undefined }
  | { readonly type: "url" }
  | { readonly type: "skilllist"; readonly url: string; readonly package: string };

export type ArchiveType = "zip" | "tar_gz" | "raw";

export interface DependencyPackage {
  /** Undefined for one that nobody knows, which matters when it has to be unpacked. */
  readonly archiveType: ArchiveType | undefined;
  readonly assetName: string | undefined;
  readonly url: string | undefined;
  /** Of the file that is downloaded, in lower-case hexadecimal digits. */
  readonly sha256: string | undefined;
  readonly exports: readonly DependencyExport[];
}

export interface DependencyExport {
  readonly archivePath: string;
  readonly targetPath: string;
  readonly executable: boolean;
}

const lists: readonly (readonly [string, DependencyKind])[] = [
  ["tool_dependencies", "tool"],
  ["lua_dependencies", "lua"],
  ["ffi_dependencies", "ffi"],
];
/** As it is written, in the original's words and in those that people use. */
const archiveTypes: Readonly<Record<string, ArchiveType>> = {
  "": "raw",
  raw: "raw",
  zip: "zip",
  tar_gz: "tar_gz",
  "tar.gz": "tar_gz",
  tgz: "tar_gz",
};

/**
 * Parses the text of a `dependencies.yaml`.
 *
 * @returns tools, Lua packages and libraries, each in the order of the file
 * @throws SkillError `SKILL_DEPENDENCY` naming every problem found
 */
export function parseDependencies(text: string): Dependency[] {
  const { dependencies, problems } = inspectDependencies(text);
  if (problems.length > 0) throw refuse(problems);
  return dependencies;
}

/** As `parseDependencies`, for those who want every problem by itself; most begin with the path of the member. */
export function inspectDependencies(text: string): { dependencies: Dependency[]; problems: string[] } {
  const { value, problem } = parseYaml(text);
  if (problem !== undefined) return { dependencies: [], problems: [problem] };
  if (value === null) return { dependencies: [], problems: [] };
  if (!isJsonObject(value)) return { dependencies: [], problems: ["must be a mapping"] };
  const problems: string[] = [];
  const document = new Fields(value, "", problems);
  const dependencies = lists.flatMap(([key, kind]) =>
    document.mappings(key).map(fields => readDependency(fields, kind)),
  );
  return { dependencies, problems };
}

/**
 * Reads the packages of a dependency, or of an entry in an index of packages.
 *
 * @param fields of the mapping that has the key `packages`
 */
export function readPackages(fields: Fields): Map<string, DependencyPackage> {
  const packages = new Map<string, DependencyPackage>();
  const value = fields.value("packages");
  const members = fields.mapping("packages");
  if (members === undefined || !isJsonObject(value)) return packages;
  for (const platform of Object.keys(value)) {
    const found = members.mapping(platform);
    if (found !== undefined) packages.set(platform, readPackage(found));
  }
  return packages;
}

function readDependency(fields: Fields, kind: DependencyKind): Dependency {
  const name = fields.text("name")?.trim() ?? "";
  if (name === "" && typeof fields.value("name") === "string")
    fields.report(`${fields.label("name")} must not be empty`);
  const source = readSource(fields);
  return {
    kind,
    name,
    version: readVersion(fields),
    required: fields.flag("required", true),
    scope: fields.choice("scope", ["skill", "host"], "skill"),
    source,
    packages: readPackages(fields),
  };
}

/** YAML reads 1.5 as a number. */
function readVersion(fields: Fields): string | undefined {
  const value = fields.value("version");
  if (typeof value === "number") return String(value);
  return fields.optionalText("version").trim() || undefined;
}

function readSource(fields: Fields): DependencySource {
  const source = fields.mapping("source");
  if (source === undefined) {
    if (fields.value("source") === undefined) fields.report(`${fields.label("source")} is missing`);
    return { type: "url" };
  }
  const type = source.text("type");
  if (type === "url" || type === undefined) return { type: "url" };
  if (type === "github_release") {
    const github = member(source, "github");
    const repo = github?.text("repo") ?? "";
    if (repo !== "" && !/^[\w.-]+\/[\w.-]+$/.test(repo)) {
      source.report(`${source.label("github.repo")} must be owner/repo, got ${JSON.stringify(repo)}`);
    }
    return { type, repo, tagApi: github?.optionalText("tag_api").trim() || undefined };
  }
  if (type === "skilllist" || type === "skill_list") {
    const list = member(source, "skilllist");
    return { type: "skilllist", url: list?.text("url") ?? "", package: list?.text("package") ?? "" };
  }
  source.report(
    `${source.label("type")} must be one of github_release, url, skilllist, got ${JSON.stringify(type)}`,
  );
  return { type: "url" };
}

function member(fields: Fields, key: string): Fields | undefined {
  if (fields.value(key) === undefined) fields.report(`${fields.label(key)} is missing`);
  return fields.mapping(key);
}

function readPackage(fields: Fields): DependencyPackage {
  const archiveType = fields.optionalText("archive_type").trim().toLowerCase();
  const sha256 = fields.optionalText("sha256").trim();
  if (sha256 !== "" && !isSha256(sha256)) {
    fields.report(`${fields.label("sha256")} must be 64 hexadecimal digits, got ${JSON.stringify(sha256)}`);
  }
  const exports = fields.mappings("exports").map(readExport);
  return {
    archiveType: Object.hasOwn(archiveTypes, archiveType) ? archiveTypes[archiveType] : undefined,
    assetName: fields.optionalText("asset_name") || undefined,
    url: fields.optionalText("url") || undefined,
    sha256: sha256.toLowerCase() || undefined,
    exports,
  };
}

function readExport(fields: Fields): DependencyExport {
  const archivePath = fields.text("archive_path") ?? "";
  const targetPath = fields.text("target_path") ?? "";
  const { problem } = entryPath(targetPath.trim());
  if (problem !== undefined && fields.value("target_path") !== undefined) {
    fields.report(`${fields.label("target_path")} ${JSON.stringify(targetPath)}: ${problem}`);
  }
  return { archivePath, targetPath: targetPath.trim(), executable: fields.flag("executable", false) };
}

function refuse(problems: readonly string[]): SkillError {
  return new SkillError("SKILL_DEPENDENCY", `dependencies.yaml: ${problems.join("; ")}`);
}
