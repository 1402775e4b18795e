import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SkillError } from "luaskills";
import { Downloads, type FileRequest } from "#dist/lifecycle/downloads/downloads.js";
import { type Scope, temporaryFolder } from "../../skills/skill-tree.js";
import {
  type Answer,
  cutOff,
  deadAddress,
  loopbackServer,
  ok,
  ranged,
  redirect,
  stalled,
  status,
} from "../loopback-server.js";

const body = randomBytes(3_000_000);
const sha256 = digest(body);
const path = "/tool-1.0.0.zip";

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Downloads that note their pauses and do not take them. */
async function setUp(t: Scope, { allowed = true, stalledMs = 30_000 } = {}) {
  const server = await loopbackServer(t);
  const pauses: number[] = [];
  const retries = {
    attempts: 4,
    firstPauseMs: 100,
    longestPauseMs: 30_000,
    pause: async (milliseconds: number) => void pauses.push(milliseconds),
  };
  const downloads = new Downloads(allowed, retries, { connectMs: 10_000, stalledMs });
  t.after(() => downloads[Symbol.asyncDispose]());
  const cache = join(temporaryFolder(t), "cache");
  const request = (more: Partial<FileRequest> = {}): FileRequest => ({
    url: new URL(path, server.base),
    label: "tool-1.0.0",
    extension: ".zip",
    sha256,
    limitBytes: 10_000_000,
    ...more,
  });
  const file = (more: Partial<FileRequest> = {}, signal?: AbortSignal, progress = (_: number) => {}) =>
    downloads.file(cache, request(more), { signal, progress });
  return { server, downloads, cache, pauses, file };
}

function refused(code: string, message: RegExp): (error: SkillError) => boolean {
  return error => {
    assert.equal(error.code, code, String(error.stack));
    assert.match(error.message, message);
    return true;
  };
}

test("a download lands in the cache under its version and digest, and is used from there", async t => {
  const { server, cache, file } = await setUp(t);
  server.on(path, ok(body));
  const first = await file();
  assert.deepEqual(readdirSync(cache), [`tool-1.0.0-${sha256}.zip`]);
  assert.ok(readFileSync(first.path).equals(body));
  assert.deepEqual({ ...first, path: "" }, { path: "", sha256, bytes: body.length, cached: false });
  assert.equal((await file()).cached, true);
  assert.equal(server.count(path), 1);
});

test("a cached file with other bytes than its digest is not used", async t => {
  const { server, file } = await setUp(t);
  server.on(path, ok(body));
  const { path: cached } = await file();
  writeFileSync(cached, "changed");
  const again = await file();
  assert.equal(again.cached, false);
  assert.ok(readFileSync(again.path).equals(body));
});

test("without a digest nothing cached is trusted", async t => {
  const { server, file } = await setUp(t);
  server.on(path, ok(body));
  await file({ sha256: undefined });
  assert.equal((await file({ sha256: undefined })).cached, false);
  assert.equal(server.count(path), 2);
});

test("progress says how many bytes have come and how many will", async t => {
  const { server, file } = await setUp(t);
  server.on(path, ok(body));
  const seen: (number | undefined)[][] = [];
  await file({}, undefined, (...event) => void seen.push(event));
  assert.deepEqual(seen[0], [0, body.length]);
  assert.deepEqual(seen.at(-1), [body.length, body.length]);
});

const passing: [what: string, answer: Answer][] = [
  ["an error of the server", status(500)],
  ["a gateway that has no server", status(502)],
  ["a server that is not available", status(503)],
  ["a body that breaks off", cutOff(body, 1_000_000)],
  ["a body that breaks off before its first byte", cutOff(body, 0)],
];

for (const [what, answer] of passing) {
  test(`a download is tried again after ${what}`, async t => {
    const { server, pauses, file } = await setUp(t);
    server.on(path, answer, answer, ok(body));
    assert.ok(readFileSync((await file()).path).equals(body));
    assert.equal(server.count(path), 3);
    assert.equal(pauses.length, 2);
    assert.ok((pauses[0] as number) <= 100 && (pauses[1] as number) <= 200, String(pauses));
  });
}

test("a download goes on where it broke off, if the server still has the same file", async t => {
  const { server, file } = await setUp(t);
  server.on(path, cutOff(body, 1_000_000, { etag: '"a"' }), ranged(body, '"a"'));
  assert.ok(readFileSync((await file()).path).equals(body));
  assert.match(server.asked[1]?.headers.range ?? "", /^bytes=\d+-$/);
  assert.equal(server.asked[1]?.headers["if-range"], '"a"');
});

test("a download may break off as often as it likes while it gets on", async t => {
  const { server, pauses, file } = await setUp(t);
  const large = randomBytes(9_000_000);
  server.on(path, ranged(large, '"a"', 1_300_000));
  const { path: cached } = await file({ sha256: digest(large) });
  assert.ok(readFileSync(cached).equals(large));
  assert.ok(pauses.length > 4, String(pauses.length));
});

test("a download that breaks off each time without getting on is given up", async t => {
  const { server, file } = await setUp(t);
  server.on(path, cutOff(body, 2_000_000));
  await assert.rejects(file(), refused("SKILL_SOURCE", /, 4 times$/));
  assert.equal(server.count(path), 4);
});

test("a download begins anew when the server has another file by now", async t => {
  const { server, file } = await setUp(t);
  server.on(path, cutOff(randomBytes(3_000_000), 1_000_000, { etag: '"old"' }), ranged(body, '"new"'));
  assert.ok(readFileSync((await file()).path).equals(body));
});

test("a download begins anew when the server refuses the range", async t => {
  const { server, file } = await setUp(t);
  server.on(path, cutOff(body, 1_000_000, { etag: '"a"' }), status(416), ok(body));
  assert.ok(readFileSync((await file()).path).equals(body));
});

test("a part that was not asked for is not put in its place", async t => {
  const { server, file } = await setUp(t);
  const wrongPart: Answer = (_request, response) =>
    response.writeHead(206, { "content-range": `bytes 5-9/${body.length}` }).end("12345");
  server.on(path, cutOff(body, 1_000_000, { etag: '"a"' }), wrongPart, ok(body));
  assert.ok(readFileSync((await file()).path).equals(body));
});

test("a download that fails each time says what went wrong and leaves nothing behind", async t => {
  const { server, cache, pauses, file } = await setUp(t);
  server.on(path, status(503));
  await assert.rejects(file(), refused("SKILL_SOURCE", /tool-1\.0\.0\.zip: HTTP 503, 4 times$/));
  assert.equal(pauses.length, 3);
  assert.deepEqual(readdirSync(cache), []);
});

for (const code of [400, 401, 403, 404, 410]) {
  test(`HTTP ${code} is final`, async t => {
    const { server, file } = await setUp(t);
    server.on(path, status(code));
    await assert.rejects(file(), refused("SKILL_SOURCE", new RegExp(`HTTP ${code}$`)));
    assert.equal(server.count(path), 1);
  });
}

test("a server that says when to come again is asked then", async t => {
  const { server, pauses, file } = await setUp(t);
  server.on(path, status(429, { "retry-after": "7" }), ok(body));
  await file();
  assert.deepEqual(pauses, [7_000]);
});

test("a server that wants to be left alone for long is not asked again", async t => {
  const { server, pauses, file } = await setUp(t);
  server.on(path, status(503, { "retry-after": "3600" }));
  await assert.rejects(file(), refused("SKILL_SOURCE", /HTTP 503; it wants to be asked again at \d{4}-/));
  assert.deepEqual(pauses, []);
});

test("a rate limit that is used up is named, with the time it ends", async t => {
  const { server, file } = await setUp(t);
  const reset = String(Math.round(Date.now() / 1_000) + 3_000);
  server.on(path, status(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }));
  await assert.rejects(file(), refused("SKILL_SOURCE", /rate limit is used up .*asked again at/));
  assert.equal(server.count(path), 1);
});

test("a body that stalls is given up and asked for again", async t => {
  const { server, file } = await setUp(t, { stalledMs: 1_000 });
  server.on(path, stalled(body, 1_000), ok(body));
  assert.ok(readFileSync((await file()).path).equals(body));
});

test("a server that never answers is given up", async t => {
  const { server, file } = await setUp(t, { stalledMs: 1_000 });
  server.on(path, () => {});
  await assert.rejects(
    file(),
    refused("SKILL_SOURCE", /did not answer in time \(UND_ERR_HEADERS_TIMEOUT\), 4 times/),
  );
});

test("a connection that is refused is named", async t => {
  const { downloads, cache } = await setUp(t);
  const request = { url: new URL(await deadAddress()), label: "x", extension: "", sha256, limitBytes: 1 };
  await assert.rejects(
    downloads.file(cache, request, { signal: undefined }),
    refused("SKILL_SOURCE", /the connection was refused \(ECONNREFUSED\), 4 times/),
  );
});

test("the wrong bytes are downloaded once more and then refused, with both digests", async t => {
  const { server, cache, file } = await setUp(t);
  const [one, two] = [Buffer.from("one"), Buffer.from("two")];
  server.on(path, ok(one), ok(two));
  const message = new RegExp(`expected SHA-256 ${sha256}, got ${digest(one)}, .*once more ${digest(two)}$`);
  await assert.rejects(file(), refused("SKILL_PACKAGE", message));
  assert.deepEqual(readdirSync(cache), []);
});

test("the wrong bytes once are no reason to fail", async t => {
  const { server, file } = await setUp(t);
  server.on(path, ok("no"), ok(body));
  assert.equal((await file()).sha256, sha256);
});

test("a file that is too large is refused by what the server says", async t => {
  const { server, file } = await setUp(t);
  server.on(path, ok(body));
  await assert.rejects(file({ limitBytes: 1_000 }), refused("SKILL_SOURCE", /larger than 1000 bytes$/));
});

test("a file that is too large is refused by what has come when the server says nothing", async t => {
  const { server, cache, file } = await setUp(t);
  server.on(path, (_request, response) => {
    response.writeHead(200, { "transfer-encoding": "chunked" });
    response.write(body);
    response.end(body);
  });
  await assert.rejects(
    file({ limitBytes: 4_000_000 }),
    refused("SKILL_SOURCE", /larger than 4000000 bytes$/),
  );
  assert.deepEqual(readdirSync(cache), []);
});

test("an aborted download ends with the reason of its signal and leaves nothing behind", async t => {
  const { server, cache, file } = await setUp(t);
  const controller = new AbortController();
  const reason = new Error("enough");
  server.on(path, stalled(body, 100_000));
  const download = file({}, controller.signal, done => {
    if (done > 0) controller.abort(reason);
  });
  await assert.rejects(download, error => error === reason);
  assert.deepEqual(readdirSync(cache), []);
});

test("an aborted pause ends at once", async t => {
  const server = await loopbackServer(t);
  server.on(path, status(503, { "retry-after": "20" }));
  const downloads = new Downloads(true);
  t.after(() => downloads[Symbol.asyncDispose]());
  const controller = new AbortController();
  const reason = new Error("enough");
  const text = downloads.text({ url: new URL(path, server.base) }, controller.signal);
  const asked = setInterval(() => server.count(path) > 0 && controller.abort(reason), 5);
  await assert.rejects(text, error => error === reason);
  clearInterval(asked);
});

test("closing ends a download", async t => {
  const { server, downloads, file } = await setUp(t);
  server.on(path, stalled(body, 100_000));
  const download = file({}, undefined, done => {
    if (done > 0) downloads.stop();
  });
  await assert.rejects(download, refused("ENGINE_CLOSED", /closed during a download/));
});

test("what a process that is gone has left is removed, what another one is writing is not", async t => {
  const { server, cache, file } = await setUp(t);
  server.on(path, ok(body));
  await file();
  const [abandoned, current] = [join(cache, "x-1-abc.part"), join(cache, "y-2-abc.part")];
  writeFileSync(abandoned, "x");
  writeFileSync(current, "y");
  utimesSync(abandoned, 1, 1);
  await file({ sha256: undefined });
  assert.equal(existsSync(abandoned), false);
  assert.equal(existsSync(current), true);
});

test("without permission nothing is fetched, and what is cached with its digest is used", async t => {
  const { server, cache, file } = await setUp(t, { allowed: false });
  server.on(path, ok(body));
  await assert.rejects(
    file(),
    refused("SKILL_DENIED", /disabled by host policy \(option allowNetworkDownload\)/),
  );
  assert.deepEqual(server.asked, []);
  assert.equal(existsSync(cache), false);
  const other = await setUp(t);
  other.server.on(path, ok(body));
  const { path: cached } = await other.file();
  const offline = new Downloads(false);
  const request = {
    url: new URL("http://127.0.0.1:1/"),
    label: "tool-1.0.0",
    extension: ".zip",
    sha256,
    limitBytes: 1,
  };
  assert.equal((await offline.file(other.cache, request, { signal: undefined })).path, cached);
});

test("a redirect on the same host is followed with the token", async t => {
  const { server, file } = await setUp(t);
  const credential = { token: "secret", origins: new Set([server.base]) };
  server.on(path, redirect("/elsewhere"));
  server.on("/elsewhere", ok(body));
  await file({ credential });
  assert.deepEqual(
    server.asked.map(({ headers }) => headers.authorization),
    ["Bearer secret", "Bearer secret"],
  );
});

test("a redirect to another host is followed without the token", async t => {
  const { server, file } = await setUp(t);
  const other = await loopbackServer(t);
  const credential = { token: "secret", origins: new Set([server.base]) };
  server.on(path, redirect(`${other.base}/elsewhere`));
  other.on("/elsewhere", ok(body));
  await file({ credential });
  assert.equal(server.asked[0]?.headers.authorization, "Bearer secret");
  assert.equal(other.asked[0]?.headers.authorization, undefined);
});

const badRedirects: [what: string, to: string, message: RegExp][] = [
  ["nowhere", "", /redirects to no address/],
  ["another protocol", "ftp://127.0.0.1/x", /leads to ftp:/],
  ["a file", "file:///etc/passwd", /leads to file:/],
  ["itself", path, /more than 5 redirects/],
];

for (const [what, to, message] of badRedirects) {
  test(`a redirect to ${what} is refused`, async t => {
    const { server, file } = await setUp(t);
    server.on(path, to === "" ? status(302) : redirect(to));
    await assert.rejects(file(), refused("SKILL_SOURCE", message));
  });
}

test("messages show neither the user, the password nor the query of an address", async t => {
  const { server, downloads } = await setUp(t);
  const url = new URL(`${server.base.replace("//", "//user:pass@")}/x?token=secret`);
  server.on("/x?token=secret", status(403));
  await assert.rejects(downloads.text({ url }, undefined), (error: Error) => {
    assert.match(error.message, /127\.0\.0\.1:\d+\/x: HTTP 403/);
    assert.doesNotMatch(error.message, /user|pass|secret/);
    return true;
  });
  assert.equal(
    server.asked[0]?.headers.authorization,
    `Basic ${Buffer.from("user:pass").toString("base64")}`,
  );
});
