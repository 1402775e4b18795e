import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { loopbackServer } from "../lifecycle/loopback-server.js";
import { publish, skillRelease } from "../lifecycle/releases.js";
import { answering, writePackage } from "../lifecycle/runtime.js";
import { temporaryFolder } from "../skills/skill-tree.js";
import { luaskills } from "./command-line.js";
import { luaskillsOnTerminal } from "./pseudo-terminal.js";

const repo = "owner/demo";

/** A working directory, and the options that make a server of this machine GitHub. */
async function setUp(t: TestContext, ...versions: string[]) {
  const folder = temporaryFolder(t);
  const server = await loopbackServer(t);
  const release = (...published: string[]) =>
    publish(
      server,
      repo,
      published.map(version => skillRelease("demo", version)),
    );
  release(...versions);
  const sources = ["--github-url", `${server.base}/files`, "--github-api-url", `${server.base}/api`];
  const run = (...args: string[]) =>
    luaskills(args, { cwd: folder, env: { GITHUB_TOKEN: undefined, GH_TOKEN: undefined } });
  return { folder, server, release, sources, run };
}

test("install, list, info, outdated, update and uninstall tell what a skill comes to", async t => {
  const { folder, release, sources, run } = await setUp(t, "1.0.0");
  const installed = await run("install", repo, ...sources);
  assert.deepEqual(
    [installed.code, installed.out],
    [0, "skill demo 1.0.0 was installed from github owner/demo\n"],
  );
  assert.match(installed.err, /^install demo: asking the source\n/);
  assert.match(installed.err, /\ninstall demo: downloading\ninstall demo: downloading: \d+ kB\n/);
  assert.equal(stripVTControlCharacters(installed.err), installed.err);
  assert.equal((await run("call", "demo-run")).out, "1.0.0\n");

  assert.match((await run("outdated", ...sources)).err, /up to date/);
  release("1.1.0", "1.0.0");
  assert.equal(
    (await run("outdated", ...sources)).out,
    [
      "SKILL  ROOT  CURRENT  WANTED  LATEST  SOURCE",
      "demo   ROOT  1.0.0    1.1.0   1.1.0   github:owner/demo",
      "",
    ].join("\n"),
  );
  assert.equal(
    (await run("update", "--dry-run", ...sources)).out,
    "skill demo would be updated from 1.0.0 to 1.1.0, from github owner/demo\n",
  );
  assert.equal((await run("update", ...sources)).out, "skill demo was updated from 1.0.0 to 1.1.0\n");

  assert.equal((await run("disable", "demo", "--reason", "a pause")).out, "skill demo is disabled\n");
  const { out: info } = await run("info", "demo");
  assert.match(info, /^demo 1\.1\.0\n/);
  assert.match(info, /\nstatus {6}disabled: a pause\n/);
  assert.match(info, /\nsource {6}github owner\/demo, v1\.1\.0, installed \d{4}-/);
  assert.equal((await run("enable", "demo")).out, "skill demo is enabled\n");
  const gone = await run("uninstall", "demo");
  assert.deepEqual(
    [gone.code, gone.out],
    [0, "skill demo was uninstalled; SQLite data kept, LanceDB data kept\n"],
  );
  assert.equal(existsSync(join(folder, "skills", "demo")), false);
});

test("under --json every command prints its result alone", async t => {
  const { sources, run, release } = await setUp(t, "1.0.0");
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, "--json");
    assert.equal(err, "");
    assert.equal(code, 0);
    return JSON.parse(out);
  };
  assert.equal((await json("install", repo, ...sources)).status, "installed");
  assert.equal((await json("info", "demo")).serving, true);
  release("2.0.0", "1.0.0");
  const [outdated] = await json("outdated", ...sources);
  assert.deepEqual([outdated.skillId, outdated.current, outdated.latest], ["demo", "1.0.0", "2.0.0"]);
  assert.deepEqual(
    (await json("update", "demo", ...sources)).map((result: { status: string }) => result.status),
    ["updated"],
  );
  assert.deepEqual(await json("disable", "demo"), { skillId: "demo", status: "disabled" });
  assert.deepEqual(await json("enable", "demo"), { skillId: "demo", status: "enabled" });
  assert.equal((await json("uninstall", "demo", "--remove-data")).sqliteRetained, false);
});

test("what fails has exit code 1 and the code of its error", async t => {
  const { sources, run } = await setUp(t, "1.0.0");
  for (const [args, code] of [
    [["install", "owner/other", ...sources], "SKILL_SOURCE"],
    [["install", "not a source", ...sources], "SKILL_REQUEST"],
    [["uninstall", "demo", "--root", "ROOT=."], "SKILL_NOT_INSTALLED"],
    [["info", "demo", "--root", "ROOT=."], "SKILL_NOT_INSTALLED"],
    [["update", "demo", "--root", "ROOT=."], "SKILL_NOT_INSTALLED"],
  ] as const) {
    const outcome = await run(...args, "--json");
    assert.equal(outcome.code, 1, args.join(" "));
    assert.equal(JSON.parse(outcome.err.split("\n")[0] ?? "").error.code, code, args.join(" "));
  }
});

test("an update of several skills goes on after one that fails, and fails in the end", async t => {
  const { folder, run } = await setUp(t);
  for (const id of ["first", "second"]) {
    await run("install", writePackage(folder, id, answering("1.0.0", id)));
  }
  writePackage(folder, "first", { "skill.yaml": "{ [" });
  writePackage(folder, "second", answering("1.1.0", "new"));
  const { code, out, err } = await run("update");
  assert.equal(out, "skill second was updated from 1.0.0 to 1.1.0\n");
  assert.match(err, /^first: .*skill\.yaml/m);
  assert.match(err, /not updated: first/);
  assert.equal(code, 1);
});

test("--system is the system plane", async t => {
  const { folder, run } = await setUp(t);
  const source = writePackage(folder, "demo", answering("1.0.0", "one"));
  const roots = ["--root", `ROOT=${folder}/root/skills`, "--root", `USER=${folder}/user/skills`];
  assert.equal((await run("install", source, "--target-root", "ROOT", ...roots)).code, 1);
  assert.equal((await run("install", source, "--system", ...roots)).code, 0);
  assert.equal(existsSync(join(folder, "root", "skills", "demo")), true);
});

test("on a terminal a bar shows the download, and is gone when it is over", async t => {
  const { folder, server, sources } = await setUp(t, "1.0.0");
  const archive = skillRelease("demo", "1.0.0").assets[0]?.body as Buffer;
  const half = Math.floor(archive.length / 2);
  let finish = () => {};
  const may = new Promise<void>(resolve => {
    finish = resolve;
  });
  server.on(`/files/${repo}/releases/download/v1.0.0/demo-v1.0.0-skill.zip`, async (_request, response) => {
    response.writeHead(200, { "content-length": archive.length });
    response.write(archive.subarray(0, half));
    await may;
    response.end(archive.subarray(half));
  });
  const terminal = luaskillsOnTerminal(t, ["install", repo, ...sources], { cwd: folder });
  await terminal.waitFor(/install demo: downloading █+.*\d+ %/);
  finish();
  await terminal.waitFor("skill demo 1.0.0 was installed from github owner/demo");
  assert.equal(await terminal.exit(), 0);
  assert.ok(terminal.raw.includes("\r\u001b[2K"));
});
