import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { locate } from "#dist/host/working-directory.js";

test("a relative path hangs off the directory of the VM, and nothing else is changed", () => {
  const cases: [cwd: string | undefined, path: string, expected: string][] = [
    [undefined, "a/b", "a/b"],
    [undefined, "/a", "/a"],
    [undefined, "a/", "a"],
    ["/srv", "a/b", "/srv/a/b"],
    ["/srv", "./a/../b", "/srv/./a/../b"],
    ["/srv", "/a", "/a"],
    ["/", "a", "/a"],
    ["/srv", "a//", "/srv/a"],
    ["/srv", "/a/", "/a"],
    ["/srv", "/", "/"],
    ["/srv", "//", "/"],
    ["/srv", ".", "/srv/."],
    ["/srv", "a\\", "/srv/a\\"],
  ];
  for (const [cwd, path, expected] of cases) assert.equal(locate(cwd, path, false), expected);
});

test("on Windows the drive of the directory counts as well", () => {
  const cases: [cwd: string | undefined, path: string, expected: string][] = [
    [undefined, "a\\b/", "a\\b"],
    [undefined, "C:\\", "C:\\"],
    ["D:\\work", "a/b", "D:\\work\\a\\b"],
    ["D:\\work", "..\\a", "D:\\a"],
    ["D:\\work", "\\a", "D:\\a"],
    ["D:\\work", "D:a", "D:\\work\\a"],
    ["D:\\work", "C:\\a\\", "C:\\a"],
    ["D:\\", "a", "D:\\a"],
    ["\\\\server\\share\\x", "a", "\\\\server\\share\\x\\a"],
    ["D:\\work", "\\\\server\\share\\a", "\\\\server\\share\\a"],
  ];
  for (const [cwd, path, expected] of cases) assert.equal(locate(cwd, path, true), expected);
});

test("what is located is where the file system finds it", () => {
  assert.equal(locate(process.cwd(), "package.json"), join(process.cwd(), "package.json"));
});
