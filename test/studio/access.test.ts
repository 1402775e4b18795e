// Who gets into the studio and who does not: over real HTTP, as anything on this machine or in its browsers could try.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { Studio } from "#dist/studio/studio.js";
import { ask, Session, startStudio } from "./studio-client.js";

const skills = { one: "return function() return 'done' end" };

test("the link exchanges its token for a session cookie that scripts and other sites do not get", async t => {
  const { origin, token } = await startStudio(t, skills);
  const { status, headers, text } = await ask(origin, `/?token=${token}`);
  assert.equal(status, 200);
  const { port } = new URL(origin);
  assert.match(
    headers["set-cookie"]?.[0] ?? "",
    new RegExp(`^luaskills_studio_${port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
  );
  assert.match(text, /http-equiv="refresh" content="0; url=\/"/);
  assert.doesNotMatch(text, new RegExp(token));
});

test("the session opens the page, which needs nothing from elsewhere", async t => {
  const studio = await startStudio(t, skills);
  const session = await Session.open(studio);
  const { status, text } = await session.ask("GET", "/");
  assert.equal(status, 200);
  const resources = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path);
  assert.deepEqual(resources.sort(), ["/icon.svg", "/page.css", "/page.js"]);
  for (const path of resources) assert.equal((await session.ask("GET", path ?? "")).status, 200);
});

test("a token works once", async t => {
  const { origin, token } = await startStudio(t, skills);
  await ask(origin, `/?token=${token}`);
  const { status, headers, text } = await ask(origin, `/?token=${token}`);
  assert.equal(status, 401);
  assert.equal(headers["set-cookie"], undefined);
  assert.match(text, /works once/);
});

test("who has the session may come back to the link", async t => {
  const studio = await startStudio(t, skills);
  const session = await Session.open(studio);
  assert.equal((await session.ask("GET", `/?token=${studio.token}`)).status, 200);
});

for (const token of ["", "wrong", "x".repeat(43)]) {
  test(`the token ${JSON.stringify(token)} is refused and does not use up the right one`, async t => {
    const studio = await startStudio(t, skills);
    const { status, headers } = await ask(studio.origin, `/?token=${token}`);
    assert.equal(status, 401);
    assert.equal(headers["set-cookie"], undefined);
    await Session.open(studio);
  });
}

test("the token opens nothing but the page", async t => {
  const { origin, token } = await startStudio(t, skills);
  assert.equal((await ask(origin, `/api/events?token=${token}`)).status, 401);
});

for (const path of ["/", "/page.js", "/api/events", "/api/calls/1", "/api/help/one/main", "/nothing"]) {
  test(`without a session ${path} is refused`, async t => {
    const { origin } = await startStudio(t, skills);
    const { status, headers, text } = await ask(origin, path);
    assert.equal(status, 401);
    assert.equal(headers["set-cookie"], undefined);
    assert.match(text, /link that (<code>)?luaskills studio/);
  });
}

test("cookies with another value, or of another studio, are refused", async t => {
  const [mine, other] = [await startStudio(t, skills), await startStudio(t, skills)];
  const { cookie } = await Session.open(mine);
  const foreign = (await Session.open(other)).cookie;
  const [name = "", value = ""] = cookie.split("=");
  for (const wrong of [
    `${name}=`,
    `${name}=${value}x`,
    `${name}x=${value}`,
    foreign,
    `${name}=${foreign.split("=")[1]}`,
  ]) {
    assert.equal((await ask(mine.origin, "/page.js", { headers: { Cookie: wrong } })).status, 401, wrong);
  }
  const among = { headers: { Cookie: `a=b; ${cookie}; c` } };
  assert.equal((await ask(mine.origin, "/page.js", among)).status, 200);
});

test("hosts of other names are refused, whatever they know", async t => {
  const studio = await startStudio(t, skills);
  const { cookie } = await Session.open(studio);
  const { port } = new URL(studio.origin);
  const foreign = [
    "rebound.example",
    `rebound.example:${port}`,
    `127.0.0.1.rebound.example:${port}`,
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost",
  ];
  for (const host of foreign) {
    const { status, text } = await ask(studio.origin, "/page.js", {
      headers: { Host: host, Cookie: cookie },
    });
    assert.deepEqual([status, JSON.parse(text).error.code], [403, "HOST"], host);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    assert.equal(
      (await ask(studio.origin, "/page.js", { headers: { Host: host, Cookie: cookie } })).status,
      200,
      host,
    );
  }
});

test("a foreign host does not use up the token", async t => {
  const studio = await startStudio(t, skills);
  const headers = { Host: "rebound.example" };
  assert.equal((await ask(studio.origin, `/?token=${studio.token}`, { headers })).status, 403);
  await Session.open(studio);
});

test("requests of other origins are refused, and changes without an origin", async t => {
  const studio = await startStudio(t, skills);
  const { cookie } = await Session.open(studio);
  const body = JSON.stringify({ name: "one-run", args: {} });
  const type = { "Content-Type": "application/json" };
  const { port } = new URL(studio.origin);
  const origins = [
    "https://evil.example",
    "null",
    `https://127.0.0.1:${port}`,
    "http://127.0.0.1:1",
    "http://127.0.0.1",
  ];
  for (const Origin of origins) {
    const headers = { Cookie: cookie, Origin };
    assert.equal((await ask(studio.origin, "/api/help/one/main", { headers })).status, 403, Origin);
    const post = { method: "POST", headers: { ...headers, ...type }, body };
    const { status, text } = await ask(studio.origin, "/api/calls", post);
    assert.deepEqual([status, JSON.parse(text).error.code], [403, "ORIGIN"], Origin);
  }
  const without = { method: "POST", headers: { Cookie: cookie, ...type }, body };
  assert.equal((await ask(studio.origin, "/api/calls", without)).status, 403);
  assert.equal(
    (await ask(studio.origin, "/api/calls/1", { method: "DELETE", headers: { Cookie: cookie } })).status,
    403,
  );
});

test("what a browser says another site has caused is refused, but for opening the link", async t => {
  const studio = await startStudio(t, skills);
  const crossSite = { "Sec-Fetch-Site": "cross-site" };
  assert.equal((await ask(studio.origin, "/", { headers: crossSite })).status, 403);
  const opened = await ask(studio.origin, `/?token=${studio.token}`, { headers: crossSite });
  assert.equal(opened.status, 200);
  const [Cookie] = (opened.headers["set-cookie"]?.[0] ?? "").split(";");
  for (const [site, status] of [
    ["cross-site", 403],
    ["same-site", 403],
    ["same-origin", 200],
    ["none", 200],
  ] as const) {
    const headers = { Cookie, "Sec-Fetch-Site": site };
    assert.equal((await ask(studio.origin, "/page.js", { headers })).status, status, site);
  }
});

test("every answer has the headers that keep a page to itself", async t => {
  const studio = await startStudio(t, skills);
  const session = await Session.open(studio);
  const answers = [
    await ask(studio.origin, "/"),
    await ask(studio.origin, "/", { headers: { Host: "rebound.example" } }),
    await session.ask("GET", "/"),
    await session.ask("GET", "/api/none"),
    await session.ask("POST", "/api/reload", {}),
  ];
  for (const { headers } of answers) {
    const policy = String(headers["content-security-policy"]).split("; ");
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
      assert.ok(policy.includes(rule), rule);
    }
    assert.doesNotMatch(policy.join(), /unsafe|\*|https?:/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["cache-control"], "no-store");
    assert.equal(headers["access-control-allow-origin"], undefined);
  }
});

test("a port that is taken is an error that says so", async t => {
  const { engine, origin } = await startStudio(t, skills);
  const report = { loaded: [], skipped: [], failed: [], kept: [] };
  const port = Number(new URL(origin).port);
  const settings = { report, version: "1", address: "127.0.0.1", port, context: {} } as const;
  await assert.rejects(Studio.start(engine, settings), { code: "EADDRINUSE" });
});

// All of 127.0.0.0/8 leads here, so another address of it shows whether the server listens on more than it should.
if (process.platform === "linux") {
  test("the server listens on its loopback address alone", async t => {
    const { origin } = await startStudio(t, skills);
    const { hostname, port } = new URL(origin);
    assert.equal(hostname, "127.0.0.1");
    const code = await new Promise(resolve => {
      const socket = connect(Number(port), "127.0.0.2");
      socket.on("error", error => resolve((error as NodeJS.ErrnoException).code));
      socket.on("connect", () => resolve("connected"));
      t.after(() => socket.destroy());
    });
    assert.equal(code, "ECONNREFUSED");
  });
}

if (Object.values(networkInterfaces()).some(known => known?.some(({ address }) => address === "::1"))) {
  test("the server can listen on ::1", async t => {
    const studio = await startStudio(t, skills, { address: "::1" });
    assert.match(studio.studio.url, /^http:\/\/\[::1\]:\d+\/\?token=/);
    const session = await Session.open(studio);
    assert.equal((await session.ask("POST", "/api/reload", {})).status, 200);
  });
}
