// luaskills studio as a person starts it, on a terminal.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { CallSummary } from "#dist/studio/wire.js";
import { repository, temporaryFolder, writeSkill, writeSkills } from "../skills/skill-tree.js";
import { ask, Session } from "../studio/studio-client.js";
import { luaskillsOnTerminal } from "./pseudo-terminal.js";

const skills = {
  one: "return function() return 'done' end",
  endless: "return function() print('started') while true do end end",
};

function commandLine(t: TestContext, args: string[]): { root: string; args: string[] } {
  const root = temporaryFolder(t);
  writeSkills(root, skills);
  return { root, args: ["studio", "--root", `ROOT=${root}`, ...args] };
}

/** Starts it and takes the link from what it prints. */
async function start(t: TestContext) {
  const { root, args } = commandLine(t, []);
  const terminal = luaskillsOnTerminal(t, args, { columns: 200 });
  await terminal.waitFor("Ctrl-C ends the studio");
  const [link = ""] = /http:\S+/.exec(terminal.text) ?? [];
  const { origin, searchParams } = new URL(link);
  return { terminal, root, origin, token: searchParams.get("token") ?? "" };
}

test("it prints a link that opens the studio, and Ctrl-C ends it as something that went well", async t => {
  const { terminal, origin, token } = await start(t);
  const session = await Session.open({ origin, token });
  assert.match((await session.ask("GET", "/")).text, /<title>luaskills studio<\/title>/);
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 0);
  await assert.rejects(ask(origin, "/"), { code: "ECONNREFUSED" });
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(`${signal} ends it, with the calls that run and the pages that are open`, async t => {
    const { terminal, origin, token } = await start(t);
    const session = await Session.open({ origin, token });
    const listener = await session.listen(t);
    await session.json<CallSummary>(201, "POST", "/api/calls", { name: "endless-run" });
    await terminal.waitFor("started");
    terminal.kill(signal);
    assert.equal(await terminal.exit(), 0);
    await listener.ended;
  });
}

test("files that change are taken up by themselves, and the page learns of it", async t => {
  const { root, origin, token } = await start(t);
  const session = await Session.open({ origin, token });
  const listener = await session.listen(t);
  await listener.event("snapshot");
  writeSkill(root, "late", "return function() return 'late' end");
  assert.deepEqual((await listener.event("changes")).added, ["late-run"]);
  const { report } = await listener.event("catalog", ({ skills }) => skills.length === 3);
  assert.deepEqual(report.loaded, ["endless", "late", "one"]);
});

test("--json prints the link for programs", async t => {
  const { args } = commandLine(t, ["--json", "--no-watch"]);
  const terminal = luaskillsOnTerminal(t, args, { columns: 200 });
  await terminal.waitFor("}");
  const { url } = JSON.parse(terminal.text) as { url: string };
  const { origin, searchParams } = new URL(url);
  await Session.open({ origin, token: searchParams.get("token") ?? "" });
});

/** Starts it without a terminal, with PATH leading to one folder, and waits for what it is to say. */
async function openWith(t: TestContext, bin: string, expected: RegExp): Promise<string> {
  const { args } = commandLine(t, ["--open"]);
  const child = spawn(process.execPath, [join(repository, "dist/cli/main.js"), ...args], {
    env: { ...process.env, PATH: bin },
  });
  t.after(() => child.kill());
  let said = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", text => {
        said += text;
        if (expected.test(said)) resolve(said);
      });
    }
    child.on("exit", () => reject(new Error(`it ended and had said: ${said}`)));
  });
}

// Elsewhere the command that opens links has another name.
if (process.platform === "linux") {
  test("--open gives the link to the browser of the system", async t => {
    const bin = temporaryFolder(t);
    const opened = join(bin, "opened");
    const script = `#!/bin/sh\necho "$1" > "${opened}.part"\n/bin/mv "${opened}.part" "${opened}"\n`;
    writeFileSync(join(bin, "xdg-open"), script, { mode: 0o755 });
    const said = await openWith(t, bin, /Ctrl-C ends the studio/);
    while (!existsSync(opened)) await pause(20);
    assert.equal(readFileSync(opened, "utf8").trim(), /http:\S+/.exec(said)?.[0]);
  });

  test("where there is no browser --open says so", async t => {
    const said = await openWith(t, temporaryFolder(t), /no browser could be opened/);
    assert.match(said, /http:\S+/);
  });
}

test("a port that is taken is told with what to do", async t => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise(resolve => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const { args } = commandLine(t, ["--port", String(port)]);
  const terminal = luaskillsOnTerminal(t, args, { columns: 200 });
  assert.equal(await terminal.exit(), 1);
  assert.match(
    terminal.text,
    /the studio cannot listen: .*EADDRINUSE[\s\S]*hint: another program has this port/,
  );
});

for (const [what, options, message] of [
  ["a port that is none", ["--port", "70000"], /Expected a port, 0 to 65535/],
  ["an address that others can reach", ["--address", "0.0.0.0"], /Allowed choices are 127\.0\.0\.1, ::1/],
] as const) {
  test(`${what} is a usage error`, async t => {
    const { args } = commandLine(t, [...options]);
    const terminal = luaskillsOnTerminal(t, args, { columns: 200 });
    assert.equal(await terminal.exit(), 2);
    assert.match(terminal.text, message);
  });
}
