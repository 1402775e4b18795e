// The sources that a manifest describes: private addresses and the hub.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseRemoteManifest } from "#dist/lifecycle/sources/remote-manifest.js";
import type { Scope } from "../../skills/skill-tree.js";
import { json, type LoopbackServer, loopbackServer, ok, redirect, status } from "../loopback-server.js";
import { sha256, skillZip } from "../releases.js";
import { refused, sourcesFor } from "./source-calls.js";

const archive = skillZip("demo", "1.0.0");
const manifestPath = "/private/demo.json";

function manifestOf(server: LoopbackServer, more: object = {}) {
  return {
    schema_version: 1,
    skill_id: "demo",
    version: "1.0.0",
    archive: { type: "zip", url: `${server.base}/private/demo.zip`, sha256: sha256(archive) },
    ...more,
  };
}

async function privateSource(t: Scope, more: object = {}, plane: "skills" | "system" = "system") {
  const server = await loopbackServer(t);
  server.on(manifestPath, json(manifestOf(server, more)));
  server.on("/private/demo.zip", ok(archive));
  const calls = sourcesFor(t, { privateSources: [`${server.base}/private/`] }, plane);
  return { server, locator: `${server.base}${manifestPath}`, ...calls };
}

test("a package of a private address is found by its manifest and staged", async t => {
  const { locator, fetch } = await privateSource(t, {
    update: { source_type: "private_url_manifest", locator: "elsewhere", tag: "v1" },
  });
  const { found, staging } = await fetch("url", { locator });
  const { stage, ...described } = found;
  assert.deepEqual(described, { skillId: "demo", version: "1.0.0", sourceType: "url", locator, tag: "v1" });
  assert.match(readFileSync(join(staging, "demo/skill.yaml"), "utf8"), /version: 1\.0\.0/);
});

test("a manifest may be YAML", async t => {
  const { server, locator, fetch } = await privateSource(t);
  server.on(
    manifestPath,
    ok(
      `skill_id: demo\nversion: 1.0.0\narchive:\n  archive_type: ZIP\n  url: ${server.base}/private/demo.zip\n  sha256: ${sha256(archive).toUpperCase()}\n`,
    ),
  );
  await fetch("url", { locator });
});

test("a private address is fetched anew each time", async t => {
  const { server, locator, resolve } = await privateSource(t);
  await resolve("url", { locator });
  server.on(manifestPath, json(manifestOf(server, { version: "1.1.0" })));
  assert.equal((await resolve("url", { locator })).version, "1.1.0");
});

test("private addresses are for the system plane", async t => {
  const { server, locator, resolve } = await privateSource(t, {}, "skills");
  await assert.rejects(resolve("url", { locator }), refused("SKILL_DENIED", /are for the system plane/));
  assert.deepEqual(server.asked, []);
});

const outside = ["/other/demo.json", "/private2/demo.json", "/private/../other/x", "/private/%2e%2e/other/x"];
for (const path of outside) {
  test(`${path} is not under /private`, async t => {
    const { server, resolve } = await privateSource(t);
    const message = /is not under an address that the host allows \(option privateSources\)/;
    await assert.rejects(resolve("url", { locator: server.base + path }), refused("SKILL_DENIED", message));
    assert.deepEqual(server.asked, []);
  });
}

test("an archive elsewhere is refused", async t => {
  const other = await loopbackServer(t);
  const elsewhere = { type: "zip", url: `${other.base}/private/demo.zip`, sha256: sha256(archive) };
  const { locator, resolve } = await privateSource(t, { archive: elsewhere });
  await assert.rejects(
    resolve("url", { locator }),
    refused("SKILL_DENIED", /^archive .* is not under an address/),
  );
  assert.deepEqual(other.asked, []);
});

test("a redirect to elsewhere is refused", async t => {
  const { server, locator, fetch } = await privateSource(t);
  server.on("/private/demo.zip", redirect("/other/demo.zip"));
  server.on("/other/demo.zip", ok(archive));
  await assert.rejects(fetch("url", { locator }), refused("SKILL_SOURCE", /is not under an address/));
  assert.equal(server.count("/other/demo.zip"), 0);
});

test("a manifest about another skill is refused", async t => {
  const { locator, resolve } = await privateSource(t);
  const message = /is about demo, but the request is for other$/;
  await assert.rejects(resolve("url", { locator, skillId: "other" }), refused("SKILL_SOURCE", message));
});

test("a manifest of another version than the one asked for is refused", async t => {
  const { locator, resolve } = await privateSource(t);
  assert.equal((await resolve("url", { locator, version: "^1" })).version, "1.0.0");
  const message = /has version 1\.0\.0 of demo, but the request is for the version in the range \^2$/;
  await assert.rejects(resolve("url", { locator, version: "^2" }), refused("SKILL_SOURCE", message));
});

test("a manifest that is not there is named", async t => {
  const { server, locator, resolve } = await privateSource(t);
  server.on(manifestPath, status(404));
  await assert.rejects(resolve("url", { locator }), refused("SKILL_SOURCE", /^there is no package at http/));
});

for (const locator of ["", "demo", "file:///etc/passwd", "ftp://x/y"]) {
  test(`${JSON.stringify(locator)} is no private address`, async t => {
    const { resolve } = await privateSource(t);
    await assert.rejects(resolve("url", { locator }), refused("SKILL_REQUEST", /^url source/));
  });
}

const badManifests: [what: string, text: string, message: RegExp][] = [
  ["no YAML", "a: [", /package manifest https:\/\/h\.example\/m: /],
  ["a list", "[]", /must be a mapping/],
  ["nothing", "{}", /skill_id is missing; version is missing; archive is missing/],
  ["no digest", manifestText({ sha256: undefined }), /archive\.sha256 is missing/],
  [
    "a digest that is too short",
    manifestText({ sha256: "abc" }),
    /archive\.sha256 must be 64 hexadecimal digits/,
  ],
  ["another format", manifestText({ type: "tar" }), /archive\.type must be zip, got "tar"/],
  ["no format", manifestText({ type: undefined }), /archive\.type must be zip/],
  ["an archive that is not encrypted", manifestText({ url: "http://h.example/a" }), /which is not encrypted/],
  ["an archive in this machine", manifestText({ url: "https://127.0.0.1/a" }), /inside this machine/],
];

function manifestText(archive: object): string {
  const sound = { type: "zip", url: "https://h.example/a.zip", sha256: "a".repeat(64) };
  return JSON.stringify({ skill_id: "demo", version: "1.0.0", archive: { ...sound, ...archive } });
}

for (const [what, text, message] of badManifests) {
  test(`a manifest with ${what} is refused`, () => {
    const from = new URL("https://h.example/m");
    assert.throws(
      () => parseRemoteManifest(from, text),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

async function hub(t: Scope) {
  const server = await loopbackServer(t);
  server.on("/private/demo.zip", ok(archive));
  return { server, ...sourcesFor(t, { hub: { baseUrl: `${server.base}/hub/` } }) };
}

test("the hub is asked for the latest version of an id", async t => {
  const { server, fetch } = await hub(t);
  const update = { source_type: "official_hub", locator: "demo", tag: "v1.0.0" };
  server.on("/hub/api/v1/skills/demo/resolve?version=latest", json(manifestOf(server, { update })));
  const { found } = await fetch("hub", { locator: "demo" });
  assert.deepEqual([found.sourceType, found.locator, found.tag], ["hub", "demo", "v1.0.0"]);
});

test("the hub is asked for a version and for a range as they are", async t => {
  const { server, resolve } = await hub(t);
  server.on("/hub/api/v1/skills/demo/resolve?version=1.0.0", json(manifestOf(server)));
  server.on("/hub/api/v1/skills/demo/resolve?version=%5E1", json(manifestOf(server)));
  assert.equal((await resolve("hub", { locator: "", skillId: "demo", version: "v1.0.0" })).version, "1.0.0");
  assert.equal((await resolve("hub", { locator: "demo", version: "^1" })).version, "1.0.0");
});

test("what the hub does not have is named", async t => {
  const { resolve } = await hub(t);
  const message = /^there is no latest version of demo at http.*\/hub\/api\/v1\/skills\/demo\/resolve$/;
  await assert.rejects(resolve("hub", { locator: "demo" }), refused("SKILL_SOURCE", message));
});

test("without a hub the option is named", async t => {
  const { resolve } = sourcesFor(t);
  await assert.rejects(resolve("hub", { locator: "demo" }), refused("SKILL_DENIED", /option hub\.baseUrl/));
});

test("a locator of the hub that is no id, or another one than the id, is refused", async t => {
  const { resolve } = await hub(t);
  await assert.rejects(
    resolve("hub", { locator: "../x" }),
    refused("SKILL_REQUEST", /hub package must match/),
  );
  const message = /hub package other is not the skill demo of the request/;
  await assert.rejects(
    resolve("hub", { locator: "other", skillId: "demo" }),
    refused("SKILL_REQUEST", message),
  );
});
