import assert from "node:assert/strict";
import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileDigests } from "#dist/lifecycle/dependencies/digests.js";
import { temporaryFolder } from "../../skills/skill-tree.js";
import { sha256 } from "../releases.js";

test("a file that is as it was recorded is not read again", async t => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "content");
  const { size, mtimeMs, ctimeMs } = statSync(file);
  // Whoever read the file would find out.
  const recorded = { sha256: "as recorded", size, mtimeMs, ctimeMs };
  assert.equal(await new FileDigests().of(file, recorded), recorded);
});

test("a file whose size and time of change were put back after it was written is read", async t => {
  const file = join(temporaryFolder(t), "file");
  writeFileSync(file, "content");
  const digests = new FileDigests();
  const before = await digests.of(file, undefined);
  const { atime, mtime } = statSync(file);
  // The clock of file times may be coarse.
  while (statSync(file).ctimeMs === (before as { ctimeMs: number }).ctimeMs) {
    writeFileSync(file, "CONTENT");
    utimesSync(file, atime, mtime);
  }
  const after = await digests.of(file, before as Exclude<typeof before, "folder">);
  assert.equal((after as { sha256: string }).sha256, sha256("CONTENT"));
});

test("what is no file has no digest", async t => {
  const folder = temporaryFolder(t);
  assert.equal(await new FileDigests().of(folder, undefined), "folder");
  assert.equal(await new FileDigests().of(join(folder, "nothing"), undefined), undefined);
});
