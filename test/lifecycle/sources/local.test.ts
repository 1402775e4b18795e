// The sources on this machine: folders and archives.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Scope } from "../../skills/skill-tree.js";
import { zipBytes } from "../archives/zip-bytes.js";
import { skillZip } from "../releases.js";
import { answering, tree, writePackage } from "../runtime.js";
import { refused, sourcesFor } from "./source-calls.js";

function folderSource(t: Scope, extra: Record<string, string> = {}) {
  const calls = sourcesFor(t, { allowNetworkDownload: false });
  const locator = writePackage(calls.folder, "demo", answering("1.2.0", "hello", extra));
  return { locator, ...calls };
}

test("a folder is copied without what people have beside their code", async t => {
  const { locator, fetch } = folderSource(t, {
    ".git/HEAD": "x",
    "node_modules/x/index.js": "x",
    "help/help.md": "# Help",
    ".luarc.json": "{}",
  });
  const { found, staging } = await fetch("folder", { locator });
  const { stage, ...described } = found;
  assert.deepEqual(described, { skillId: "demo", version: "1.2.0", sourceType: "folder", locator });
  const files = tree(staging);
  assert.deepEqual(Object.keys(files), [
    "demo/.luarc.json",
    "demo/help/help.md",
    "demo/runtime/run.lua",
    "demo/skill.yaml",
  ]);
  assert.equal(files["demo/help/help.md"], "# Help");
});

test("a folder may be installed under another id", async t => {
  const { locator, fetch } = folderSource(t);
  const { found, staging } = await fetch("folder", { locator, skillId: "other" });
  assert.equal(found.skillId, "other");
  assert.deepEqual(readdirSync(staging), ["other"]);
});

test("a folder of another version than the one asked for is refused", async t => {
  const { locator, resolve } = folderSource(t);
  assert.equal((await resolve("folder", { locator, version: "^1.1" })).version, "1.2.0");
  const message = /has version 1\.2\.0, but the request is for the version 1\.3\.0$/;
  await assert.rejects(resolve("folder", { locator, version: "1.3.0" }), refused("SKILL_SOURCE", message));
});

test("a folder that changes its version meanwhile is refused", async t => {
  const { folder, locator, resolve, context } = folderSource(t);
  const found = await resolve("folder", { locator });
  writePackage(folder, "demo", answering("1.3.0", "x"));
  const staging = join(folder, "s");
  mkdirSync(staging);
  await assert.rejects(
    found.stage(staging, context),
    refused("SKILL_PACKAGE", /changed to version 1\.3\.0 meanwhile/),
  );
  assert.deepEqual(readdirSync(staging), []);
});

const badFolders: [what: string, path: string, code: string, message: RegExp][] = [
  ["no folder", "nothing", "SKILL_SOURCE", /cannot be read: ENOENT/],
  ["a file", "packages/demo/skill.yaml", "SKILL_REQUEST", /the name of the folder .* must match/],
  ["a folder without a manifest", "packages", "SKILL_PACKAGE", /skill\.yaml: no such file/],
];

for (const [what, path, code, message] of badFolders) {
  test(`${what} is refused as a skill folder`, async t => {
    const { folder, resolve } = folderSource(t);
    await assert.rejects(resolve("folder", { locator: join(folder, path) }), refused(code, message));
  });
}

test("a file in the place of a skill folder is refused", async t => {
  const { folder, resolve } = folderSource(t);
  const locator = join(folder, "plain");
  writeFileSync(locator, "x");
  await assert.rejects(resolve("folder", { locator }), refused("SKILL_SOURCE", /is not a folder$/));
});

if (process.platform !== "win32") {
  test("a folder with a link is refused, and nothing is staged", async t => {
    const { locator, fetch, staging } = folderSource(t);
    symlinkSync("/etc/passwd", join(locator, "help"));
    await assert.rejects(
      fetch("folder", { locator }),
      refused("SKILL_PACKAGE", /"help": it is a symbolic link$/),
    );
    assert.deepEqual(readdirSync(staging(1)), []);
  });

  test("a folder with a name that Windows cannot store is refused", async t => {
    const { locator, fetch } = folderSource(t, { "runtime/a:b.lua": "x" });
    await assert.rejects(
      fetch("folder", { locator }),
      refused("SKILL_PACKAGE", /which Windows cannot store/),
    );
  });

  test("files are copied without their modes", async t => {
    const { locator, fetch } = folderSource(t);
    const script = join(locator, "tool.sh");
    writeFileSync(script, "#!/bin/sh\n", { mode: 0o755 });
    const { staging } = await fetch("folder", { locator });
    assert.equal(statSync(join(staging, "demo/tool.sh")).mode & 0o111, 0);
  });
}

function zipSource(t: Scope, bytes: Buffer) {
  const calls = sourcesFor(t, { allowNetworkDownload: false });
  const locator = join(calls.folder, "demo.zip");
  writeFileSync(locator, bytes);
  return { locator, ...calls };
}

test("an archive says by its folder which skill it is", async t => {
  const { locator, fetch, idOf } = zipSource(t, skillZip("demo", "1.2.0"));
  assert.equal(idOf("zip", { locator }), undefined);
  const { found, staging } = await fetch("zip", { locator });
  const { stage, ...described } = found;
  assert.deepEqual(described, { skillId: "demo", version: "1.2.0", sourceType: "zip", locator });
  assert.deepEqual(Object.keys(tree(staging)), ["demo/runtime/run.lua", "demo/skill.yaml"]);
});

test("an archive of another skill than the one asked for is refused", async t => {
  const { locator, resolve } = zipSource(t, skillZip("demo", "1.2.0"));
  const message = /holds the skill demo, but the request is for other$/;
  await assert.rejects(resolve("zip", { locator, skillId: "other" }), refused("SKILL_PACKAGE", message));
});

const badArchives: [what: string, bytes: Buffer, message: RegExp][] = [
  ["several folders", zipBytes([{ name: "a/skill.yaml" }, { name: "b/skill.yaml" }]), /it holds a, b$/],
  ["no manifest", zipBytes([{ name: "demo/x" }]), /there is no demo\/skill\.yaml in it$/],
  ["no files", zipBytes([]), /there is no file in it$/],
  [
    "a folder that is no id",
    zipBytes([{ name: "My Skill/skill.yaml", data: "version: 1.0.0" }]),
    /must match/,
  ],
  ["garbage", Buffer.from("garbage"), /demo\.zip is refused/],
];

for (const [what, bytes, message] of badArchives) {
  test(`an archive with ${what} is refused`, async t => {
    const { locator, resolve } = zipSource(t, bytes);
    await assert.rejects(resolve("zip", { locator }), refused("SKILL_PACKAGE", message));
  });
}

test("an archive that is not there is named", async t => {
  const { folder, resolve } = zipSource(t, Buffer.alloc(0));
  const message = /nothing\.zip cannot be read: ENOENT/;
  await assert.rejects(
    resolve("zip", { locator: join(folder, "nothing.zip") }),
    refused("SKILL_SOURCE", message),
  );
  await assert.rejects(
    resolve("zip", { locator: "" }),
    refused("SKILL_REQUEST", /zip source must be a path, got ""/),
  );
});

test("staging that is aborted leaves nothing behind", async t => {
  const { folder, locator, resolve, context } = zipSource(t, skillZip("demo", "1.2.0"));
  const found = await resolve("zip", { locator });
  const staging = join(folder, "s");
  mkdirSync(staging);
  const reason = new Error("enough");
  const signal = AbortSignal.abort(reason);
  await assert.rejects(found.stage(staging, { ...context, signal }), error => error === reason);
  assert.deepEqual(readdirSync(staging), []);
});
