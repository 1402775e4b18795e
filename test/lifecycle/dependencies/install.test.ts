// Dependencies that are downloaded.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { MissingDependencies } from "#dist/lifecycle/dependencies/dependencies.js";
import type { Scope } from "../../skills/skill-tree.js";
import { tarGzBytes } from "../archives/tar-bytes.js";
import { zipBytes } from "../archives/zip-bytes.js";
import { cutOff, json, loopbackServer, ok, status } from "../loopback-server.js";
import { publish, sha256 } from "../releases.js";
import { tree } from "../runtime.js";
import { refused } from "../sources/source-calls.js";
import { dependencyRuntime, type ManifestParts, manifestOf } from "./dependency-runtime.js";

const tool = "#!/bin/sh\necho tool\n";
const place = "tools/demo/tool/1.0.0/linux-x64";

async function raw(
  t: Scope,
  { body = tool, pinned = true, ...parts }: ManifestParts & { body?: string; pinned?: boolean } = {},
) {
  const server = await loopbackServer(t);
  server.on("/tool", ok(body));
  const given = [`url: ${server.base}/tool`, ...(pinned ? [`sha256: ${sha256(tool)}`] : [])];
  const runtime = dependencyRuntime(t, manifestOf({ lines: given, ...parts }), { server });
  return { server, ...runtime };
}

test("a file is downloaded into its place, executable where the manifest says so, and recorded", async t => {
  const { prepare, dir, lockFile, server } = await raw(t);
  const report = await prepare();
  assert.deepEqual(report, {
    skillId: "demo",
    dependencies: [
      {
        kind: "tool",
        name: "tool",
        version: "1.0.0",
        required: true,
        scope: "skill",
        folder: join(dir, place),
        status: "installed",
      },
    ],
  });
  const file = join(dir, place, "bin/tool");
  assert.equal(readFileSync(file, "utf8"), tool);
  if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o755);
  const lock = JSON.parse(readFileSync(lockFile, "utf8"));
  const entry = lock.dependencies["tools/tool/1.0.0/linux-x64"];
  assert.equal(entry.origin, "download");
  assert.equal(entry.source, `${server.base}/tool`);
  assert.equal(entry.archive_sha256, sha256(tool));
  assert.equal(entry.files["bin/tool"].sha256, sha256(tool));
});

test("what is in place is neither downloaded nor written again", async t => {
  const { dependencies, prepare, lockFile, server, create } = await raw(t);
  await prepare();
  const written = statSync(lockFile).mtimeMs;
  for (const again of [dependencies, create()]) {
    const report = await prepare({}, again);
    assert.equal(report.dependencies[0]?.status, "present");
  }
  assert.equal(server.count("/tool"), 1);
  assert.equal(statSync(lockFile).mtimeMs, written);
});

test("a downloaded file that was changed is replaced by the one that was recorded", async t => {
  const { prepare, dir, create } = await raw(t);
  await prepare();
  const file = join(dir, place, "bin/tool");
  writeFileSync(file, "evil");
  const report = await prepare({}, create());
  assert.equal(report.dependencies[0]?.status, "installed");
  assert.equal(readFileSync(file, "utf8"), tool);
});

test("a downloaded file that was changed is refused where nothing may be downloaded", async t => {
  const { prepare, dir } = await raw(t, { pinned: false });
  await prepare();
  writeFileSync(join(dir, place, "bin/tool"), "evil");
  const offline = dependencyRuntime(t, "", { allowed: false }).dependencies;
  await assert.rejects(
    prepare({}, offline),
    refused(
      "SKILL_DEPENDENCY",
      /^tool tool 1\.0\.0 is missing: bin\/tool was changed since it was installed.*; network download is disabled/,
    ),
  );
});

test("a file that is gone comes back from the cache, without the network", async t => {
  const { prepare, dir, server, folder } = await raw(t);
  await prepare();
  unlinkSync(join(dir, place, "bin/tool"));
  assert.equal(readdirSync(join(folder, "rt/temp/downloads")).length, 1);
  await prepare();
  assert.equal(server.count("/tool"), 1);
});

test("the cache tells versions apart", async t => {
  const { prepare, dir, server, rewrite } = await raw(t, { pinned: false });
  await prepare();
  server.on("/tool", ok("two"));
  rewrite(manifestOf({ version: "2.0.0", lines: [`url: ${server.base}/tool`] }));
  await prepare();
  assert.equal(readFileSync(join(dir, "tools/demo/tool/2.0.0/linux-x64/bin/tool"), "utf8"), "two");
  assert.equal(readFileSync(join(dir, place, "bin/tool"), "utf8"), tool);
});

test("a file with another digest than the manifest says is refused", async t => {
  const { prepare, dir } = await raw(t, { body: "evil" });
  await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", /wrong checksum: expected SHA-256/));
  assert.equal(existsSync(join(dir, place)), false);
});

test("an error that passes is waited out", async t => {
  const { prepare, server } = await raw(t);
  server.on("/tool", status(500), cutOff(Buffer.from(tool), 3), ok(tool));
  assert.equal((await prepare()).dependencies[0]?.status, "installed");
});

const archives: [what: string, type: string, bytes: Buffer][] = [
  [
    "a zip archive",
    "zip",
    zipBytes([
      { name: "tool-1.0.0/bin/tool", data: tool },
      { name: "tool-1.0.0/lib/data.bin", data: "data" },
      { name: "tool-1.0.0/link", data: "bin/tool", mode: 0o120777 },
      { name: "tool-1.0.0/README.", data: "not wanted" },
    ]),
  ],
  [
    "a tar archive",
    "tar_gz",
    tarGzBytes([
      { name: "./tool-1.0.0/", type: "5" },
      { name: "./tool-1.0.0/link", type: "2", linkTo: "/etc/passwd" },
      { name: "./tool-1.0.0/bin/tool", data: tool, mode: 0o4755 },
      { name: "./tool-1.0.0/lib/data.bin", data: "data" },
      { name: "../outside", data: "not wanted" },
    ]),
  ],
];
const fromArchive = [
  "{ archive_path: 'tool-{version}/bin/tool', target_path: bin/tool, executable: true }",
  "{ archive_path: lib/data.bin, target_path: 'share/{version}/data.bin' }",
  "{ archive_path: lib/data.bin, target_path: copy.bin }",
];

for (const [what, type, bytes] of archives) {
  test(`of ${what} only the exported files are unpacked, by their path or below one folder`, async t => {
    const server = await loopbackServer(t);
    server.on("/archive", ok(bytes));
    const lines = [`archive_type: ${type}`, `url: ${server.base}/archive`, `sha256: ${sha256(bytes)}`];
    const { prepare, dir } = dependencyRuntime(t, manifestOf({ lines, exports: fromArchive }));
    await prepare();
    assert.deepEqual(tree(join(dir, "tools/demo")), {
      "tool/1.0.0/linux-x64/bin/tool": tool,
      "tool/1.0.0/linux-x64/copy.bin": "data",
      "tool/1.0.0/linux-x64/share/1.0.0/data.bin": "data",
    });
    if (process.platform === "win32") return;
    assert.equal(statSync(join(dir, place, "bin/tool")).mode & 0o7777, 0o755);
    assert.equal(statSync(join(dir, place, "copy.bin")).mode & 0o111, 0);
  });

  test(`${what} without an exported file is refused, and nothing is left`, async t => {
    const server = await loopbackServer(t);
    server.on("/archive", ok(bytes));
    const lines = [`archive_type: ${type}`, `url: ${server.base}/archive`];
    const exports = [
      "{ archive_path: bin/tool, target_path: bin/tool }",
      "{ archive_path: bin/x, target_path: x }",
    ];
    const { prepare, dir } = dependencyRuntime(t, manifestOf({ lines, exports }));
    await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", /does not contain bin\/x$/));
    assert.deepEqual(tree(join(dir, "tools")), {});
    assert.deepEqual(readdirSync(join(dir, "tools/demo/tool/1.0.0")), []);
  });
}

for (const written of ["tar.gz", "tgz", "TAR_GZ"]) {
  test(`archive_type ${written} is tar_gz`, async t => {
    const server = await loopbackServer(t);
    server.on("/archive", ok(tarGzBytes([{ name: "tool", data: tool }])));
    const lines = [`archive_type: ${written}`, `url: ${server.base}/archive`];
    const { prepare } = dependencyRuntime(t, manifestOf({ lines }));
    assert.equal((await prepare()).dependencies[0]?.status, "installed");
  });
}

test("an exact path counts more than one below a folder, wherever it stands in the archive", async t => {
  const server = await loopbackServer(t);
  const bytes = tarGzBytes([
    { name: "old/tool", data: "old" },
    { name: "tool", data: tool },
    { name: "new/tool", data: "new" },
  ]);
  server.on("/archive", ok(bytes));
  const lines = ["archive_type: tar_gz", `url: ${server.base}/archive`];
  const { prepare, dir } = dependencyRuntime(t, manifestOf({ lines }));
  await prepare();
  assert.equal(readFileSync(join(dir, place, "bin/tool"), "utf8"), tool);
});

test("an exported entry that is a link is refused", async t => {
  const server = await loopbackServer(t);
  server.on("/archive", ok(tarGzBytes([{ name: "tool", type: "2", linkTo: "/etc/passwd" }])));
  const lines = ["archive_type: tar_gz", `url: ${server.base}/archive`];
  const { prepare } = dependencyRuntime(t, manifestOf({ lines }));
  await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", /entry "tool": it is a symbolic link$/));
});

const github = "{ type: github_release, github: { repo: acme/tool } }";

test("a release is found by its version, with its tag in names, and its digest from the API", async t => {
  const server = await loopbackServer(t);
  const bytes = tarGzBytes([{ name: "tool-v1.0.0/tool", data: tool }]);
  publish(server, "acme/tool", [
    { tag: "v1.0.0", assets: [{ name: "tool-1.0.0-v1.0.0.tar.gz", body: bytes }], digests: true },
  ]);
  const lines = ["archive_type: tar_gz", "asset_name: 'tool-{version}-{tag}.tar.gz'"];
  const exports = ["{ archive_path: 'tool-{tag}/tool', target_path: bin/tool }"];
  const manifest = manifestOf({ source: github, lines, exports, version: "v1.0.0" });
  const { prepare, dir } = dependencyRuntime(t, manifest, { server });
  await prepare();
  assert.equal(readFileSync(join(dir, place, "bin/tool"), "utf8"), tool);
  assert.ok(server.count("/api/repos/acme/tool/releases/tags/1.0.0") === 1);
});

test("a release without a version is the latest one, and stays until it is removed", async t => {
  const server = await loopbackServer(t);
  const release = (version: string) => ({ tag: `v${version}`, assets: [{ name: "tool", body: version }] });
  publish(server, "acme/tool", [release("1.0.0")]);
  const manifest = manifestOf({ source: github, lines: ["asset_name: tool"], version: "" });
  const { prepare, dir } = dependencyRuntime(t, manifest, { server });
  await prepare();
  publish(server, "acme/tool", [release("2.0.0")]);
  const report = await prepare();
  assert.equal(report.dependencies[0]?.version, "1.0.0");
  assert.equal(readFileSync(join(dir, place, "bin/tool"), "utf8"), "1.0.0");
});

test("the address of a release may be given", async t => {
  const server = await loopbackServer(t);
  const release = {
    tag_name: "nightly",
    assets: [{ name: "tool", browser_download_url: `${server.base}/tool` }],
  };
  server.on("/own/release", json(release));
  server.on("/tool", ok(tool));
  const source = `{ type: github_release, github: { repo: acme/tool, tag_api: '${server.base}/own/release' } }`;
  const manifest = manifestOf({ source, lines: ["asset_name: tool"] });
  const { prepare, dir } = dependencyRuntime(t, manifest, { server });
  await prepare();
  assert.equal(readFileSync(join(dir, place, "bin/tool"), "utf8"), tool);
});

const noRelease: [what: string, parts: object, message: RegExp][] = [
  [
    "version",
    { version: "3.0.0" },
    /repository acme\/tool does not have a release with the tag 3\.0\.0 or v3\.0\.0/,
  ],
  ["file", { lines: ["asset_name: other"] }, /release v1\.0\.0 of acme\/tool has no file other/],
];

for (const [what, parts, message] of noRelease) {
  test(`a release without the ${what} is named`, async t => {
    const server = await loopbackServer(t);
    publish(server, "acme/tool", [{ tag: "v1.0.0", assets: [{ name: "tool", body: tool }] }]);
    const manifest = manifestOf({ source: github, lines: ["asset_name: tool"], ...parts });
    const { prepare } = dependencyRuntime(t, manifest, { server });
    await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", message));
  });
}

function indexed(base: string, required = true): string {
  return `tool_dependencies:\n  - name: tool\n    version: 1.0.0\n    required: ${required}\n    source: { type: skill_list, skilllist: { url: '${base}/index.yaml', package: tool } }\n`;
}

test("an index says what to download, and is not asked again once the files are in place", async t => {
  const server = await loopbackServer(t);
  const exports = "exports: [{ archive_path: tool, target_path: bin/tool }]";
  const index = `packages:\n  tool:\n    version: 1.0.0\n    packages:\n      linux-x64: { url: '${server.base}/tool', ${exports} }\n      plan9-mips: { archive_type: odd }\n`;
  server.on("/index.yaml", ok(index));
  server.on("/tool", ok(tool));
  const { prepare, dir, create } = dependencyRuntime(t, indexed(server.base));
  await prepare();
  assert.equal(readFileSync(join(dir, place, "bin/tool"), "utf8"), tool);
  assert.equal((await prepare({}, create())).dependencies[0]?.status, "present");
  assert.equal(server.count("/index.yaml"), 1);
});

test("files by hand are found once the index says which ones they are, and not downloaded", async t => {
  const server = await loopbackServer(t);
  const exports = "exports: [{ archive_path: tool, target_path: bin/tool }]";
  server.on(
    "/index.yaml",
    ok(`packages: { tool: { packages: { linux-x64: { url: 'https://x.example', ${exports} } } } }`),
  );
  const { prepare, place: put } = dependencyRuntime(t, indexed(server.base));
  put(`dependencies/${place}/bin/tool`, "by hand");
  assert.equal((await prepare()).dependencies[0]?.status, "adopted");
  assert.equal((await prepare()).dependencies[0]?.status, "present");
  assert.equal(server.count("/index.yaml"), 1);
});

const badIndexes: [what: string, text: string | undefined, message: RegExp][] = [
  ["is not there", undefined, /there is no index at http/],
  ["is no YAML", "a: [", /index http.*: /],
  ["has no such package", "packages: {}", /has no package "tool"/],
  [
    "has none for the platform",
    "packages: { tool: { packages: { macos-x64: {} } } }",
    /no package of it for linux-x64/,
  ],
  [
    "names no address",
    "packages: { tool: { packages: { linux-x64: { exports: [{ archive_path: a, target_path: b }] } } } }",
    /its package for linux-x64 has no url$/,
  ],
  [
    "names no files",
    "packages: { tool: { packages: { linux-x64: { url: 'http://x' } } } }",
    /names no exports/,
  ],
  [
    "leads out",
    "packages: { tool: { packages: { linux-x64: { url: 'http://x', exports: [{ archive_path: a, target_path: ../b }] } } } }",
    /leads out/,
  ],
];

for (const [what, text, message] of badIndexes) {
  test(`an index that ${what} is named`, async t => {
    const server = await loopbackServer(t);
    if (text !== undefined) server.on("/index.yaml", ok(text));
    const { prepare } = dependencyRuntime(t, indexed(server.base));
    await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", message));
  });
}

test("an address that is not encrypted needs a digest", async t => {
  const lines = ["url: http://example.com/tool"];
  const { prepare } = dependencyRuntime(t, manifestOf({ lines }));
  await assert.rejects(
    prepare(),
    refused("SKILL_DEPENDENCY", /http:\/\/example\.com\/tool is not encrypted: .* must give the sha256/),
  );
});

const unfit: [what: string, parts: ManifestParts, message: RegExp][] = [
  ["no address", { lines: [] }, /its package for linux-x64 has no url$/],
  ["no name of a file", { source: github, lines: [] }, /its package for linux-x64 has no asset_name$/],
  ["no files", { lines: ["url: https://example.com/x"], exports: [] }, /names no exports$/],
  [
    "an unknown format",
    { lines: ["archive_type: rar", "url: https://example.com/x"] },
    /has an unknown archive_type: there are zip, tar_gz and raw$/,
  ],
  [
    "several files of one",
    {
      lines: ["url: https://example.com/x"],
      exports: ["a", "b"].map(p => `{ archive_path: x, target_path: ${p} }`),
    },
    /is one file as it is \(archive_type raw\) and names several exports$/,
  ],
];

for (const [what, parts, message] of unfit) {
  test(`a package with ${what} cannot be downloaded`, async t => {
    const { prepare } = dependencyRuntime(t, manifestOf(parts));
    await assert.rejects(prepare(), refused("SKILL_DEPENDENCY", message));
  });
}

test("a version that leads out of its folder does not", async t => {
  const { prepare, dir, folder } = await raw(t, {
    version: "'../../../../../evil'",
    name: "'..'",
  });
  await prepare();
  assert.ok(existsSync(join(dir, "tools/demo/__/.._.._.._.._.._evil/linux-x64/bin/tool")));
  assert.deepEqual(readdirSync(folder), ["rt"]);
});

test("every missing dependency is reported with its reason, not only the first", async t => {
  const server = await loopbackServer(t);
  server.on("/tool", ok(tool));
  const one = (list: string, name: string, url: string) => manifestOf({ list, name, lines: [`url: ${url}`] });
  const manifest =
    one("tool_dependencies", "first", `${server.base}/nothing`) +
    one("lua_dependencies", "second", `${server.base}/tool`) +
    one("ffi_dependencies", "third", `${server.base}/nothing-either`);
  const { prepare, dir } = dependencyRuntime(t, manifest);
  await assert.rejects(prepare(), (error: MissingDependencies) => {
    assert.match(error.message, /^tool first 1\.0\.0 is missing: .*; library third 1\.0\.0 is missing: /);
    assert.deepEqual(
      error.report.dependencies.map(({ status }) => status),
      ["missing", "installed", "missing"],
    );
    return true;
  });
  assert.ok(existsSync(join(dir, "lua/demo/second/1.0.0/linux-x64/bin/tool")));
});

test("what a process that was killed has left is removed by the next that installs", async t => {
  const { prepare, dir, place: put } = await raw(t);
  put("dependencies/tools/demo/tool/1.0.0/.installing-abc/bin/tool", "half");
  await prepare();
  assert.deepEqual(readdirSync(join(dir, "tools/demo/tool/1.0.0")), ["linux-x64"]);
});

test("two engines that need the same at once download it once", async t => {
  const { prepare, server, create } = await raw(t);
  const reports = await Promise.all([prepare(), prepare({}, create())]);
  assert.deepEqual(reports.map(report => report.dependencies[0]?.status).sort(), ["installed", "present"]);
  assert.equal(server.count("/tool"), 1);
});

test("an aborted download ends with the reason of its signal and leaves no file", async t => {
  const { prepare, server, dir } = await raw(t);
  const controller = new AbortController();
  const reason = new Error("enough");
  server.on("/tool", () => controller.abort(reason));
  const prepared = prepare({ signal: controller.signal });
  await assert.rejects(prepared, error => error === reason);
  assert.equal(existsSync(join(dir, place)), false);
});
