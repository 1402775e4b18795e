import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { SkillEngine, type SkillEngineOptions } from "luaskills";
import {
  configFile,
  databaseDir,
  dependencyDirs,
  downloadCacheDir,
  hostProvidedDirs,
  resolvePaths,
  stateDir,
} from "#dist/packages/paths.js";

const root = { name: "ROOT", skillsDir: resolve("/srv/app/skills") };
const other = { name: "USER", skillsDir: resolve("/home/ann/skills") };
const at = (path: string) => resolve("/srv/app", path);

test("without options everything lies beside the skills folder of a root", () => {
  const paths = resolvePaths({});
  assert.equal(stateDir(paths, root), at("state"));
  assert.deepEqual(dependencyDirs(paths, root, "demo"), {
    tools: at("dependencies/tools/demo"),
    lua: at("dependencies/lua/demo"),
    ffi: at("dependencies/ffi/demo"),
  });
  assert.equal(databaseDir(paths, root), at("databases"));
  assert.deepEqual(hostProvidedDirs(paths, root), {
    tools: at("bin"),
    lua: at("lua_packages"),
    ffi: at("libs"),
  });
  assert.equal(downloadCacheDir(paths, root), at("temp/downloads"));
  assert.deepEqual(configFile(paths, [root]), { file: at("config/skill_config.json") });
  assert.equal(paths.tempDir, undefined);
  assert.equal(paths.resourcesDir, undefined);
  assert.equal(paths.luaPackagesDir, undefined);
});

test("a skills folder without parent is its own runtime root", () => {
  assert.equal(stateDir(resolvePaths({}), { name: "ROOT", skillsDir: resolve("/") }), resolve("/state"));
});

test("runtimeRoot is where the shared folders are, but not what belongs to a root", () => {
  const paths = resolvePaths({ runtimeRoot: "/opt/rt" });
  const inRuntime = (path: string) => resolve("/opt/rt", path);
  assert.deepEqual(paths, {
    runtimeRoot: resolve("/opt/rt"),
    tempDir: inRuntime("temp"),
    resourcesDir: inRuntime("resources"),
    luaPackagesDir: inRuntime("lua_packages"),
    hostToolRoot: inRuntime("bin"),
    hostLuaRoot: inRuntime("lua_packages"),
    hostFfiRoot: inRuntime("libs"),
    downloadCacheDir: inRuntime("temp/downloads"),
    skillConfigFile: inRuntime("config/skill_config.json"),
    stateDirName: "state",
    dependencyDirName: "dependencies",
    databaseDirName: "databases",
  });
  assert.equal(stateDir(paths, root), at("state"));
  assert.equal(databaseDir(paths, root), at("databases"));
  assert.equal(dependencyDirs(paths, root, "demo").lua, at("dependencies/lua/demo"));
  assert.deepEqual(hostProvidedDirs(paths, root), {
    tools: inRuntime("bin"),
    lua: inRuntime("lua_packages"),
    ffi: inRuntime("libs"),
  });
  assert.equal(downloadCacheDir(paths, root), inRuntime("temp/downloads"));
});

const alone: [option: keyof SkillEngineOptions & keyof ReturnType<typeof resolvePaths>, path: string][] = [
  ["tempDir", "/x/temp"],
  ["resourcesDir", "/x/resources"],
  ["luaPackagesDir", "/x/lua"],
  ["hostToolRoot", "/x/tools"],
  ["hostLuaRoot", "/x/host-lua"],
  ["hostFfiRoot", "/x/ffi"],
  ["downloadCacheDir", "/x/cache"],
  ["skillConfigFile", "/x/config.json"],
];

for (const [option, path] of alone) {
  test(`${option} counts more than runtimeRoot`, () => {
    assert.equal(resolvePaths({ runtimeRoot: "/opt/rt", [option]: path })[option], resolve(path));
    assert.equal(resolvePaths({ [option]: path })[option], resolve(path));
  });
}

test("the host's Lua packages are those of luaPackagesDir unless hostLuaRoot says otherwise", () => {
  const paths = resolvePaths({ runtimeRoot: "/opt/rt", luaPackagesDir: "/x/lua" });
  assert.equal(paths.hostLuaRoot, resolve("/x/lua"));
  assert.equal(hostProvidedDirs(resolvePaths({ luaPackagesDir: "/x/lua" }), root).lua, resolve("/x/lua"));
});

test("relative paths are taken from the working directory and dots are folded", () => {
  assert.equal(resolvePaths({ skillConfigFile: "a/./b/../c.json" }).skillConfigFile, resolve("a/c.json"));
});

test("names of folders can be chosen", () => {
  const paths = resolvePaths({ stateDirName: "st", dependencyDirName: "deps", databaseDirName: "db" });
  assert.equal(stateDir(paths, root), at("st"));
  assert.equal(dependencyDirs(paths, root, "demo").ffi, at(join("deps", "ffi", "demo")));
  assert.equal(databaseDir(paths, root), at("db"));
});

test("there is no config file before a load, nor when the roots have different parents", () => {
  const paths = resolvePaths({});
  assert.match(
    configFile(paths, []).problem ?? "",
    /set skillConfigFile or runtimeRoot, or load a skill root/,
  );
  const { problem = "" } = configFile(paths, [root, other]);
  assert.match(problem, /lie in different folders .*: set skillConfigFile or runtimeRoot/);
  assert.ok(problem.includes(resolve("/srv/app")) && problem.includes(resolve("/home/ann")));
  const sibling = { name: "USER", skillsDir: resolve("/srv/app/more-skills") };
  assert.deepEqual(configFile(paths, [root, sibling]), { file: at("config/skill_config.json") });
  const explicit = resolvePaths({ skillConfigFile: "/x/config.json" });
  assert.deepEqual(configFile(explicit, [root, other]), { file: resolve("/x/config.json") });
});

const wrong: [options: object, message: RegExp][] = [
  [{ runtimeRoot: "" }, /runtimeRoot must be a path, got ""/],
  [{ tempDir: 1 }, /tempDir must be a path, got 1/],
  [{ resourcesDir: null }, /resourcesDir must be a path, got null/],
  [{ luaPackagesDir: "a\0b" }, /luaPackagesDir must be a path/],
  [{ hostToolRoot: {} }, /hostToolRoot must be a path/],
  [{ hostLuaRoot: " " }, /hostLuaRoot must be a path/],
  [{ hostFfiRoot: [] }, /hostFfiRoot must be a path/],
  [{ downloadCacheDir: true }, /downloadCacheDir must be a path/],
  [{ skillConfigFile: "" }, /skillConfigFile must be a path/],
  [{ stateDirName: "" }, /stateDirName must be the name of a folder, got ""/],
  [{ stateDirName: "a/b" }, /stateDirName must be the name of a folder/],
  [{ dependencyDirName: ".." }, /dependencyDirName must be the name of a folder/],
  [{ dependencyDirName: "a\\b" }, /dependencyDirName must be the name of a folder/],
  [{ databaseDirName: "." }, /databaseDirName must be the name of a folder/],
  [{ databaseDirName: "C:" }, /databaseDirName must be the name of a folder/],
  [{ databaseDirName: 3 }, /databaseDirName must be the name of a folder, got 3/],
];

for (const [options, message] of wrong) {
  test(`create refuses ${JSON.stringify(options)}`, async () => {
    await assert.rejects(SkillEngine.create(options), { name: "TypeError", message });
  });
}
