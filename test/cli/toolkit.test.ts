// The author's commands, as a process: new, check, test, pack.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../skills/skill-tree.js";
import { luaskills } from "./command-line.js";
import { luaskillsOnTerminal } from "./pseudo-terminal.js";

/** A folder with a skill `greeter` that `new` has made in it. */
async function project(t: TestContext): Promise<string> {
  const folder = temporaryFolder(t);
  const { code, err } = await luaskills(["new", "greeter"], { cwd: folder });
  assert.equal(code, 0, err);
  return folder;
}

function writeTests(folder: string, code: string): void {
  writeFileSync(join(folder, "skills/greeter/tests/hello.lua"), code);
}

test("new makes a skill in ./skills and says what to do next", async t => {
  const folder = temporaryFolder(t);
  const { code, out, err } = await luaskills(["new", "greeter", "--template", "tool"], { cwd: folder });
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^skills\/greeter\n {2}\.gitignore\n[\s\S]*\n {2}skill\.yaml\n/);
  for (const [, command = ""] of out.matchAll(/^luaskills (.*)$/gm)) {
    const outcome = await luaskills(command.split(" "), { cwd: folder });
    assert.equal(outcome.code, 0, outcome.out + outcome.err);
  }
});

test("new makes a skill in the root that is named, and describes it as JSON", async t => {
  const folder = temporaryFolder(t);
  const { out } = await luaskills(["new", "greeter", "--root", "MINE=mine", "--json"], { cwd: folder });
  const created = JSON.parse(out) as { dir: string; files: string[] };
  assert.deepEqual(readdirSync(folder), ["mine"]);
  assert.ok(created.files.every(file => existsSync(join(created.dir, file))));
});

test("new refuses names, templates and folders that are there, and says why", async t => {
  const folder = await project(t);
  const name = await luaskills(["new", "Greeter"], { cwd: folder });
  assert.deepEqual([name.code, name.err.includes("must match ^[a-z]")], [1, true]);
  const template = await luaskills(["new", "other", "--template", "huge"], { cwd: folder });
  assert.equal(template.code, 2);
  assert.match(template.err, /minimal, sqlite, tool/);
  const again = await luaskills(["new", "greeter"], { cwd: folder });
  assert.equal(again.code, 1);
  assert.match(again.err, /is there already; nothing was changed/);
  assert.deepEqual(readdirSync(join(folder, "skills")), ["greeter"]);
});

test("a skill is named by its folder, by its id, or is where one stands", async t => {
  const folder = await project(t);
  for (const [args, cwd] of [
    [["check", "skills/greeter"], folder],
    [["check", "greeter"], folder],
    [["check"], join(folder, "skills/greeter")],
  ] as const) {
    const { code, out } = await luaskills([...args], { cwd });
    assert.deepEqual([code, out], [0, "greeter: nothing to complain about\n"]);
  }
});

test("where there is no skill the commands say so", async t => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "empty"));
  for (const [argument, message] of [
    ["empty", /is no skill: it has no skill\.yaml\nhint: .*luaskills new/],
    ["none", /there is no folder .*none/],
    [".", /is no skill: .*\nhint: name the folder of a skill/],
  ] as const) {
    for (const command of ["check", "test", "pack"]) {
      const { code, err } = await luaskills([command, argument], { cwd: folder });
      assert.equal(code, 1);
      assert.match(err, message);
    }
  }
});

test("check prints places that editors follow, and fails for errors alone", async t => {
  const folder = await project(t);
  const file = join(folder, "skills/greeter/runtime/hello.lua");
  writeFileSync(file, "return function(args)\n  return 'hi' .. tostrng(args.who)\nend\n");
  const warning = await luaskills(["check", "greeter"], { cwd: folder });
  assert.equal(warning.code, 0);
  assert.equal(
    warning.out,
    "skills/greeter/runtime/hello.lua:2: warning: undefined global tostrng\ngreeter: 1 warning\n",
  );
  const strict = await luaskills(["check", "greeter", "--strict"], { cwd: folder });
  assert.deepEqual([strict.code, strict.err], [1, "luaskills: greeter: 1 warning\n"]);
  writeFileSync(file, "return function(");
  const error = await luaskills(["check", "greeter", "--json"], { cwd: folder });
  assert.equal(error.code, 1);
  const report = JSON.parse(error.out) as { ok: boolean; counts: object; diagnostics: object[] };
  assert.equal(report.ok, false);
  assert.deepEqual(report.counts, { error: 1, warning: 0, advice: 0 });
  assert.deepEqual(report.diagnostics, [
    {
      severity: "error",
      rule: "lua-syntax",
      file: "runtime/hello.lua",
      line: 1,
      message: "<name> or '...' expected near '<eof>'",
    },
  ]);
  assert.equal(JSON.parse(error.err).error.code, "CHECK_FAILED");
});

test("test prints every test, and fails when one does", async t => {
  const folder = await project(t);
  const good = await luaskills(["test", "greeter"], { cwd: folder });
  assert.deepEqual([good.code, good.err], [0, ""]);
  assert.match(good.out, /^tests\/hello\.lua\n {2}hello\n {4}✓ greets by name/);
  assert.match(good.out, /\n4 passed in \d+\.\d\d s\n$/);
  writeTests(folder, "it('holds', function() end)\nit('does not', function() fail('for a reason') end)");
  const bad = await luaskills(["test", "greeter"], { cwd: folder });
  assert.deepEqual([bad.code, bad.err], [1, "luaskills: 1 of 2 tests failed\n"]);
  assert.match(bad.out, /✗ does not.*\n {6}for a reason\n {6}at tests\/hello\.lua:2\n/);
});

test("test takes a filter, and says when nothing passes through it", async t => {
  const folder = await project(t);
  const some = await luaskills(["test", "greeter", "--filter", "by name"], { cwd: folder });
  assert.match(some.out, /\n1 passed in/);
  const none = await luaskills(["test", "greeter", "--filter", "nothing"], { cwd: folder });
  assert.deepEqual([none.code, none.err], [1, 'luaskills: no test has "nothing" in its name\n']);
});

test("a skill without tests is told where they go", async t => {
  const folder = await project(t);
  writeTests(folder, "");
  const empty = await luaskills(["test", "greeter"], { cwd: folder });
  assert.equal(empty.code, 1);
  assert.match(empty.err, /describe no tests\nhint: .*it\(name, function\)/);
  writeFileSync(join(folder, "skills/greeter/tests/hello.txt"), "");
  const { rmSync } = await import("node:fs");
  rmSync(join(folder, "skills/greeter/tests/hello.lua"));
  const missing = await luaskills(["test", "greeter"], { cwd: folder });
  assert.equal(missing.code, 1);
  assert.match(missing.err, /greeter has no tests\nhint: tests are Lua files in the folder tests\//);
});

test("--timeout ends every test that names no limit of its own", async t => {
  const folder = await project(t);
  writeTests(folder, "it('spins', function() while true do end end)");
  const { code, out } = await luaskills(["test", "greeter", "--timeout", "300"], { cwd: folder });
  assert.equal(code, 1);
  assert.match(out, /it took longer than 300 ms\n +at tests\/hello\.lua:1/);
});

test("results are written as TAP, JUnit XML or JSON, here or to a file", async t => {
  const folder = await project(t);
  const tap = await luaskills(["test", "greeter", "--format", "tap"], { cwd: folder });
  assert.match(tap.out, /^TAP version 13\n1\.\.4\nok 1 - /);
  const json = await luaskills(["test", "greeter", "--json"], { cwd: folder });
  const report = JSON.parse(json.out) as { passed: number; files: { file: string }[] };
  assert.deepEqual([report.passed, report.files[0]?.file], [4, "tests/hello.lua"]);
  const junit = await luaskills(["test", "greeter", "--format", "junit", "--output", "out.xml"], {
    cwd: folder,
  });
  assert.match(junit.out, /4 passed/);
  assert.match(
    readFileSync(join(folder, "out.xml"), "utf8"),
    /^<\?xml[\s\S]*tests="4"[\s\S]*<\/testsuites>\n$/,
  );
  const usage = await luaskills(["test", "greeter", "--output", "out.xml"], { cwd: folder });
  assert.deepEqual([usage.code, usage.err.includes("--output needs a format")], [2, true]);
});

test("pack writes the two files of a release where it is told to", async t => {
  const folder = await project(t);
  const { code, out } = await luaskills(["pack", "greeter", "--out", "dist"], { cwd: folder });
  assert.equal(code, 0);
  assert.match(
    out,
    /^dist\/greeter-v0\.1\.0-skill\.zip: 4 files, \d+ bytes\ndist\/greeter-v0\.1\.0-checksums\.txt: SHA-256 [0-9a-f]{64}\n$/,
  );
  assert.equal(readdirSync(join(folder, "dist")).length, 2);
  const json = await luaskills(["pack", "greeter", "--json"], { cwd: folder });
  const packed = JSON.parse(json.out) as { sha256: string; version: string };
  assert.equal(packed.version, "0.1.0");
  assert.ok(out.includes(packed.sha256));
});

test("pack packs nothing that the check refuses", async t => {
  const folder = await project(t);
  writeFileSync(join(folder, "skills/greeter/runtime/hello.lua"), "return 1");
  const { code, out, err } = await luaskills(["pack", "greeter", "--out", "dist"], { cwd: folder });
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /skill\.yaml:5: error: entry hello: .*must return a function/);
  assert.match(err, /greeter was not packed: 1 error\n$/);
  assert.equal(existsSync(join(folder, "dist")), false);
});

test("pack says that a skill is switched off", async t => {
  const folder = await project(t);
  const manifest = join(folder, "skills/greeter/skill.yaml");
  writeFileSync(manifest, `enable: false\n${readFileSync(manifest, "utf8")}`);
  const { code, err } = await luaskills(["pack", "greeter"], { cwd: folder });
  assert.equal(code, 1);
  assert.match(err, /it is switched off\nhint: take `enable: false` out/);
});

test("what was packed is installed by the engine, and called", async t => {
  const folder = await project(t);
  await luaskills(["pack", "greeter", "--out", "."], { cwd: folder });
  const host = join(folder, "host");
  mkdirSync(join(host, "skills"), { recursive: true });
  const { SkillEngine } = await import("luaskills");
  await using engine = await SkillEngine.create({ runtimeRoot: host });
  await engine.load([{ name: "ROOT", skillsDir: join(host, "skills") }]);
  const source = join(folder, "greeter-v0.1.0-skill.zip");
  const { status } = await engine.skills.install({ source, sourceType: "zip" });
  assert.equal(status, "installed");
  const { content } = await engine.call("greeter-hello", { who: "Ann" });
  assert.equal(content, "Hello, Ann!");
});

test("--watch runs the tests again when a file changes, until Ctrl-C", async t => {
  const folder = await project(t);
  writeTests(folder, "it('first', function() end)");
  const terminal = luaskillsOnTerminal(t, ["test", "greeter", "--watch"], { cwd: folder });
  await terminal.waitFor("✓ first");
  await terminal.waitFor("waiting for changes");
  writeTests(folder, "it('second', function() fail('now') end)");
  await terminal.waitFor("✗ second");
  await terminal.waitFor("waiting for changes");
  writeTests(folder, "it('third', function() end)");
  await terminal.waitFor("✓ third");
  await terminal.waitFor("waiting for changes");
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 0);
});

test("Ctrl-C ends tests that run", async t => {
  const folder = await project(t);
  writeTests(folder, "it('begins', function() end)\nit('spins', function() while true do end end)");
  const terminal = luaskillsOnTerminal(t, ["test", "greeter", "--timeout", "600000"], { cwd: folder });
  await terminal.waitFor("✓ begins");
  terminal.type("\x03");
  assert.equal(await terminal.exit(), 130);
});
