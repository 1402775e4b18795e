// What every refused archive must show: its reason, and a disk on which nothing has happened.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SkillError } from "luaskills";
import type { ArchiveFormat } from "#dist/lifecycle/archives/archive.js";
import { topFolder, unpackPackage } from "#dist/lifecycle/sources/unpack.js";
import { manifest, type Scope, temporaryFolder } from "../../skills/skill-tree.js";

export const skillYaml = manifest(["run"]);
export const runLua = "return function() return 'ok' end";

/** Unpacks an archive as the package `demo` 1.0.0 into `<folder>/staging`. @returns the folder */
export async function unpack(t: Scope, bytes: Buffer, format: ArchiveFormat = "zip"): Promise<string> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "staging"));
  writeFileSync(join(folder, "demo.archive"), bytes);
  await unpackInto(folder, format);
  return folder;
}

export async function assertRefused(
  t: Scope,
  bytes: Buffer,
  reason: RegExp,
  format: ArchiveFormat = "zip",
): Promise<void> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "staging"));
  writeFileSync(join(folder, "demo.archive"), bytes);
  await assert.rejects(unpackInto(folder, format), (error: SkillError) => {
    assert.equal(error.code, "SKILL_PACKAGE", String(error.stack));
    assert.match(error.message, reason);
    assert.match(error.message, /^demo\.archive/);
    return true;
  });
  assert.deepEqual(readdirSync(join(folder, "staging")), [], "the staging folder is empty again");
  assert.deepEqual(readdirSync(folder).sort(), ["demo.archive", "staging"], "nothing was written elsewhere");
}

function unpackInto(folder: string, format: ArchiveFormat): Promise<void> {
  return unpackPackage(
    { path: join(folder, "demo.archive"), format, place: topFolder("demo") },
    { skillId: "demo", version: "1.0.0" },
    join(folder, "staging"),
    { signal: undefined, progress: () => {} },
  );
}
