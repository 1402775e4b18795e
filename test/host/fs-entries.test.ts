import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectBoth, luaBench } from "./lua.js";

const posix = process.platform !== "win32";

test("fs.exists and fs.is_dir follow links and never fail", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  mkdirSync(path("folder"));
  writeFileSync(path("file"), "");
  symlinkSync(path("folder"), path("to-folder"), "junction");
  const cases: [name: string, exists: boolean, isDir: boolean][] = [
    ["folder", true, true],
    ["folder/", true, true],
    ["file", true, false],
    ["none", false, false],
    ["file/inside", false, false],
    ["to-folder", true, true],
  ];
  if (posix) {
    symlinkSync("nowhere", path("dangling"));
    symlinkSync("loop", path("loop"));
    cases.push(["dangling", false, false], ["loop", false, false]);
  }
  for (const [name, exists, isDir] of cases) {
    await expectBoth(bench, `return vulcan.fs.exists(args.folder .. '/${name}')`, exists);
    await expectBoth(bench, `return vulcan.fs.is_dir(args.folder .. '/${name}')`, isDir);
  }
});

test("fs.rename moves files and folders, over an existing file too", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  const prepare = () => {
    writeFileSync(path("from"), "new");
    writeFileSync(path("to"), "old");
  };
  await expectBoth(
    bench,
    "return vulcan.fs.rename(args.folder .. '/from', args.folder .. '/to')",
    true,
    prepare,
  );
  assert.deepEqual(readdirSync(bench.folder), ["to"]);
  assert.equal(readFileSync(path("to"), "utf8"), "new");
  await expectBoth(
    bench,
    "return vulcan.fs.rename(args.folder .. '/none', 'x')",
    /^error: fs\.rename: ENOENT: /,
  );
  mkdirSync(path("a"));
  assert.equal(await bench.run("return vulcan.fs.rename(args.folder .. '/a/', args.folder .. '/b')"), true);
  assert.ok(lstatSync(path("b")).isDirectory());
});

test("fs.stat describes what is there, links themselves, and is nil for nothing", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  mkdirSync(path("folder"));
  writeFileSync(path("file"), "12345");
  chmodSync(path("file"), 0o444);
  const { mtimeMs } = statSync(path("file"));
  await expectBoth(bench, "return vulcan.fs.stat(args.folder .. '/file')", {
    kind: "file",
    is_file: true,
    is_dir: false,
    is_symlink: false,
    readonly: true,
    size: 5,
    modified_unix_ms: Math.floor(mtimeMs),
  });
  await expectBoth(
    bench,
    "local s = vulcan.fs.stat(args.folder .. '/folder') return { s.kind, s.is_dir, s.size == nil, s.readonly }",
    ["dir", true, true, false],
  );
  await expectBoth(bench, "return vulcan.fs.stat(args.folder .. '/none') == nil", true);
  await expectBoth(bench, "return vulcan.fs.stat(args.folder .. '/file/inside') == nil", true);
  if (!posix) return;
  symlinkSync("folder", path("link"));
  const kinds =
    "local s = vulcan.fs.stat(args.path) return { s.kind, s.is_symlink, s.is_dir, s.size == nil }";
  for (const name of ["link", "link/"]) {
    await expectBoth(bench, kinds, ["symlink", true, false, true], undefined, { path: path(name) });
  }
  await expectBoth(bench, kinds, ["other", false, false, true], undefined, { path: "/dev/null" });
});

test("fs.mkdir makes a folder, is false for one that is there, and refuses anything else", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "");
  const mkdir = (name: string, options = "") => `return vulcan.fs.mkdir(args.folder .. '/${name}'${options})`;
  const deep = ", { recursive = true }";
  assert.equal(await bench.run(mkdir("a")), true);
  await expectBoth(bench, mkdir("a"), false);
  await expectBoth(bench, mkdir("a", deep), false);
  await expectBoth(bench, mkdir("x/y"), /^error: fs\.mkdir: ENOENT: /);
  assert.equal(bench.runSync(mkdir("x/y/z", deep)), true);
  assert.ok(statSync(join(bench.folder, "x/y/z")).isDirectory());
  await expectBoth(bench, mkdir("file"), /^error: fs\.mkdir: EEXIST: /);
  await expectBoth(bench, mkdir("file", deep), /^error: fs\.mkdir: EEXIST: /);
  await expectBoth(bench, mkdir("file/inside", deep), /^error: fs\.mkdir: ENOTDIR: /);
  if (!posix) return;
  symlinkSync("a", join(bench.folder, "link"));
  await expectBoth(bench, mkdir("link"), false);
  await expectBoth(bench, mkdir("link", deep), false);
});

test("fs.remove removes a file or an empty folder, and is false for nothing", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  const remove = (name: string, options = "") =>
    `return vulcan.fs.remove(args.folder .. '/${name}'${options})`;
  await expectBoth(bench, remove("file"), true, () => writeFileSync(path("file"), ""));
  await expectBoth(bench, remove("folder"), true, () => mkdirSync(path("folder")));
  await expectBoth(bench, remove("none"), false);
  await expectBoth(bench, remove("none", ", { recursive = true }"), false);
  writeFileSync(path("file"), "");
  await expectBoth(bench, remove("file/inside"), false);
});

test("fs.remove takes a full folder only with recursive", async t => {
  const bench = await luaBench(t);
  const prepare = () => {
    mkdirSync(join(bench.folder, "full/inner/deep"), { recursive: true });
    for (let i = 0; i < 50; i++) writeFileSync(join(bench.folder, "full/inner", `file-${i}`), "x");
  };
  const refused = /^error: fs\.remove: (ENOTEMPTY|EEXIST): /;
  await expectBoth(bench, "return vulcan.fs.remove(args.folder .. '/full')", refused, prepare);
  await expectBoth(bench, "return vulcan.fs.remove(args.folder .. '/full', { recursive = false })", refused);
  await expectBoth(
    bench,
    "return vulcan.fs.remove(args.folder .. '/full', { recursive = true })",
    true,
    prepare,
  );
  assert.deepEqual(readdirSync(bench.folder), []);
});

test("fs.remove of a link removes the link, also inside a tree", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  mkdirSync(path("kept"));
  writeFileSync(path("kept/file"), "kept");
  const prepare = () => symlinkSync(path("kept"), path("link"), "junction");
  for (const call of ["'/link'", "'/link/'", "'/link', { recursive = true }"]) {
    await expectBoth(bench, `return vulcan.fs.remove(args.folder .. ${call})`, true, prepare);
  }
  const tree = () => {
    mkdirSync(path("tree"));
    symlinkSync(path("kept"), path("tree/link"), "junction");
  };
  await expectBoth(
    bench,
    "return vulcan.fs.remove(args.folder .. '/tree', { recursive = true })",
    true,
    tree,
  );
  assert.deepEqual(readdirSync(bench.folder), ["kept"]);
  assert.deepEqual(readdirSync(path("kept")), ["file"]);
});

test("fs.remove refuses the root of a file system, however it is spelled", async t => {
  const bench = await luaBench(t);
  const root = posix ? "/" : "C:\\";
  const spellings = [root, `${bench.folder}${"/..".repeat(bench.folder.split(/[\\/]/).length)}`];
  for (const path of spellings) {
    await expectBoth(
      bench,
      "return vulcan.fs.remove(args.path, {})",
      /^error: fs\.remove: .* is the root of/,
      undefined,
      {
        path,
      },
    );
  }
});

test("paths that end in .. mean what the system takes them for", { skip: !posix }, async t => {
  const bench = await luaBench(t);
  mkdirSync(join(bench.folder, "a/b"), { recursive: true });
  symlinkSync("a/b", join(bench.folder, "link"));
  await expectBoth(bench, "return vulcan.fs.list(args.folder .. '/link/..')", ["b"]);
  const prepare = () => mkdirSync(join(bench.folder, "a/b"), { recursive: true });
  await expectBoth(
    bench,
    "return vulcan.fs.remove(args.folder .. '/link/..', { recursive = true })",
    true,
    prepare,
  );
  assert.equal(existsSync(join(bench.folder, "a")), false);
});
