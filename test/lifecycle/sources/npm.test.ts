// Packages of a registry on this machine, fetched by the real npm with settings of its own.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Downloads } from "#dist/lifecycle/downloads/downloads.js";
import { NpmSource } from "#dist/lifecycle/sources/npm.js";
import { NpmClient, npmCommand } from "#dist/lifecycle/sources/npm-client.js";
import { type Scope, temporaryFolder } from "../../skills/skill-tree.js";
import { tarGzBytes } from "../archives/tar-bytes.js";
import { json, type LoopbackServer, loopbackServer, ok, status } from "../loopback-server.js";
import { answering, tree } from "../runtime.js";
import { refused } from "./source-calls.js";

interface PackageVersion {
  version: string;
  /** Of package.json. */
  more?: object;
  files?: Record<string, string>;
  integrity?: string;
}

/** Files of an npm package that is a skill folder. */
function skillFiles(version: string, folder = ""): Record<string, string> {
  const files = answering(version, version) as Record<string, string>;
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [folder + path, text]));
}

function publish(server: LoopbackServer, name: string, versions: readonly PackageVersion[]): void {
  const described = versions.map(({ version, more = {}, files = skillFiles(version), integrity }) => {
    const manifest = { name, version, ...more };
    const all = { "package.json": JSON.stringify(manifest), ...files };
    const archive = tarGzBytes(
      Object.entries(all).map(([path, data]) => ({ name: `package/${path}`, data })),
    );
    const path = `/${name}/-/demo-${version}.tgz`;
    server.on(path, ok(archive));
    const sha512 = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
    const dist = { tarball: server.base + path, integrity: integrity ?? sha512, shasum: sha1(archive) };
    return [version, { ...manifest, dist }] as const;
  });
  const latest = versions[0]?.version ?? "";
  const packument = {
    name,
    "dist-tags": { latest, next: versions.at(-1)?.version },
    versions: Object.fromEntries(described),
  };
  server.on(`/${name}`, json(packument));
  server.on(`/${name.replace("/", "%2f")}`, json(packument));
}

function sha1(bytes: Buffer): string {
  return createHash("sha1").update(bytes).digest("hex");
}

async function setUp(t: Scope, { allowed = true, npmrc = "" } = {}) {
  const server = await loopbackServer(t);
  const folder = temporaryFolder(t);
  const userconfig = join(folder, "npmrc");
  writeFileSync(
    userconfig,
    `registry=${server.base}/\nfetch-retries=0\n${npmrc.replaceAll("REGISTRY", server.base.slice(5))}`,
  );
  // What this test run itself was started with by npm must not count.
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_|_PROXY$/i.test(name));
  const env = {
    ...Object.fromEntries(inherited),
    npm_config_userconfig: userconfig,
    npm_config_cache: join(folder, "npm-cache"),
  };
  const source = new NpmSource(new Downloads(allowed), new NpmClient(env));
  const context = {
    plane: "skills",
    cacheDir: join(folder, "cache"),
    signal: undefined,
    progress: () => {},
  } as const;
  const resolve = (locator: string, version?: string, skillId?: string) =>
    source.resolve({ locator, version, skillId }, context);
  const fetch = async (locator: string, version?: string) => {
    const found = await resolve(locator, version);
    const staging = join(folder, "staging");
    mkdirSync(staging);
    await found.stage(staging, context);
    return { found, files: tree(staging) };
  };
  return { server, folder, env, source, resolve, fetch };
}

test("a package that is a skill folder is staged under its name", async t => {
  const { server, fetch } = await setUp(t);
  publish(server, "demo", [{ version: "1.1.0" }, { version: "1.0.0" }]);
  const { found, files } = await fetch("demo");
  const { stage, ...described } = found;
  assert.deepEqual(described, { skillId: "demo", version: "1.1.0", sourceType: "npm", locator: "demo" });
  assert.deepEqual(Object.keys(files), ["demo/package.json", "demo/runtime/run.lua", "demo/skill.yaml"]);
});

test("a package of a scope says where its skill is, and only that folder is staged", async t => {
  const { server, fetch } = await setUp(t);
  const more = { luaskills: { skill: "skills/helper" } };
  const files = { ...skillFiles("1.0.0", "skills/helper/"), "index.js": "x", "skills/helper2/x": "x" };
  publish(server, "@acme/tools", [{ version: "1.0.0", more, files }]);
  const staged = await fetch("@acme/tools");
  assert.equal(staged.found.skillId, "helper");
  assert.deepEqual(Object.keys(staged.files), ["helper/runtime/run.lua", "helper/skill.yaml"]);
});

const wishes: [version: string | undefined, found: string][] = [
  [undefined, "1.1.0"],
  ["1.0.0", "1.0.0"],
  ["^1.0.0", "1.2.0"],
  ["<1.1 || 3", "1.0.0"],
  ["next", "1.0.0"],
];

for (const [version, expected] of wishes) {
  test(`version ${version} of an npm package is ${expected}`, async t => {
    const { server, resolve } = await setUp(t);
    publish(
      server,
      "demo",
      ["1.1.0", "1.2.0", "1.0.0"].map(version => ({ version })),
    );
    const found = await resolve("demo", version);
    assert.equal(found.version, expected);
  });
}

test("the user's own settings count: a token for the registry", async t => {
  const { server, fetch } = await setUp(t, { npmrc: "REGISTRY/:_authToken=s3cret\n" });
  publish(server, "demo", [{ version: "1.0.0" }]);
  await fetch("demo");
  assert.ok(server.asked.length >= 2);
  for (const { headers } of server.asked) assert.equal(headers.authorization, "Bearer s3cret");
});

test("scripts of a package do not run", async t => {
  const { server, folder, fetch } = await setUp(t);
  const marker = join(folder, "ran");
  const script = `node -e "require('fs').writeFileSync(${JSON.stringify(marker).replaceAll('"', "'")}, '')"`;
  const scripts = Object.fromEntries(
    ["preinstall", "install", "postinstall", "prepare", "prepack", "postpack"].map(name => [name, script]),
  );
  publish(server, "demo", [{ version: "1.0.0", more: { scripts } }]);
  await fetch("demo");
  assert.equal(existsSync(marker), false);
});

test("an archive that is not the one of its digest is refused", async t => {
  const { server, folder, fetch } = await setUp(t);
  publish(server, "demo", [{ version: "1.0.0", integrity: `sha512-${Buffer.alloc(64).toString("base64")}` }]);
  await assert.rejects(fetch("demo"), refused("SKILL_SOURCE", /npm package demo@1\.0\.0: EINTEGRITY/));
  assert.deepEqual(readdirSync(join(folder, "staging")), []);
});

const failures: [what: string, more: Partial<PackageVersion>, code: string, message: RegExp][] = [
  ["no SHA-512 digest", { integrity: "sha1-AAAA" }, "SKILL_PACKAGE", /gives no SHA-512 digest/],
  [
    "a place that leads out",
    { more: { luaskills: { skill: "../x" } } },
    "SKILL_PACKAGE",
    /leads out of its folder/,
  ],
  [
    "a place that is no path",
    { more: { luaskills: { skill: 1 } } },
    "SKILL_PACKAGE",
    /luaskills\.skill .* must be a path/,
  ],
  [
    "a skill whose folder is no id",
    { more: { luaskills: { skill: "My_Skill" } } },
    "SKILL_PACKAGE",
    /must match/,
  ],
  [
    "no skill where it says",
    { more: { luaskills: { skill: "demo" } } },
    "SKILL_PACKAGE",
    /skill\.yaml: no such file/,
  ],
  [
    "another version in its skill",
    { files: skillFiles("9.0.0") },
    "SKILL_PACKAGE",
    /version 9\.0\.0, expected 1\.0\.0/,
  ],
  ["no skill", { files: { "index.js": "x" } }, "SKILL_PACKAGE", /skill\.yaml: no such file/],
];

for (const [what, more, code, message] of failures) {
  test(`an npm package with ${what} is refused`, async t => {
    const { server, fetch } = await setUp(t);
    publish(server, "demo", [{ version: "1.0.0", ...more }]);
    await assert.rejects(fetch("demo"), refused(code, message));
  });
}

test("a package that is not there, or not in this version, is named as npm names it", async t => {
  const { server, resolve } = await setUp(t);
  publish(server, "demo", [{ version: "1.0.0" }]);
  await assert.rejects(resolve("nothing"), refused("SKILL_SOURCE", /npm package nothing: E404: Not Found/));
  await assert.rejects(resolve("demo", "^2"), refused("SKILL_SOURCE", /npm package demo@\^2: /));
});

test("a registry that fails is named", async t => {
  const { server, resolve } = await setUp(t);
  server.on("/demo", status(500));
  await assert.rejects(resolve("demo"), refused("SKILL_SOURCE", /npm package demo: E500/));
});

test("a package of another skill than the one asked for is refused", async t => {
  const { server, resolve } = await setUp(t);
  publish(server, "demo", [{ version: "1.0.0" }]);
  const message = /npm package demo holds the skill demo, but the request is for other$/;
  await assert.rejects(resolve("demo", undefined, "other"), refused("SKILL_SOURCE", message));
});

test("what is no name of a package reaches npm never", async t => {
  const { server, source, resolve } = await setUp(t);
  for (const locator of [
    "",
    "--help",
    "../x",
    "./x",
    "git+ssh://x",
    "https://x/y.tgz",
    "a/b",
    "user/repo",
    "x y",
  ]) {
    await assert.rejects(
      resolve(locator),
      refused("SKILL_REQUEST", /npm source must be the name of a package/),
    );
    assert.throws(() => source.skillIdOf({ locator, version: undefined, skillId: undefined }));
  }
  for (const version of ["npm:other@1", "file:x", "--x", "https://x"]) {
    await assert.rejects(
      resolve("demo", version),
      refused("SKILL_REQUEST", /must be a version, a range or a tag/),
    );
  }
  assert.deepEqual(server.asked, []);
});

test("without permission npm is not run", async t => {
  const { server, resolve } = await setUp(t, { allowed: false });
  await assert.rejects(resolve("demo"), refused("SKILL_DENIED", /disabled by host policy/));
  assert.deepEqual(server.asked, []);
});

test("npm that is not there is named", async t => {
  const { env } = await setUp(t);
  const source = new NpmSource(new Downloads(true), new NpmClient({ ...env, PATH: "" }));
  const context = { plane: "skills", cacheDir: "", signal: undefined, progress: () => {} } as const;
  await assert.rejects(
    source.resolve({ locator: "demo", version: undefined, skillId: undefined }, context),
    refused("SKILL_SOURCE", /npm was not found on the PATH/),
  );
});

test("an aborted npm ends with the reason of its signal", async t => {
  const { server, source, folder } = await setUp(t);
  const controller = new AbortController();
  const reason = new Error("enough");
  server.on("/demo", () => controller.abort(reason));
  const context = {
    plane: "skills",
    cacheDir: folder,
    signal: controller.signal,
    progress: () => {},
  } as const;
  await assert.rejects(
    source.resolve({ locator: "demo", version: undefined, skillId: undefined }, context),
    error => error === reason,
  );
});

test("on Windows the JavaScript of npm is run, because a batch file would read ranges as redirections", () => {
  const found = npmCommand("win32", { Path: "C:\\tools" }, path => path.includes("npm-cli.js"));
  assert.equal(found.command, process.execPath);
  assert.match(found.before[0] ?? "", /npm-cli\.js$/);
  assert.deepEqual(npmCommand("linux", {}), { command: "npm", before: [] });
});
