// Where `require` looks first: Lua packages and C modules that the host provides to every VM that is not strict.

import { existsSync } from "node:fs";
import { posix, win32 } from "node:path";
import type { HostPaths } from "../packages/paths.js";
import type { LuaVm } from "../vm/index.js";

/** What goes before the two search paths of a VM: templates, each with a `;` behind it. */
export interface PackageSearch {
  path: string;
  cpath: string;
}

type PackageFolders = Pick<HostPaths, "luaPackagesDir" | "hostFfiRoot">;

/** Adds the folders that exist by now, so that packages can be put in place while the engine lives. */
export function addPackageSearch(vm: LuaVm, folders: PackageFolders): void {
  const { path, cpath } = packageSearch({
    luaPackagesDir: existing(folders.luaPackagesDir),
    hostFfiRoot: existing(folders.hostFfiRoot),
  });
  if (path !== "") vm.setGlobal("package.path", path + String(vm.getGlobal("package.path")));
  if (cpath !== "") vm.setGlobal("package.cpath", cpath + String(vm.getGlobal("package.cpath")));
}

/**
 * The layout below `luaPackagesDir` is the one of LuaRocks.
 *
 * @throws RangeError for a folder whose name a search path cannot say
 */
export function packageSearch(
  { luaPackagesDir, hostFfiRoot }: PackageFolders,
  platform: NodeJS.Platform = process.platform,
): PackageSearch {
  const { join } = platform === "win32" ? win32 : posix;
  const library = platform === "win32" ? "dll" : platform === "darwin" ? "dylib" : "so";
  const path: string[] = [];
  const cpath: string[] = [];
  if (luaPackagesDir !== undefined) {
    const inPackages = (...names: string[]) => join(searchable("luaPackagesDir", luaPackagesDir), ...names);
    path.push(inPackages("share", "lua", "?.lua"), inPackages("share", "lua", "?", "init.lua"));
    path.push(inPackages("?.lua"));
    cpath.push(inPackages("lib", "lua", `?.${library}`), inPackages("lib", "lua", "?", `init.${library}`));
    cpath.push(inPackages("lib", "lua", `loadall.${library}`), inPackages(`?.${library}`));
  }
  if (hostFfiRoot !== undefined) cpath.push(join(searchable("hostFfiRoot", hostFfiRoot), `?.${library}`));
  return { path: prefix(path), cpath: prefix(cpath) };
}

function prefix(templates: string[]): string {
  return templates.map(template => `${template};`).join("");
}

function existing(folder: string | undefined): string | undefined {
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

function searchable(option: string, folder: string): string {
  if (/[;?]/.test(folder)) {
    throw new RangeError(
      `${option}: ${folder} has a ";" or a "?" in its name, which mean something else in Lua's search paths`,
    );
  }
  return folder;
}
