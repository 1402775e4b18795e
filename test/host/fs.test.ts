import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository, temporaryFolder } from "../skills/skill-tree.js";
import { expectBoth, luaBench } from "./lua.js";

const posix = process.platform !== "win32";

const badPaths: [value: string, problem: string][] = [
  ["nil", "must be a string, got nil"],
  ["12", "must be a string, got integer"],
  ["1.5", "must be a string, got number"],
  ["true", "must be a string, got boolean"],
  ["{}", "must be a string, got table"],
  ["print", "must be a string, got function"],
  ["io.stdout", "must be a string, got userdata"],
  ["coroutine.create(print)", "must be a string, got thread"],
  ["1LL", "must be a string, got integer"],
  ["'a\\255'", "must be a valid UTF-8 string"],
  ["''", "must not be empty"],
  ["' '", "must not be empty"],
  ["'a\\0b'", "must not contain NUL bytes"],
  ["tostring({})", "looks like a coerced Lua object string"],
  ["tostring(print)", "looks like a coerced Lua object string"],
];

const pathParameters: [fn: string, parameter: string, call: (path: string) => string][] = [
  ["list", "path", path => `vulcan.fs.list(${path})`],
  ["read", "path", path => `vulcan.fs.read(${path})`],
  ["write", "path", path => `vulcan.fs.write(${path}, '')`],
  ["exists", "path", path => `vulcan.fs.exists(${path})`],
  ["is_dir", "path", path => `vulcan.fs.is_dir(${path})`],
  ["read_bytes", "path", path => `vulcan.fs.read_bytes(${path})`],
  ["write_bytes", "path", path => `vulcan.fs.write_bytes(${path}, 'YQ==')`],
  ["rename", "from", path => `vulcan.fs.rename(${path}, 'x')`],
  ["rename", "to", path => `vulcan.fs.rename('x', ${path})`],
  ["remove", "path", path => `vulcan.fs.remove(${path})`],
  ["mkdir", "path", path => `vulcan.fs.mkdir(${path})`],
  ["copy", "src", path => `vulcan.fs.copy(${path}, 'x')`],
  ["copy", "dst", path => `vulcan.fs.copy('x', ${path})`],
  ["stat", "path", path => `vulcan.fs.stat(${path})`],
];

test("every path is checked before anything is done", async t => {
  const bench = await luaBench(t);
  for (const [fn, parameter, call] of pathParameters) {
    for (const [value, problem] of badPaths) {
      await expectBoth(bench, `return ${call(value)}`, `error: fs.${fn}: ${parameter} ${problem}`);
    }
  }
});

const badArguments: [call: string, problem: string][] = [
  ["write(args.folder .. '/x')", "fs.write: content must be a string, got nil"],
  ["write(args.folder .. '/x', '\\255')", "fs.write: content must be a valid UTF-8 string"],
  ["write(args.folder .. '/x', 1)", "fs.write: content must be a string, got integer"],
  ["write(args.folder .. '/x', 'a\\0b')", "fs.write: content must not contain NUL bytes"],
  ["write_bytes(args.folder .. '/x')", "fs.write_bytes: base64 must be a string, got nil"],
  ["write_bytes(args.folder .. '/x', ' ')", "fs.write_bytes: base64 must not be empty"],
  ["write_bytes(args.folder .. '/x', '!')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', 'YQ')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', 'YR==')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', 'YQ==\\n')", "fs.write_bytes: base64 decode failed"],
  ["write_bytes(args.folder .. '/x', '_-8=')", "fs.write_bytes: base64 decode failed"],
  ["remove(args.folder, true)", "fs.remove: options must be a table, got boolean"],
  [
    "remove(args.folder, { recursive = 'yes' })",
    "fs.remove: options.recursive must be a boolean, got string",
  ],
  ["mkdir(args.folder, { recursive = 1 })", "fs.mkdir: options.recursive must be a boolean, got integer"],
  ["copy('a', 'b', { overwrite = {} })", "fs.copy: options.overwrite must be a boolean, got table"],
];

test("other arguments are checked as well, and nothing is written", async t => {
  const bench = await luaBench(t);
  for (const [call, problem] of badArguments) {
    await expectBoth(bench, `return vulcan.fs.${call}`, `error: ${problem}`);
  }
  assert.deepEqual(readdirSync(bench.folder), []);
});

test("fs.list gives hidden names too, without . and .., and nothing more", async t => {
  const bench = await luaBench(t);
  const names = [".hidden", "b", "a", "ä.txt", "with space"];
  for (const name of names) writeFileSync(join(bench.folder, name), "");
  mkdirSync(join(bench.folder, "inner"));
  writeFileSync(join(bench.folder, "inner", "deep"), "");
  for (const run of [bench.run, bench.runSync]) {
    const listed = (await run("return vulcan.fs.list(args.folder)")) as string[];
    assert.deepEqual(listed.sort(), [...names, "inner"].sort());
  }
  await expectBoth(bench, "return #vulcan.fs.list(args.folder .. '/inner')", 1);
});

test("fs.list gives every name of a large folder", async t => {
  const bench = await luaBench(t);
  for (let i = 0; i < 1500; i++) writeFileSync(join(bench.folder, `file-${i}`), "");
  const code = `
    local seen, count = {}, 0
    for _, name in ipairs(vulcan.fs.list(args.folder)) do
      if not seen[name] then count = count + 1 end
      seen[name] = true
    end
    return count`;
  await expectBoth(bench, code, 1500);
});

test("fs.list says what is no folder", async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "");
  await expectBoth(bench, "return vulcan.fs.list(args.folder .. '/none')", /^error: fs\.list: ENOENT: /);
  await expectBoth(bench, "return vulcan.fs.list(args.folder .. '/file')", /^error: fs\.list: ENOTDIR: /);
});

test("fs.list refuses a folder with a name that is not UTF-8", {
  skip: process.platform !== "linux",
}, async t => {
  const bench = await luaBench(t);
  writeFileSync(Buffer.concat([Buffer.from(`${bench.folder}/`), Buffer.from([0x61, 0xff])]), "");
  await expectBoth(
    bench,
    "return vulcan.fs.list(args.folder)",
    `error: fs.list: non-UTF-8 file name under ${bench.folder}`,
  );
});

test("fs.read gives a whole file, small or large, byte order mark and line ends as they are", async t => {
  const bench = await luaBench(t);
  const contents = ["", "Grüße\r\n\0\u{1f600}", "\ufeffx", "ä".repeat(200_000), "x".repeat(64 * 1024)];
  for (const content of contents) {
    writeFileSync(join(bench.folder, "file"), content);
    await expectBoth(
      bench,
      "return vulcan.fs.read(args.folder .. '/file') == args.content",
      true,
      undefined,
      {
        content,
      },
    );
  }
});

test("fs.read refuses what is not UTF-8 to the last byte", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  for (const bytes of [[0xff], [0x61, 0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    for (const length of [0, 100_000]) {
      writeFileSync(file, Buffer.concat([Buffer.alloc(length, "a"), Buffer.from(bytes)]));
      await expectBoth(
        bench,
        "return vulcan.fs.read(args.folder .. '/file')",
        `error: fs.read: ${file} is not valid UTF-8`,
      );
    }
  }
});

test("fs.read says what cannot be read", async t => {
  const bench = await luaBench(t);
  await expectBoth(
    bench,
    "return vulcan.fs.read(args.folder .. '/none')",
    /^error: fs\.read: ENOENT: .*none/,
  );
  await expectBoth(bench, "return vulcan.fs.read(args.folder)", /^error: fs\.read: EISDIR: /);
  await expectBoth(bench, "return vulcan.fs.read_bytes(args.folder)", /^error: fs\.read_bytes: EISDIR: /);
});

test("a device or a pipe is no file to read or write: it might never end", { skip: !posix }, async t => {
  const bench = await luaBench(t);
  await expectBoth(
    bench,
    "return vulcan.fs.read('/dev/zero')",
    "error: fs.read: /dev/zero is not a regular file",
  );
  await expectBoth(
    bench,
    "return vulcan.fs.write('/dev/null', 'x')",
    "error: fs.write: /dev/null is not a regular file",
  );
  const pipe = join(bench.folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  for (const call of ["read(args.folder .. '/pipe')", "write(args.folder .. '/pipe', 'x')"]) {
    const fn = call.slice(0, call.indexOf("("));
    await expectBoth(bench, `return vulcan.fs.${call}`, `error: fs.${fn}: ${pipe} is not a regular file`);
  }
});

test("fs.write makes or replaces a file, verbatim, and returns nothing", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  const contents = ["", "a\r\nb\r", "ü".repeat(100_000), "short"];
  for (const content of contents) {
    await expectBoth(
      bench,
      "return vulcan.fs.write(args.folder .. '/file', args.content)",
      undefined,
      undefined,
      {
        content,
      },
    );
    assert.equal(readFileSync(file, "utf8"), content);
  }
  assert.deepEqual(readdirSync(bench.folder), ["file"]);
});

test("fs.write makes no folders and leaves nothing behind when it fails", async t => {
  const bench = await luaBench(t);
  for (const length of [1, 100_000]) {
    await expectBoth(
      bench,
      `return vulcan.fs.write(args.folder .. '/none/file', ('x'):rep(${length}))`,
      /^error: fs\.write: ENOENT: .*none.file/,
    );
    await expectBoth(
      bench,
      `return vulcan.fs.write(args.folder, ('x'):rep(${length}))`,
      /^error: fs\.write: EISDIR: /,
    );
  }
  assert.deepEqual(readdirSync(bench.folder), []);
});

test("fs.write keeps permissions, links and what is not its own to replace", { skip: !posix }, async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  writeFileSync(path("script"), "old", { mode: 0o750 });
  chmodSync(path("script"), 0o750);
  symlinkSync("script", path("link"));
  symlinkSync("later", path("dangling"));
  writeFileSync(path("one"), "old");
  linkSync(path("one"), path("two"));
  for (const name of ["script", "link", "dangling", "two"]) {
    await expectBoth(bench, `return vulcan.fs.write(args.folder .. '/${name}', '${name}')`, undefined);
  }
  assert.equal(readFileSync(path("script"), "utf8"), "link");
  assert.equal(statSync(path("script")).mode & 0o777, 0o750);
  assert.equal(readlinkSync(path("link")), "script");
  assert.equal(readFileSync(path("later"), "utf8"), "dangling");
  assert.equal(readFileSync(path("one"), "utf8"), "two");
  assert.equal(statSync(path("one")).nlink, 2);
  const names = ["dangling", "later", "link", "one", "script", "two"];
  assert.deepEqual(readdirSync(bench.folder).sort(), names);
});

test("fs.write does not put a new file in the place of one that may not be written", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  writeFileSync(file, "old", { mode: 0o444 });
  const mayAnyway = process.getuid?.() === 0;
  const expected = mayAnyway ? undefined : /^error: fs\.write: (EACCES|EPERM): /;
  await expectBoth(bench, "return vulcan.fs.write(args.folder .. '/file', 'new')", expected);
  assert.equal(readFileSync(file, "utf8"), mayAnyway ? "new" : "old");
  chmodSync(file, 0o644);
});

test("a write that the disk refuses half way leaves the old content and nothing else", {
  skip: !posix,
}, async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "old");
  const script = join(repository, "build/test/host/limited-writes.js");
  // Blocks of 512 bytes, or of 1024 in some shells: both files stay below a megabyte.
  const child = spawnSync(
    "sh",
    ["-c", `ulimit -f 256; exec "$0" "$1" "$2"`, process.execPath, script, folder],
    {
      encoding: "utf8",
    },
  );
  assert.equal(child.stderr, "");
  assert.deepEqual(JSON.parse(child.stdout), ["fs.write: EFBIG", "fs.write: EFBIG"]);
  assert.deepEqual(readdirSync(folder), ["file"]);
  assert.equal(readFileSync(join(folder, "file"), "utf8"), "old");
});

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

test("fs.read_bytes and fs.write_bytes carry any bytes as base64", async t => {
  const bench = await luaBench(t);
  const file = join(bench.folder, "file");
  for (const bytes of [Buffer.from([0, 0xff, 10]), Buffer.alloc(200_000, 0xfe)]) {
    const base64 = bytes.toString("base64");
    await expectBoth(
      bench,
      "return vulcan.fs.write_bytes(args.folder .. '/file', args.base64)",
      true,
      undefined,
      {
        base64,
      },
    );
    assert.deepEqual(readFileSync(file), bytes);
    await expectBoth(
      bench,
      "return vulcan.fs.read_bytes(args.folder .. '/file') == args.base64",
      true,
      undefined,
      {
        base64,
      },
    );
  }
  writeFileSync(file, "");
  await expectBoth(bench, "return vulcan.fs.read_bytes(args.folder .. '/file')", "");
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
