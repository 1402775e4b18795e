import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copy } from "#dist/host/fs/copy.js";
import { runSync, runWaiting } from "#dist/host/fs/steps.js";
import { temporaryFolder } from "../skills/skill-tree.js";
import { expectBoth, luaBench } from "./lua.js";

const posix = process.platform !== "win32";

/** `vulcan.fs.copy` of two names in the folder of the run. */
const copyCode = (src: string, dst: string, options = "") =>
  `return vulcan.fs.copy(args.folder .. '/${src}', args.folder .. '/${dst}'${options})`;
const overwrite = ", { overwrite = true }";

function writeTree(folder: string, text: string): void {
  mkdirSync(join(folder, "inner/deep"), { recursive: true });
  mkdirSync(join(folder, "empty"), { recursive: true });
  writeFileSync(join(folder, "a"), text);
  writeFileSync(join(folder, "inner/b"), text);
  writeFileSync(join(folder, "inner/deep/c"), text);
}

function readTree(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const entries = names.map(name => {
    const path = join(folder, name);
    return [name.replaceAll("\\", "/"), statSync(path).isDirectory() ? "folder" : readFileSync(path, "utf8")];
  });
  return Object.fromEntries(entries);
}

test("a file is copied with its permissions, and not over another unless asked", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  for (const size of [5, 200_000]) {
    writeFileSync(path("from"), "n".repeat(size));
    chmodSync(path("from"), 0o640);
    const prepare = () => rmSync(path("to"), { force: true });
    await expectBoth(bench, copyCode("from", "to"), true, prepare);
    assert.equal(readFileSync(path("to"), "utf8"), "n".repeat(size));
    if (posix) assert.equal(statSync(path("to")).mode & 0o777, 0o640);
    const old = () => writeFileSync(path("to"), "old");
    await expectBoth(bench, copyCode("from", "to"), false, old);
    await expectBoth(bench, copyCode("from", "to", ", {}"), false, old);
    assert.equal(readFileSync(path("to"), "utf8"), "old");
    await expectBoth(bench, copyCode("from", "to", overwrite), true, old);
    assert.equal(readFileSync(path("to"), "utf8"), "n".repeat(size));
  }
  assert.deepEqual(readdirSync(bench.folder).sort(), ["from", "to"]);
});

test("a folder is copied with all that is in it", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  writeTree(path("from"), "text");
  chmodSync(path("from/inner"), 0o755);
  await expectBoth(bench, copyCode("from/", "to/"), true, () =>
    rmSync(path("to"), { recursive: true, force: true }),
  );
  assert.deepEqual(readTree(path("to")), readTree(path("from")));
  assert.equal(statSync(path("to/inner")).mode, statSync(path("from/inner")).mode);
  await expectBoth(bench, copyCode("from", "to"), false);
  assert.deepEqual(readdirSync(bench.folder).sort(), ["from", "to"]);
});

test("overwriting replaces a folder as a whole, by a folder or by a file, and a file by a folder", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  const clean = () => rmSync(bench.folder, { recursive: true });
  const start = (from: "file" | "folder", to: "file" | "folder") => () => {
    clean();
    mkdirSync(bench.folder);
    if (from === "file") writeFileSync(path("from"), "new");
    else writeTree(path("from"), "new");
    if (to === "file") writeFileSync(path("to"), "old");
    else writeTree(path("to/other"), "old");
  };
  for (const from of ["file", "folder"] as const) {
    for (const to of ["file", "folder"] as const) {
      await expectBoth(bench, copyCode("from", "to", overwrite), true, start(from, to));
      if (from === "file") assert.equal(readFileSync(path("to"), "utf8"), "new");
      else assert.deepEqual(readTree(path("to")), readTree(path("from")));
      assert.deepEqual(readdirSync(bench.folder).sort(), ["from", "to"]);
    }
  }
});

test("a folder that may not be written is copied with what is in it", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  writeTree(path("from"), "text");
  chmodSync(path("from/inner"), 0o555);
  assert.equal(await bench.run(copyCode("from", "to")), true);
  assert.deepEqual(readTree(path("to")), readTree(path("from")));
  for (const name of ["from/inner", "to/inner"]) chmodSync(path(name), 0o755);
});

test("copying refuses links and special files anywhere, before anything is written", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  writeTree(path("from"), "text");
  writeTree(path("to"), "old");
  const before = readTree(path("to"));
  symlinkSync(path("from/inner"), path("link"), "junction");
  const link = /^error: fs\.copy: .*link is a symbolic link, which is not copied$/;
  await expectBoth(bench, copyCode("link", "to", overwrite), link);
  symlinkSync(path("from/inner/deep"), path("from/inner/link"), "junction");
  await expectBoth(bench, copyCode("from", "to", overwrite), link);
  rmSync(path("from/inner/link"));
  if (posix) {
    spawnSync("mkfifo", [path("from/pipe")]);
    const pipe = /^error: fs\.copy: .*from\/pipe is neither a file nor a folder$/;
    await expectBoth(bench, copyCode("from", "to", overwrite), pipe);
  }
  assert.deepEqual(readTree(path("to")), before);
  assert.deepEqual(readdirSync(bench.folder).sort(), ["from", "link", "to"]);
});

test("copying refuses the same path, and trees of which one contains the other", async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  writeTree(path("tree"), "text");
  const before = readTree(path("tree"));
  symlinkSync(path("tree"), path("way"), "junction");
  const cases: [src: string, dst: string, problem: string][] = [
    ["tree", "tree", "src and dst are the same path"],
    ["tree/a", "tree/a", "src and dst are the same path"],
    ["tree/inner", "way/inner", "src and dst are the same path"],
    ["tree/inner/", "tree/../tree/inner", "src and dst are the same path"],
    ["tree", "tree/copy", "dst is inside src"],
    ["tree", "way/inner/copy", "dst is inside src"],
    ["way/inner/deep", "tree", "src is inside dst"],
    ["tree/a", "tree", "src is inside dst"],
  ];
  for (const [src, dst, problem] of cases) {
    await expectBoth(bench, copyCode(src, dst), `error: fs.copy: ${problem}`);
    await expectBoth(bench, copyCode(src, dst, overwrite), `error: fs.copy: ${problem}`);
  }
  await expectBoth(bench, copyCode("tree", "tree-2"), true, () =>
    rmSync(path("tree-2"), { recursive: true, force: true }),
  );
  assert.deepEqual(readTree(path("tree")), before);
});

test("copying refuses the root of a file system on either side", { skip: !posix }, async t => {
  const bench = await luaBench(t);
  writeFileSync(join(bench.folder, "file"), "");
  const root = /^error: fs\.copy: \/ is the root of a file system$/;
  await expectBoth(bench, "return vulcan.fs.copy('/', args.folder .. '/x')", root);
  await expectBoth(bench, "return vulcan.fs.copy(args.folder .. '/file', '/', { overwrite = true })", root);
  await expectBoth(
    bench,
    "return vulcan.fs.copy(args.folder .. '/file', '/tmp/..', { overwrite = true })",
    root,
  );
});

test("overwriting a link replaces the link and leaves what it led to", { skip: !posix }, async t => {
  const bench = await luaBench(t);
  const path = (name: string) => join(bench.folder, name);
  writeFileSync(path("from"), "new");
  writeFileSync(path("kept"), "kept");
  await expectBoth(bench, copyCode("from", "link"), false, () => {
    rmSync(path("link"), { force: true });
    symlinkSync("nowhere", path("link"));
  });
  assert.equal(readlinkSync(path("link")), "nowhere");
  await expectBoth(bench, copyCode("from", "link", overwrite), true, () => {
    rmSync(path("link"));
    symlinkSync("kept", path("link"));
  });
  assert.equal(readFileSync(path("link"), "utf8"), "new");
  assert.equal(readFileSync(path("kept"), "utf8"), "kept");
});

test("copying says what is missing", async t => {
  const bench = await luaBench(t);
  await expectBoth(bench, copyCode("none", "to"), /^error: fs\.copy: ENOENT: .*none/);
  writeFileSync(join(bench.folder, "from"), "");
  await expectBoth(bench, copyCode("from", "none/to"), /^error: fs\.copy: ENOENT: .*none/);
});

test("names that are not UTF-8 are copied as they are", { skip: process.platform !== "linux" }, t => {
  const folder = temporaryFolder(t);
  const name = Buffer.from([0x61, 0xff]);
  mkdirSync(join(folder, "from"));
  writeFileSync(Buffer.concat([Buffer.from(join(folder, "from/")), name]), "text");
  assert.equal(runSync(copy(join(folder, "from"), join(folder, "to"), { overwrite: false })), true);
  assert.deepEqual(readdirSync(join(folder, "to"), { encoding: "buffer" }), [name]);
});

test("a copy that is ended leaves nothing behind, and the old folder where it was", async t => {
  const folder = temporaryFolder(t);
  writeTree(join(folder, "from"), "new");
  writeTree(join(folder, "to"), "old");
  const before = readTree(join(folder, "to"));
  for (const last of [0, 1, 3, 5]) {
    let calls = 0;
    const checkpoint = () => {
      if (calls++ === last) throw new Error("ended");
    };
    const steps = copy(join(folder, "from"), join(folder, "to"), { overwrite: true, checkpoint });
    await assert.rejects(runWaiting(steps), { message: "ended" });
    assert.deepEqual(readTree(join(folder, "to")), before);
    assert.deepEqual(readdirSync(folder).sort(), ["from", "to"]);
  }
});

test("the copy of a large tree ends with its call", async t => {
  const bench = await luaBench(t);
  for (let i = 0; i < 20; i++) writeTree(join(bench.folder, "from", String(i)), "x".repeat(100_000));
  const code = copyCode("from", "to");
  const call = bench.engine.call("bench-run", { folder: bench.folder, code }, { timeoutMs: 1 });
  await assert.rejects(call, { code: "LUA_TIMEOUT" });
  // What still runs ends at its next file; the folder can be looked at when the copy has cleaned up after itself.
  while (readdirSync(bench.folder).length > 1 && !existsSync(join(bench.folder, "to"))) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  assert.deepEqual(readdirSync(bench.folder), ["from"]);
});
