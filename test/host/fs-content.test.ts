import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
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
