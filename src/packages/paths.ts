// Where things lie on the host. `<rt>` below is the parent of a root's skills folder: state, dependencies and databases
// of a root always lie there; the rest is shared and hangs off `runtimeRoot`. Nothing here touches the disk.

import { dirname, join, resolve } from "node:path";
import type { SkillRoot } from "./roots.js";

/** The path options of an engine. Relative paths are taken from the working directory at `create`. */
export interface PathOptions {
  /** Folder with the fixed layout `bin`, `libs`, `lua_packages`, `resources`, `temp`, `config`; each can be set apart. */
  runtimeRoot?: string;
  /** `vulcan.runtime.temp_dir`. Default `<runtimeRoot>/temp`. */
  tempDir?: string;
  /** `vulcan.runtime.resources_dir`. Default `<runtimeRoot>/resources`. */
  resourcesDir?: string;
  /** Lua packages that every VM can `require`. Default `<runtimeRoot>/lua_packages`. */
  luaPackagesDir?: string;
  /** Tools that the host provides. Default `<runtimeRoot>/bin`, else `<rt>/bin`. */
  hostToolRoot?: string;
  /** Lua packages that the host provides. Default `luaPackagesDir`, else `<rt>/lua_packages`. */
  hostLuaRoot?: string;
  /** Libraries for `ffi` that the host provides. Default `<runtimeRoot>/libs`, else `<rt>/libs`. */
  hostFfiRoot?: string;
  /** Default `<runtimeRoot>/temp/downloads`, else `<rt>/temp/downloads`. */
  downloadCacheDir?: string;
  /** Default `<runtimeRoot>/config/skill_config.json`, else the same under the parent that all roots share. */
  skillConfigFile?: string;
  /** Folder in `<rt>`. Default `state`. */
  stateDirName?: string;
  /** Folder in `<rt>`. Default `dependencies`. */
  dependencyDirName?: string;
  /** Folder in `<rt>`. Default `databases`. */
  databaseDirName?: string;
}

/** Absolute paths; undefined where no option says anything, and a root's own folders count then. */
export interface HostPaths {
  readonly runtimeRoot: string | undefined;
  readonly tempDir: string | undefined;
  readonly resourcesDir: string | undefined;
  readonly luaPackagesDir: string | undefined;
  readonly hostToolRoot: string | undefined;
  readonly hostLuaRoot: string | undefined;
  readonly hostFfiRoot: string | undefined;
  readonly downloadCacheDir: string | undefined;
  readonly skillConfigFile: string | undefined;
  readonly stateDirName: string;
  readonly dependencyDirName: string;
  readonly databaseDirName: string;
}

/** The options that name a path. */
const pathOptions = [
  "runtimeRoot",
  "tempDir",
  "resourcesDir",
  "luaPackagesDir",
  "hostToolRoot",
  "hostLuaRoot",
  "hostFfiRoot",
  "downloadCacheDir",
  "skillConfigFile",
] as const;

type PathOption = (typeof pathOptions)[number];

const configFileInRoot = join("config", "skill_config.json");

/**
 * Checks the path options and fills in what follows from `runtimeRoot`.
 *
 * @throws TypeError naming the option
 */
export function resolvePaths(options: PathOptions): HostPaths {
  const given: Partial<Record<PathOption, string>> = {};
  for (const option of pathOptions) {
    const path = checkPath(option, options[option]);
    if (path !== undefined) given[option] = resolve(path);
  }
  const { runtimeRoot } = given;
  const inRuntimeRoot = (...names: string[]) =>
    runtimeRoot === undefined ? undefined : join(runtimeRoot, ...names);
  const luaPackagesDir = given.luaPackagesDir ?? inRuntimeRoot("lua_packages");
  return {
    runtimeRoot,
    tempDir: given.tempDir ?? inRuntimeRoot("temp"),
    resourcesDir: given.resourcesDir ?? inRuntimeRoot("resources"),
    luaPackagesDir,
    hostToolRoot: given.hostToolRoot ?? inRuntimeRoot("bin"),
    hostLuaRoot: given.hostLuaRoot ?? luaPackagesDir,
    hostFfiRoot: given.hostFfiRoot ?? inRuntimeRoot("libs"),
    downloadCacheDir: given.downloadCacheDir ?? inRuntimeRoot("temp", "downloads"),
    skillConfigFile: given.skillConfigFile ?? inRuntimeRoot(configFileInRoot),
    stateDirName: folderName("stateDirName", options.stateDirName, "state"),
    dependencyDirName: folderName("dependencyDirName", options.dependencyDirName, "dependencies"),
    databaseDirName: folderName("databaseDirName", options.databaseDirName, "databases"),
  };
}

/** The folder around a root's skills folder; the skills folder itself where it has no parent. */
export function runtimeRootOf(root: SkillRoot): string {
  return dirname(root.skillsDir);
}

/** Folder of install records and of the markers of disabled skills of a root. */
export function stateDir(paths: HostPaths, root: SkillRoot): string {
  return join(runtimeRootOf(root), paths.stateDirName);
}

/** Folders of the dependencies of one skill. */
export function dependencyDirs(paths: HostPaths, root: SkillRoot, skillId: string) {
  const folder = join(runtimeRootOf(root), paths.dependencyDirName);
  return {
    tools: join(folder, "tools", skillId),
    lua: join(folder, "lua", skillId),
    ffi: join(folder, "ffi", skillId),
  };
}

/** Folder of the records of which dependencies are in place, one file for each skill. */
export function dependencyLockDir(paths: HostPaths, root: SkillRoot): string {
  return join(runtimeRootOf(root), paths.dependencyDirName, "locks");
}

/** Folder of the databases of a root's skills. */
export function databaseDir(paths: HostPaths, root: SkillRoot): string {
  return join(runtimeRootOf(root), paths.databaseDirName);
}

/** Folders in which the dependencies that the host itself provides are looked for. */
export function hostProvidedDirs(paths: HostPaths, root: SkillRoot) {
  const folder = runtimeRootOf(root);
  return {
    tools: paths.hostToolRoot ?? join(folder, "bin"),
    lua: paths.hostLuaRoot ?? join(folder, "lua_packages"),
    ffi: paths.hostFfiRoot ?? join(folder, "libs"),
  };
}

export function downloadCacheDir(paths: HostPaths, root: SkillRoot): string {
  return paths.downloadCacheDir ?? join(runtimeRootOf(root), "temp", "downloads");
}

/** Where the file of the skills' settings is, or what keeps that from being known. */
export type ConfigLocation = { file: string; problem?: never } | { file?: never; problem: string };

/**
 * The file of the skills' settings, or why there is none.
 *
 * @param roots the chain that is loaded, empty before the first load
 */
export function configFile(paths: HostPaths, roots: readonly SkillRoot[]): ConfigLocation {
  if (paths.skillConfigFile !== undefined) return { file: paths.skillConfigFile };
  const parents = new Set(roots.map(runtimeRootOf));
  const [parent] = parents;
  if (parent === undefined) {
    return {
      problem: "no file for skill settings yet: set skillConfigFile or runtimeRoot, or load a skill root",
    };
  }
  if (parents.size > 1) {
    return {
      problem: `the skill roots lie in different folders (${[...parents].join(", ")}): set skillConfigFile or runtimeRoot to say where skill settings go`,
    };
  }
  return { file: join(parent, configFileInRoot) };
}

function checkPath(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) {
    throw new TypeError(`SkillEngine.create: ${option} must be a path, got ${JSON.stringify(value)}`);
  }
  return value;
}

function folderName(option: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== "string" || !isPlainName(value)) {
    throw new TypeError(
      `SkillEngine.create: ${option} must be the name of a folder, got ${JSON.stringify(value)}`,
    );
  }
  return value;
}

/** One name in every file system: no separator of any platform, nothing that means this folder or the one above. */
function isPlainName(name: string): boolean {
  return name.trim() !== "" && name !== "." && name !== ".." && !/[\\/:\0]/.test(name);
}
