// The vendored LuaJIT is what the lock file pins, and a changed copy or another archive is refused.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const script = join(root, "scripts/vendor-luajit.mjs");
const vendored = join(root, "native/vendor/luajit");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "luaskills-vendor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function vendor(args: string[], source?: string): Promise<{ status: number; errors: string }> {
  const env = source === undefined ? process.env : { ...process.env, LUASKILLS_LUAJIT_SOURCE: source };
  return new Promise(done => {
    const child = execFile(process.execPath, [script, ...args], { env }, (_error, _output, errors) => {
      done({ status: child.exitCode ?? -1, errors });
    });
  });
}

function archiveOf(tree: string): string {
  const archive = join(folder, "archive.tar");
  execFileSync("tar", ["-cf", archive, "-C", join(tree, ".."), "luajit"]);
  return archive;
}

test("the vendored tree verifies against the lock file", async () => {
  assert.deepEqual(await vendor(["--verify"]), { status: 0, errors: "" });
});

test("a vendored tree with one changed byte is an error that shows both digests", async () => {
  const copy = join(folder, "luajit");
  cpSync(vendored, copy, { recursive: true });
  appendFileSync(join(copy, "src/lj_gc.c"), "\n");
  for (const args of [
    ["--into", copy],
    ["--verify", "--into", copy],
  ]) {
    const { status, errors } = await vendor(args);
    assert.equal(status, 1);
    assert.match(errors, /expected SHA-256 [0-9a-f]{64}\n {2}found {12}[0-9a-f]{64}/);
  }
});

test("a file added to the vendored tree is an error", async () => {
  const copy = join(folder, "luajit");
  cpSync(vendored, copy, { recursive: true });
  writeFileSync(join(copy, "src/extra.h"), "");
  assert.equal((await vendor(["--into", copy])).status, 1);
});

test("a local archive with another tree is refused and leaves nothing behind", async () => {
  const tree = join(folder, "source/luajit");
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, "Makefile"), "all:\n");
  const target = join(folder, "target/luajit");
  const { status, errors } = await vendor(["--into", target], archiveOf(tree));
  assert.equal(status, 1);
  assert.match(errors, /source tree in .* does not match native\/luajit\.lock\.json/);
  assert.equal(existsSync(target), false);
});

test("a local archive that does not exist is named", async () => {
  const { status, errors } = await vendor(["--into", join(folder, "luajit")], join(folder, "none.tar.xz"));
  assert.equal(status, 1);
  assert.match(errors, /LUASKILLS_LUAJIT_SOURCE names .*none\.tar\.xz, which does not exist/);
});
