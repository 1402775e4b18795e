import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { luajitFolder, repository } from "../luajit-build.mjs";

const source = fileURLToPath(new URL("floor.cc", import.meta.url));
const binary = path.join(repository, "build/bench/floor.node");

/** Compiles floor.cc against the same LuaJIT archive as the addon, once per change of either. */
export function buildFloor() {
  const luajit = luajitFolder();
  const archive = path.join(luajit, "libluajit.a");
  const newest = Math.max(statSync(source).mtimeMs, statSync(archive).mtimeMs);
  if (existsSync(binary) && statSync(binary).mtimeMs > newest) return;
  const headers = createRequire(import.meta.url)("node-api-headers").include_dir;
  mkdirSync(path.dirname(binary), { recursive: true });
  const flags = ["-std=c++20", "-O2", "-fPIC", "-shared", "-DNODE_GYP_MODULE_NAME=floor", "-DNAPI_VERSION=8"];
  const linker =
    process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : ["-Wl,--exclude-libs,ALL"];
  const paths = ["-I", headers, "-I", luajit, source, archive, "-o", binary];
  const compiler = process.env.CXX ?? "c++";
  const result = spawnSync(compiler, [...flags, ...linker, ...paths], { encoding: "utf8" });
  if (result.status !== 0) {
    throw new Error(`${compiler} could not build ${source}:\n${result.error?.message ?? result.stderr}`);
  }
}

/** The functions of floor.cc; the lua_State behind them is one per process. */
export function openFloor() {
  return createRequire(import.meta.url)(binary);
}
