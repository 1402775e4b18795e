// Dependencies that somebody has put into their place, that the host provides, or that are not there.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { platformName } from "#dist/lifecycle/dependencies/platform.js";
import { loopbackServer, ok, status } from "../loopback-server.js";
import { sha256 } from "../releases.js";
import { refused } from "../sources/source-calls.js";
import { dependencyRuntime, type ManifestParts, manifestOf } from "./dependency-runtime.js";

const lines = ["url: https://example.com/tool"];
const offline = { allowed: false };
const place = "dependencies/tools/demo/tool/1.0.0/linux-x64/bin/tool";

test("a skill without dependencies.yaml needs nothing, and is told so at once", t => {
  const { dependencies, skill, root, dir } = dependencyRuntime(t, "");
  const other = { ...skill, skillDir: join(root.skillsDir, "other") };
  assert.equal(dependencies.prepare(other), undefined);
  assert.equal(existsSync(dir), false);
});

for (const text of ["", "tool_dependencies: []\n", "# nothing yet\n", "other_key: 1\n"]) {
  test(`a dependencies.yaml of ${JSON.stringify(text)} makes no folders`, async t => {
    const { prepare, dir } = dependencyRuntime(t, text);
    assert.deepEqual((await prepare()).dependencies, []);
    assert.equal(existsSync(dir), false);
  });
}

test("a file that somebody put there counts, is made executable, and its digest is recorded", async t => {
  const { prepare, place: put, lockFile } = dependencyRuntime(t, manifestOf({ lines }), offline);
  const file = put(place, "by hand");
  assert.equal((await prepare()).dependencies[0]?.status, "adopted");
  assert.equal((await prepare()).dependencies[0]?.status, "present");
  const entry = JSON.parse(readFileSync(lockFile, "utf8")).dependencies["tools/tool/1.0.0/linux-x64"];
  assert.equal(entry.origin, "adopted");
  assert.equal(entry.files["bin/tool"].sha256, sha256("by hand"));
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o111, 0o111);
});

test("what somebody put there may be replaced by hand, and is recorded anew", async t => {
  const { prepare, create, place: put, lockFile } = dependencyRuntime(t, manifestOf({ lines }), offline);
  put(place, "first");
  await prepare();
  put(place, "second");
  assert.equal((await prepare({}, create())).dependencies[0]?.status, "adopted");
  assert.match(readFileSync(lockFile, "utf8"), new RegExp(sha256("second")));
});

const versions: [declared: string, folder: string][] = [
  ["1.0.0", "1.0.0"],
  ["v1.0.0", "v1.0.0"],
  ["v1.0.0", "1.0.0"],
  ["'1.0 beta'", "1.0_beta"],
  ["1.5", "1.5"],
  ["", "unversioned"],
  ["", "3.2.1"],
];

for (const [declared, folder] of versions) {
  test(`version ${declared || "none"} is found in the folder ${folder}`, async t => {
    const { prepare, place: put } = dependencyRuntime(t, manifestOf({ lines, version: declared }), offline);
    put(`dependencies/tools/demo/tool/${folder}/linux-x64/bin/tool`, "x");
    assert.equal((await prepare()).dependencies[0]?.status, "adopted");
  });
}

test("without a version the highest one in place counts", async t => {
  const { prepare, place: put } = dependencyRuntime(t, manifestOf({ lines, version: "" }), offline);
  for (const version of ["1.9.0", "1.10.0", "1.2.0"]) {
    put(`dependencies/tools/demo/tool/${version}/linux-x64/bin/tool`, "x");
  }
  assert.equal((await prepare()).dependencies[0]?.version, "1.10.0");
});

test("names in target paths stand for the version and for either form of the tag", async t => {
  const exports = ["{ archive_path: x, target_path: 'lib-{version}/{tag}.so' }"];
  const manifest = manifestOf({ list: "ffi_dependencies", lines, exports });
  const { prepare, place: put } = dependencyRuntime(t, manifest, offline);
  put("dependencies/ffi/demo/tool/1.0.0/linux-x64/lib-1.0.0/v1.0.0.so", "x");
  assert.equal((await prepare()).dependencies[0]?.status, "adopted");
});

test("a folder in the place of a file counts, with whatever is in it", async t => {
  const exports = ["{ archive_path: x, target_path: share }", "{ archive_path: y, target_path: bin/tool }"];
  const { prepare, create, place: put } = dependencyRuntime(t, manifestOf({ lines, exports }), offline);
  put(place, "x");
  put("dependencies/tools/demo/tool/1.0.0/linux-x64/share/a/b", "y");
  assert.equal((await prepare()).dependencies[0]?.status, "adopted");
  put("dependencies/tools/demo/tool/1.0.0/linux-x64/share/a/b", "changed");
  assert.equal((await prepare({}, create())).dependencies[0]?.status, "present");
});

test("one file of two is not enough", async t => {
  const exports = ["{ archive_path: a, target_path: a }", "{ archive_path: b, target_path: b }"];
  const { prepare, place: put } = dependencyRuntime(t, manifestOf({ lines, exports }), offline);
  put("dependencies/tools/demo/tool/1.0.0/linux-x64/a", "x");
  await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", /tool tool 1\.0\.0 is missing/));
});

test("a file by hand that has not the digest of the manifest does not count", async t => {
  const pinned = [...lines, `sha256: ${sha256("right")}`];
  const { prepare, place: put } = dependencyRuntime(t, manifestOf({ lines: pinned }), offline);
  put(place, "wrong");
  const message =
    /bin\/tool has SHA-256 [0-9a-f]{64}, but dependencies\.yaml wants [0-9a-f]{64}; network download/;
  await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", message));
  put(place, "right");
  assert.equal((await prepare()).dependencies[0]?.status, "adopted");
});

test("a record that nobody understands is as good as none", async t => {
  const { prepare, create, place: put, lockFile } = dependencyRuntime(t, manifestOf({ lines }), offline);
  put(place, "x");
  await prepare();
  for (const text of [
    "{",
    "[]",
    '{"lock_version":9}',
    '{"lock_version":1,"dependencies":{"tools/tool/1.0.0/linux-x64":5}}',
  ]) {
    writeFileSync(lockFile, text);
    assert.equal((await prepare({}, create())).dependencies[0]?.status, "adopted");
  }
});

const missing: [what: string, parts: ManifestParts, message: RegExp][] = [
  [
    "where nothing may be downloaded",
    { lines },
    /^tool tool 1\.0\.0 is missing: network download is disabled by host policy \(option allowNetworkDownload\): allow it, or put bin\/tool into .*tools.demo.tool.1\.0\.0.linux-x64$/,
  ],
  [
    "that the host has to provide",
    { lines, scope: "host", list: "lua_dependencies" },
    /^Lua package tool 1\.0\.0 is missing: the host has to provide it: put bin\/tool into .*rt.lua_packages.tool.1\.0\.0.linux-x64$/,
  ],
];

for (const [what, parts, message] of missing) {
  test(`a required dependency ${what} fails the skill`, async t => {
    const { prepare, dir } = dependencyRuntime(t, manifestOf(parts), offline);
    await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", message));
    assert.equal(existsSync(dir), false);
  });

  test(`an optional dependency ${what} does not`, async t => {
    const { prepare, dir } = dependencyRuntime(t, manifestOf({ ...parts, required: false }), offline);
    const [state] = (await prepare()).dependencies;
    assert.equal(state?.status, "missing");
    assert.match(
      `tool tool 1.0.0 is missing: ${state?.reason}`,
      new RegExp(message.source.replace(/^\^(tool|Lua package) /, "")),
    );
    assert.equal(existsSync(dir), false);
  });
}

test("an optional dependency that cannot be downloaded does not fail the skill either", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", status(404));
  const manifest = manifestOf({ required: false, lines: [`url: ${server.base}/tool`] });
  const { prepare } = dependencyRuntime(t, manifest);
  assert.match((await prepare()).dependencies[0]?.reason ?? "", /cannot download .*\/tool: HTTP 404$/);
});

test("a platform without a package is named, with those that have one", async t => {
  const { prepare } = dependencyRuntime(t, manifestOf({ lines }), { on: "macos-arm64" });
  const message = /there is no package of it for macos-arm64 \(there is one for linux-x64\)$/;
  await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", message));
});

test("platforms have the names of the manifest", () => {
  assert.equal(platformName("win32", "x64"), "windows-x64");
  assert.equal(platformName("darwin", "arm64"), "macos-arm64");
  assert.equal(platformName("linux", "x64"), "linux-x64");
  assert.equal(platformName("linux", "ppc64"), undefined);
  assert.equal(platformName("freebsd", "x64"), undefined);
});

test("what the host provides is found in its folders, and not recorded", async t => {
  const { prepare, place: put, dir } = dependencyRuntime(t, manifestOf({ lines, scope: "host" }), offline);
  put("bin/tool/1.0.0/linux-x64/bin/tool", "x");
  assert.equal((await prepare()).dependencies[0]?.status, "present");
  assert.equal(existsSync(dir), false);
});

if (process.platform !== "win32" && process.getuid?.() !== 0) {
  test("files in folders that cannot be written are used all the same", async t => {
    const { prepare, place: put, dir } = dependencyRuntime(t, manifestOf({ lines }), offline);
    put(place, "x");
    chmodSync(dir, 0o555);
    t.after(() => chmodSync(dir, 0o755));
    assert.equal((await prepare()).dependencies[0]?.status, "adopted");
  });
}

test("a folder in the place of the record does not stop a skill from being told what is wrong", async t => {
  const { prepare, place: put, lockFile } = dependencyRuntime(t, manifestOf({ lines }), offline);
  put(place, "x");
  mkdirSync(lockFile, { recursive: true });
  await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", /^dependencies of demo: E[A-Z]+: /));
});

test("inspecting finds out and changes nothing", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", ok("x"));
  const manifest = manifestOf({ lines: [`url: ${server.base}/tool`] });
  const { dependencies, skill, dir } = dependencyRuntime(t, manifest);
  const { dependencies: states } = await dependencies.inspect(skill);
  assert.deepEqual(
    states.map(({ status, reason }) => [status, reason]),
    [["missing", "it is not installed yet"]],
  );
  assert.deepEqual(server.asked, []);
  assert.equal(existsSync(dir), false);
});
