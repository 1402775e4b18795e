import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Scope } from "../../skills/skill-tree.js";
import { json, loopbackServer, ok, redirect, status } from "../loopback-server.js";
import { githubAt, publish, sha256, skillRelease, skillZip } from "../releases.js";
import { refused, sourcesFor } from "./source-calls.js";

const repo = "owner/demo";
const archivePath = (version: string) =>
  `/files/${repo}/releases/download/v${version}/demo-v${version}-skill.zip`;

async function setUp(t: Scope, versions: readonly string[] = ["1.0.0"], token?: string) {
  const server = await loopbackServer(t);
  publish(
    server,
    repo,
    versions.map(version => skillRelease("demo", version)),
  );
  return { server, ...sourcesFor(t, { github: githubAt(server, token) }) };
}

test("the latest release is found without downloading it, and staged with its files", async t => {
  const { server, fetch, events } = await setUp(t, ["1.2.0", "1.1.0"]);
  const { found, staging } = await fetch("github", { locator: repo });
  const { stage, ...described } = found;
  assert.deepEqual(described, {
    skillId: "demo",
    version: "1.2.0",
    sourceType: "github",
    locator: repo,
    tag: "v1.2.0",
  });
  assert.match(readFileSync(join(staging, "demo/skill.yaml"), "utf8"), /version: 1\.2\.0/);
  assert.deepEqual(readdirSync(staging), ["demo"]);
  assert.deepEqual(
    [...new Set(events.map(({ phase, status }) => `${phase} ${status}`))],
    [
      "resolving_source started",
      "resolving_source completed",
      "downloading_archive started",
      "downloading_archive progress",
      "downloading_archive completed",
      "extracting_archive started",
      "extracting_archive progress",
      "extracting_archive completed",
    ],
  );
  assert.equal(server.count(archivePath("1.2.0")), 1);
});

test("resolving asks the API and downloads nothing", async t => {
  const { server, resolve } = await setUp(t);
  await resolve("github", { locator: repo });
  assert.deepEqual(
    server.asked.map(({ path }) => path),
    [`/api/repos/${repo}/releases/latest`],
  );
});

test("a package that was downloaded before is taken from the cache, after its digest was checked", async t => {
  const { server, fetch, events } = await setUp(t);
  await fetch("github", { locator: repo });
  await fetch("github", { locator: repo });
  assert.equal(server.count(archivePath("1.0.0")), 1);
  assert.ok(events.some(({ phase, status }) => phase === "downloading_archive" && status === "cached"));
});

const wishes: [version: string | undefined, found: string][] = [
  [undefined, "2.0.0"],
  ["latest", "2.0.0"],
  ["1.2.0", "1.2.0"],
  ["v1.2.0", "1.2.0"],
  ["^1.0", "1.10.0"],
  ["~1.2", "1.2.1"],
  [">=1.2.0 <1.10.0", "1.2.1"],
  ["1.x || 3.x", "1.10.0"],
  ["^2.0.0-rc", "2.0.0"],
  ["2.1.0-rc.1", "2.1.0-rc.1"],
  [">=2.1.0-rc <2.1.0", "2.1.0-rc.1"],
  ["*", "2.0.0"],
];

for (const [version, expected] of wishes) {
  test(`version ${version} of 2.0.0, 2.1.0-rc.1, 1.10.0, 1.2.1, 1.2.0, 1.0.0 is ${expected}`, async t => {
    const { resolve } = await setUp(t, ["2.0.0", "2.1.0-rc.1", "1.10.0", "1.2.1", "1.2.0", "1.0.0"]);
    const found = await resolve("github", { locator: repo, ...(version && { version }) });
    assert.equal(found.version, expected);
  });
}

test("a range passes over releases that are drafts or have no package yet, and tags that are no version", async t => {
  const server = await loopbackServer(t);
  publish(server, repo, [
    { ...skillRelease("demo", "1.4.0"), draft: true },
    { tag: "v1.3.0", assets: [] },
    { tag: "nightly", assets: [] },
    skillRelease("demo", "1.2.0"),
  ]);
  const { resolve } = sourcesFor(t, { github: githubAt(server) });
  assert.equal((await resolve("github", { locator: repo, version: "^1" })).version, "1.2.0");
});

test("a range looks through more than one page of releases", async t => {
  const { server, resolve } = await setUp(t);
  const page = (n: number) => `/api/repos/${repo}/releases?per_page=100&page=${n}`;
  const release = (version: string) => ({
    tag_name: version,
    assets: [`demo-v${version}-skill.zip`, `demo-v${version}-checksums.txt`].map(name => ({
      name,
      browser_download_url: `https://github.com/${name}`,
    })),
  });
  server.on(page(1), json(Array.from({ length: 100 }, (_, n) => release(`2.${n}.0`))));
  server.on(page(2), json([release("1.5.0")]));
  assert.equal((await resolve("github", { locator: repo, version: "^1" })).version, "1.5.0");
});

test("the API answering with an error once does not matter", async t => {
  const { server, resolve } = await setUp(t);
  const latest = `/api/repos/${repo}/releases/latest`;
  const release = { tag_name: "v1.0.0", assets: [] };
  server.on(latest, status(500), json(release));
  await assert.rejects(resolve("github", { locator: repo }), refused("SKILL_SOURCE", /has no file demo-v1/));
  assert.equal(server.count(latest), 2);
});

test("the token goes to the API and to the files, never to where they redirect", async t => {
  const { server, fetch } = await setUp(t, ["1.0.0"], "t0ken");
  const store = await loopbackServer(t);
  store.on("/object", ok(skillZip("demo", "1.0.0")));
  server.on(archivePath("1.0.0"), redirect(`${store.base}/object`));
  await fetch("github", { locator: repo });
  assert.ok(server.asked.length >= 3);
  for (const { headers } of server.asked) assert.equal(headers.authorization, "Bearer t0ken");
  assert.equal(store.asked[0]?.headers.authorization, undefined);
});

test("a token gets files of private repositories from the API", async t => {
  const { server, fetch } = await setUp(t, [], "t0ken");
  const archive = skillZip("demo", "1.0.0");
  const [name, checksums] = ["demo-v1.0.0-skill.zip", "demo-v1.0.0-checksums.txt"];
  const asset = (id: number, name: string) => ({
    name,
    url: `${server.base}/api/repos/${repo}/releases/assets/${id}`,
    browser_download_url: "https://github.com/nowhere",
  });
  server.on(
    `/api/repos/${repo}/releases/latest`,
    json({ tag_name: "v1.0.0", assets: [asset(1, name), asset(2, checksums)] }),
  );
  server.on(`/api/repos/${repo}/releases/assets/1`, ok(archive));
  server.on(`/api/repos/${repo}/releases/assets/2`, ok(`${sha256(archive)}  ${name}\n`));
  await fetch("github", { locator: repo });
  assert.equal(server.asked.at(-1)?.headers.accept, "application/octet-stream");
});

const failures: [what: string, asked: { version?: string }, message: RegExp][] = [
  ["no release of the version", { version: "9.9.9" }, /owner\/demo has no release of the version 9\.9\.9$/],
  ["no release in the range", { version: "^9" }, /has no release of the version in the range \^9$/],
];

for (const [what, asked, message] of failures) {
  test(`${what} is named`, async t => {
    const { resolve } = await setUp(t);
    await assert.rejects(resolve("github", { locator: repo, ...asked }), refused("SKILL_SOURCE", message));
  });
}

test("a repository without releases is named", async t => {
  const { resolve } = await setUp(t, []);
  const message = /github repository owner\/demo has no release of the latest version$/;
  await assert.rejects(resolve("github", { locator: repo }), refused("SKILL_SOURCE", message));
});

test("a release without its checksum file is refused before anything is downloaded", async t => {
  const server = await loopbackServer(t);
  const { tag, assets } = skillRelease("demo", "1.0.0");
  publish(server, repo, [{ tag, assets: assets.slice(0, 1) }]);
  const { resolve } = sourcesFor(t, { github: githubAt(server) });
  const message = /release v1\.0\.0 of owner\/demo has no file demo-v1\.0\.0-checksums\.txt$/;
  await assert.rejects(resolve("github", { locator: repo }), refused("SKILL_SOURCE", message));
});

const badChecksums: [what: string, text: string, message: RegExp][] = [
  ["another file", `${"a".repeat(64)}  other.zip\n`, /has no line for demo-v1\.0\.0-skill\.zip/],
  ["no sum", "abc  demo-v1.0.0-skill.zip\n", /no SHA-256 sum of 64 hexadecimal digits/],
  ["nothing", "", /has no line for/],
  ["a wrong sum", `${"a".repeat(64)}  demo-v1.0.0-skill.zip\n`, /wrong checksum: expected SHA-256 aaaa/],
];

for (const [what, text, message] of badChecksums) {
  test(`a checksum file with ${what} is refused, and nothing is staged`, async t => {
    const { server, fetch, staging } = await setUp(t);
    server.on(`/files/${repo}/releases/download/v1.0.0/demo-v1.0.0-checksums.txt`, ok(text));
    await assert.rejects(fetch("github", { locator: repo }), refused("SKILL_PACKAGE", message));
    assert.deepEqual(readdirSync(staging(1)), []);
  });
}

test("a checksum file that is not there after all is named", async t => {
  const { server, fetch } = await setUp(t);
  server.on(`/files/${repo}/releases/download/v1.0.0/demo-v1.0.0-checksums.txt`, status(404));
  const message = /^demo-v1\.0\.0-checksums\.txt of owner\/demo is not there$/;
  await assert.rejects(fetch("github", { locator: repo }), refused("SKILL_SOURCE", message));
});

test("sums are read in capitals and with line ends of Windows", async t => {
  const { server, fetch } = await setUp(t);
  const sum = sha256(skillZip("demo", "1.0.0")).toUpperCase();
  const path = `/files/${repo}/releases/download/v1.0.0/demo-v1.0.0-checksums.txt`;
  server.on(path, ok(`${"b".repeat(64)}  x\r\n${sum} *demo-v1.0.0-skill.zip\r\n`));
  await fetch("github", { locator: repo });
});

test("a package of another version than its release is refused, and nothing is staged", async t => {
  const server = await loopbackServer(t);
  publish(server, repo, [skillRelease("demo", "1.0.1", skillZip("demo", "1.0.0"))]);
  const { fetch, staging } = sourcesFor(t, { github: githubAt(server) });
  const message = /its skill\.yaml has version 1\.0\.0, expected 1\.0\.1$/;
  await assert.rejects(fetch("github", { locator: repo }), refused("SKILL_PACKAGE", message));
  assert.deepEqual(readdirSync(staging(1)), []);
});

const odd: [what: string, answer: ReturnType<typeof ok>, message: RegExp][] = [
  ["no JSON", ok("<html>"), /answered with something that is no release/],
  ["no release", json([1]), /answered with something that is no release/],
  [
    "a tag that is no version",
    json({ tag_name: "nightly" }),
    /the tag nightly of owner\/demo must be a semantic version/,
  ],
];

for (const [what, answer, message] of odd) {
  test(`an API that answers with ${what} is named`, async t => {
    const { server, resolve } = await setUp(t);
    server.on(`/api/repos/${repo}/releases/latest`, answer);
    await assert.rejects(resolve("github", { locator: repo }), refused("SKILL_SOURCE", message));
  });
}

for (const locator of [
  repo,
  "https://github.com/owner/demo",
  "http://github.com/owner/demo/",
  "owner/demo.git",
]) {
  test(`${locator} is the skill demo`, async t => {
    const { resolve } = await setUp(t);
    assert.equal((await resolve("github", { locator })).locator, repo);
  });
}

const badLocators: [locator: string, skillId: string | undefined, message: RegExp][] = [
  ["", undefined, /must be one repository, in the form owner\/repo/],
  ["demo", undefined, /must be one repository/],
  ["a/b/c", undefined, /must be one repository/],
  ["a/..", undefined, /must be one repository/],
  ["a/b?x=1", undefined, /must be one repository/],
  ["https://gitlab.com/a/b", undefined, /must be one repository/],
  ["owner/Demo_Skill", undefined, /the name of the repository owner\/Demo_Skill must match/],
  ["owner/demo", "other", /holds the skill demo, but the request is for other$/],
];

for (const [locator, skillId, message] of badLocators) {
  test(`${JSON.stringify(locator)} as the skill ${skillId} is refused without asking anybody`, async t => {
    const { server, resolve, idOf } = await setUp(t);
    const asked = { locator, ...(skillId && { skillId }) };
    assert.throws(() => idOf("github", asked), refused("SKILL_REQUEST", message));
    await assert.rejects(resolve("github", asked), refused("SKILL_REQUEST", message));
    assert.deepEqual(server.asked, []);
  });
}

test("a version that is none is refused without asking anybody", async t => {
  const { server, resolve } = await setUp(t);
  const message = /version "newest" must be a version such as 1\.2\.0 or a range such as \^1\.2/;
  await assert.rejects(
    resolve("github", { locator: repo, version: "newest" }),
    refused("SKILL_REQUEST", message),
  );
  assert.deepEqual(server.asked, []);
});

test("without permission nobody is asked", async t => {
  const server = await loopbackServer(t);
  const { resolve } = sourcesFor(t, { github: githubAt(server), allowNetworkDownload: false });
  const message = /network download is disabled by host policy/;
  await assert.rejects(resolve("github", { locator: repo }), refused("SKILL_DENIED", message));
  assert.deepEqual(server.asked, []);
});
