import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { packageSearch } from "#dist/skills/package-search.js";
import { createEngine, engineWith, temporaryFolder } from "./skill-tree.js";

const layouts: [platform: NodeJS.Platform, folder: string, path: string[], cpath: string[]][] = [
  [
    "linux",
    "/rt/lua_packages",
    ["share/lua/?.lua", "share/lua/?/init.lua", "?.lua"],
    ["lib/lua/?.so", "lib/lua/?/init.so", "lib/lua/loadall.so", "?.so"],
  ],
  [
    "darwin",
    "/rt/lua_packages",
    ["share/lua/?.lua", "share/lua/?/init.lua", "?.lua"],
    ["lib/lua/?.dylib", "lib/lua/?/init.dylib", "lib/lua/loadall.dylib", "?.dylib"],
  ],
  [
    "win32",
    "C:\\rt\\lua_packages",
    ["share\\lua\\?.lua", "share\\lua\\?\\init.lua", "?.lua"],
    ["lib\\lua\\?.dll", "lib\\lua\\?\\init.dll", "lib\\lua\\loadall.dll", "?.dll"],
  ],
];

for (const [platform, folder, path, cpath] of layouts) {
  test(`on ${platform} packages are found in share/lua and in the folder itself, C modules in lib/lua`, () => {
    const separator = platform === "win32" ? "\\" : "/";
    const templates = (names: string[]) => names.map(name => `${folder}${separator}${name};`).join("");
    const expected = { path: templates(path), cpath: templates(cpath) };
    assert.deepEqual(packageSearch({ luaPackagesDir: folder, hostFfiRoot: undefined }, platform), expected);
  });
}

test("C modules are found in the folder of host libraries, after those of packages", () => {
  const ffi = packageSearch({ luaPackagesDir: undefined, hostFfiRoot: "/rt/libs" }, "linux");
  assert.deepEqual(ffi, { path: "", cpath: "/rt/libs/?.so;" });
  const both = packageSearch({ luaPackagesDir: "/rt/p", hostFfiRoot: "/rt/libs" }, "linux");
  assert.match(both.cpath, /^\/rt\/p\/lib\/lua\/\?\.so;.*;\/rt\/libs\/\?\.so;$/);
});

for (const folder of ["/rt/a;b", "/rt/what?"]) {
  test(`a folder that a search path cannot say is refused: ${folder}`, () => {
    const expected = { name: "RangeError", message: /^luaPackagesDir: .*";" or a "\?"/ };
    assert.throws(() => packageSearch({ luaPackagesDir: folder, hostFfiRoot: undefined }), expected);
  });
}

function packages(t: TestContext): string {
  const folder = temporaryFolder(t);
  const files = {
    "share/lua/stats.lua": "return { mean = function(a, b) return (a + b) / 2 end }",
    "share/lua/shapes/init.lua": "return { square = require('shapes.square') }",
    "share/lua/shapes/square.lua": "return function(side) return side * side end",
    "plain.lua": "return ...",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const code = "return { require('stats').mean(2, 4), require('shapes').square(3), require('plain') }";

test("luaPackagesDir serves skills, runLua, exec and leases", async t => {
  const luaPackagesDir = packages(t);
  const skill = `return function() local a = (function() ${code} end)() return table.concat(a, " ") end`;
  const { engine } = await engineWith(t, { demo: skill }, { luaPackagesDir });
  assert.equal((await engine.call("demo-run")).content, "3 9 plain");
  assert.equal(engine.callSync("demo-run").content, "3 9 plain");
  assert.deepEqual(await engine.runLua(code), [3, 9, "plain"]);
  assert.match(await engine.execLua({ code: "return require('plain')" }), /\nplain\n/);
  const lease = await engine.leases.create({ sid: "s" });
  assert.deepEqual(await lease.eval(code), [3, 9, "plain"]);
});

test("the prefixes of the two paths are exact, and the standard places stay behind them", async t => {
  const luaPackagesDir = packages(t);
  const hostFfiRoot = temporaryFolder(t);
  const engine = await createEngine(t, { luaPackagesDir, hostFfiRoot });
  const bare = await createEngine(t);
  const paths = "return { path = package.path, cpath = package.cpath }";
  const standard = (await bare.runLua(paths)) as { path: string; cpath: string };
  const { path, cpath } = packageSearch({ luaPackagesDir, hostFfiRoot });
  assert.deepEqual(await engine.runLua(paths), { path: path + standard.path, cpath: cpath + standard.cpath });
});

test("a folder that is not there is not searched; one that came before the VM is", async t => {
  const runtimeRoot = temporaryFolder(t);
  const engine = await createEngine(t, { runtimeRoot });
  const bare = await createEngine(t);
  assert.equal(await engine.runLua("return package.path"), await bare.runLua("return package.path"));
  mkdirSync(join(runtimeRoot, "lua_packages"));
  const later = await createEngine(t, { runtimeRoot });
  assert.ok(String(await later.runLua("return package.path")).startsWith(join(runtimeRoot, "lua_packages")));
});

test("a strict exec has no package to search", async t => {
  const engine = await createEngine(t, { luaPackagesDir: packages(t) });
  const report = await engine.execLua({ code: "return tostring(package)", sandbox: "strict" });
  assert.match(report, /\nnil\n/);
});
