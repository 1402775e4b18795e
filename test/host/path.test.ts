import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LuaVm } from "luaskills/vm";
import { repository } from "../skills/skill-tree.js";
import { expectBoth, luaBench } from "./lua.js";

const read = (file: string) => readFileSync(join(repository, "dist/host", file), "utf8");
const halves = { text: read("text.lua"), path: read("path.lua") };

/** A VM with the functions as they are on a platform with this separator. */
function pathVm(t: TestContext, separator: "/" | "\\") {
  const vm = new LuaVm();
  t.after(() => vm.close());
  const install = `
    local host = { platform = { separator = args.separator }, text = {} }
    assert(load(args.halves.text))(host, host.text)
    path = {}
    assert(load(args.halves.path))(host, path)`;
  vm.evalSync(install, { halves, separator });
  const call = (fn: string, ...args: unknown[]) => {
    const code =
      "local ok, value = pcall(path[args.fn], unpack(args.args)) return ok and value or 'error: ' .. value";
    const isFalse = "return path[args.fn](unpack(args.args))";
    return vm.evalSync(fn === "is_abs" ? isFalse : code, { fn, args } as never);
  };
  return { vm, call };
}

type Row = [fn: string, args: string | string[], result: string | boolean];

const posixRows: Row[] = [
  ["join", ["a", "b", "c.md"], "a/b/c.md"],
  ["join", ["a/", "b"], "a/b"],
  ["join", ["a", "/b", "c"], "/b/c"],
  ["join", ["/", "a"], "/a"],
  ["join", ["a", "..", "./b"], "a/.././b"],
  ["join", ["a//", "b/"], "a//b/"],
  ["join", ["ä", "€"], "ä/€"],
  ["join", ["a\\", "b"], "a\\/b"],
  ["dirname", "a/b/c.txt", "a/b"],
  ["dirname", "a/b/", "a"],
  ["dirname", "a//b", "a"],
  ["dirname", "a", "."],
  ["dirname", "a.txt", "."],
  ["dirname", "./a", "."],
  ["dirname", "/a", "/"],
  ["dirname", "/", "/"],
  ["dirname", "//", "/"],
  ["dirname", "/a/b", "/a"],
  ["dirname", "a/..", "a"],
  ["dirname", "..", "."],
  ["dirname", "a\\b", "."],
  ["basename", "a/b/c.txt", "c.txt"],
  ["basename", "a/b/", "b"],
  ["basename", "a", "a"],
  ["basename", "/", ""],
  ["basename", "..", ".."],
  ["basename", "a\\b", "a\\b"],
  ["stem", "a/archive.tar.gz", "archive.tar"],
  ["stem", ".bashrc", ".bashrc"],
  ["stem", ".config.json", ".config"],
  ["stem", "name", "name"],
  ["stem", "name.", "name"],
  ["stem", "..", ".."],
  ["stem", "/", ""],
  ["stem", "a.b/", "a"],
  ["extname", "a/archive.tar.gz", ".gz"],
  ["extname", ".bashrc", ""],
  ["extname", ".config.json", ".json"],
  ["extname", "name", ""],
  ["extname", "name.", "."],
  ["extname", "..", ""],
  ["extname", "a.b/c", ""],
  ["extname", "a.b/", ".b"],
  ["normalize", "a/./b//c/", "a/b/c"],
  ["normalize", "a/../b", "b"],
  ["normalize", "a/..", "."],
  ["normalize", ".", "."],
  ["normalize", "./", "."],
  ["normalize", "../a/../..", "../.."],
  ["normalize", "../../a", "../../a"],
  ["normalize", "/../a", "/a"],
  ["normalize", "/..", "/"],
  ["normalize", "/a/../../b", "/b"],
  ["normalize", "//a", "/a"],
  ["normalize", "a\\..\\b", "a\\..\\b"],
  ["normalize", "ä/../ö", "ö"],
  ["is_abs", "/", true],
  ["is_abs", "/a", true],
  ["is_abs", "a", false],
  ["is_abs", "./a", false],
  ["is_abs", "C:\\a", false],
];

const windowsRows: Row[] = [
  ["join", ["a", "b"], "a\\b"],
  ["join", ["a/", "b"], "a/b"],
  ["join", ["a\\", "b"], "a\\b"],
  ["join", ["C:\\a", "D:\\b"], "D:\\b"],
  ["join", ["C:\\a", "\\b"], "C:\\b"],
  ["join", ["C:/a", "/b"], "C:/b"],
  ["join", ["C:\\a", "D:b"], "D:b"],
  ["join", ["C:", "a"], "C:a"],
  ["join", ["C:\\", "a"], "C:\\a"],
  ["join", ["\\\\server\\share", "a"], "\\\\server\\share\\a"],
  ["join", ["\\\\server\\share\\a", "\\b"], "\\\\server\\share\\b"],
  ["join", ["a", "\\\\server\\share\\b"], "\\\\server\\share\\b"],
  ["join", ["\\\\?\\C:\\a", "b"], "C:\\a\\b"],
  ["dirname", "C:\\a\\b.txt", "C:\\a"],
  ["dirname", "C:/a/b.txt", "C:\\a"],
  ["dirname", "C:\\a", "C:\\"],
  ["dirname", "C:\\", "C:\\"],
  ["dirname", "C:a", "C:"],
  ["dirname", "a\\b/c", "a\\b"],
  ["dirname", "\\a", "\\"],
  ["dirname", "\\\\server\\share\\a\\b", "\\\\server\\share\\a"],
  ["dirname", "\\\\server\\share\\a", "\\\\server\\share\\"],
  ["dirname", "\\\\?\\UNC\\server\\share\\a\\b", "\\\\server\\share\\a"],
  ["dirname", "a", "."],
  ["basename", "C:\\a\\b.txt", "b.txt"],
  ["basename", "a/b\\c/", "c"],
  ["basename", "C:\\", ""],
  ["basename", "C:name", "name"],
  ["basename", "\\\\server\\share", ""],
  ["stem", "C:\\a\\b.tar.gz", "b.tar"],
  ["extname", "C:\\a.b\\c", ""],
  ["extname", "C:\\a.b\\c.txt", ".txt"],
  ["normalize", "C:\\a\\..\\b/./c", "C:\\b\\c"],
  ["normalize", "C:\\..\\a", "C:\\a"],
  ["normalize", "C:/", "C:\\"],
  ["normalize", "C:..\\a", "C:..\\a"],
  ["normalize", "/a/../..", "\\"],
  ["normalize", "a/..", "."],
  ["normalize", "..\\..\\a", "..\\..\\a"],
  ["normalize", "\\\\server\\share\\..\\a", "\\\\server\\share\\a"],
  ["normalize", "//server/share/a/../b", "\\\\server\\share\\b"],
  ["is_abs", "C:\\", true],
  ["is_abs", "C:/a", true],
  ["is_abs", "C:a", false],
  ["is_abs", "\\a", false],
  ["is_abs", "a", false],
  ["is_abs", "\\\\server\\share", true],
  ["is_abs", "\\\\?\\C:\\a", true],
];

for (const [platform, separator, rows] of [
  ["POSIX", "/", posixRows],
  ["Windows", "\\", windowsRows],
] as const) {
  test(`vulcan.path on ${platform}`, t => {
    const { call } = pathVm(t, separator);
    for (const [fn, args, result] of rows) {
      const list = typeof args === "string" ? [args] : args;
      assert.equal(call(fn, ...list), result, `${fn}(${list.join(", ")})`);
    }
  });

  test(`stem and extname make up the basename on ${platform}`, t => {
    const { call } = pathVm(t, separator);
    for (const path of ["a.b", ".a", "a.", "..", "...", ".a.b", "a..b", "x/y.z/", separator]) {
      assert.equal(`${call("stem", path)}${call("extname", path)}`, call("basename", path), path);
    }
  });

  test(`normalising twice changes nothing more on ${platform}`, t => {
    const { call } = pathVm(t, separator);
    for (const [, args] of rows) {
      if (typeof args !== "string") continue;
      const once = call("normalize", args);
      assert.equal(call("normalize", once), once);
    }
  });
}

const badPaths: [value: string, problem: string][] = [
  ["nil", "must be a string, got nil"],
  ["1", "must be a string, got integer"],
  ["0.5", "must be a string, got number"],
  ["{}", "must be a string, got table"],
  ["print", "must be a string, got function"],
  ["io.stdout", "must be a string, got userdata"],
  ["coroutine.create(print)", "must be a string, got thread"],
  ["1LL", "must be a string, got other"],
  ["' '", "must not be empty"],
  ["''", "must not be empty"],
  ["'a\\0'", "must not contain NUL bytes"],
  ["'\\255'", "must be a valid UTF-8 string"],
  ["'\\237\\160\\128'", "must be a valid UTF-8 string"],
  ["'\\194'", "must be a valid UTF-8 string"],
  ["tostring(print)", "looks like a coerced Lua object string"],
];

test("every function refuses what is no path", async t => {
  const bench = await luaBench(t);
  for (const fn of ["dirname", "basename", "stem", "extname", "normalize", "is_abs"]) {
    for (const [value, problem] of badPaths) {
      await expectBoth(bench, `return vulcan.path.${fn}(${value})`, `error: path.${fn}: path ${problem}`);
    }
  }
  for (const [value, problem] of badPaths) {
    await expectBoth(
      bench,
      `return vulcan.path.join(${value})`,
      `error: path.join: path segment 1 ${problem}`,
    );
    await expectBoth(
      bench,
      `return vulcan.path.join('a', ${value})`,
      `error: path.join: path segment 2 ${problem}`,
    );
  }
  await expectBoth(
    bench,
    "return vulcan.path.join()",
    "error: path.join: expected at least one path segment",
  );
});

test("Windows refuses what its file systems cannot name", t => {
  const { call } = pathVm(t, "\\");
  for (const path of [
    "a*",
    "a?",
    'a"',
    "a<b",
    "a>b",
    "a|b",
    "a\nb",
    "ab:stream",
    "C:\\a:b",
    "\\\\?\\Volume{1}\\a",
  ]) {
    const problem = "path contains invalid Windows path syntax";
    assert.equal(call("dirname", path), `error: path.dirname: ${problem}`, path);
    assert.match(
      String(call("join", "a", path)),
      /path segment 2 contains invalid Windows path syntax$/,
      path,
    );
  }
});

test("vulcan.path uses the separator of this platform", async t => {
  const bench = await luaBench(t);
  await expectBoth(bench, "return vulcan.path.join('a', 'b')", join("a", "b"));
  await expectBoth(bench, "return vulcan.path.is_abs(args.folder)", true);
});
