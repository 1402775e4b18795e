// luaskills exec: code from a file, from standard input and from the command line.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder, writeSkills } from "../skills/skill-tree.js";
import { luaskills } from "./command-line.js";

/** The values of a report, without their fences. */
function values(report: string): string[] {
  return [...report.matchAll(/^\d+\. \n```\w+\n([\s\S]*?)\n```$/gm)].map(([, value]) => value as string);
}

test("exec runs a file in the folder of that file", async t => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "note.txt"), "from the file");
  writeFileSync(join(folder, "script.lua"), "print('reading') return vulcan.fs.read('note.txt')");
  const { code, out, err } = await luaskills(["exec", join(folder, "script.lua"), "--task", "Read it"], {
    cwd: temporaryFolder(t),
  });
  assert.equal(err, "");
  assert.match(out, /^# Runtime Execution Result\n\n## Task\nRead it\n\n## Status\nSUCCESS\n/);
  assert.match(out, /## Printed Output\n```text\nreading\n```/);
  assert.deepEqual(values(out), ["from the file"]);
  assert.equal(code, 0);
});

test("exec takes code from standard input and from --eval, without any root", async t => {
  const cwd = temporaryFolder(t);
  assert.deepEqual(values((await luaskills(["exec", "-"], { input: "return 6 * 7", cwd })).out), ["42"]);
  assert.deepEqual(values((await luaskills(["exec", "-e", "return 'a', 1"], { cwd })).out), ["a", "1"]);
});

test("arguments that are JSON are taken as JSON, others as text", async () => {
  const args = ["n=20", "name=Ann", "list=[1,2]"].flatMap(arg => ["--arg", arg]);
  const code = "return args.n + 1, args.name, #args.list, args.base";
  const { out } = await luaskills(["exec", "-e", code, "--args", '{"base":true}', ...args]);
  assert.deepEqual(values(out), ["21", "Ann", "2", "true"]);
});

test("code that fails is told in the report, with exit code 1", async () => {
  const { code, out, err } = await luaskills(["exec", "-e", "error('no luck')"]);
  assert.match(out, /^# Runtime Execution Error\n[\s\S]*FAILED[\s\S]*luaexec:1: no luck/);
  assert.match(err, /the code failed: the report says how/);
  assert.equal(code, 1);
});

test("--json gives the report as data, also of code that fails", async () => {
  const good = await luaskills(["exec", "-e", "return 1", "--json"]);
  assert.equal(JSON.parse(good.out).ok, true);
  assert.deepEqual(values(JSON.parse(good.out).report), ["1"]);
  const bad = await luaskills(["exec", "-e", "error('x')", "--json"]);
  assert.equal(JSON.parse(bad.out).ok, false);
  assert.equal(JSON.parse(bad.err).error.code, "EXEC_FAILED");
  assert.equal(bad.code, 1);
});

test("strict code has only what is allowed", async t => {
  const file = join(temporaryFolder(t), "note.txt");
  writeFileSync(file, "text");
  const code = "return type(vulcan.fs and vulcan.fs.read), type(vulcan.process), type(os.execute)";
  const strict = ["exec", "-e", code, "--sandbox", "strict"];
  assert.deepEqual(values((await luaskills(strict)).out), ["nil", "nil", "nil"]);
  const allowed = await luaskills([...strict, "--allow", "fs.read,fs.list", "--allow", "process.which"]);
  assert.deepEqual(values(allowed.out), ["function", "table", "nil"]);
});

test("--timeout ends code that takes too long", async () => {
  const { code, out } = await luaskills(["exec", "-e", "while true do end", "--timeout", "50"]);
  assert.match(out, /luaexec execution timed out after 50 ms/);
  assert.equal(code, 1);
});

test("the code can call the skills of the roots", async t => {
  const root = temporaryFolder(t);
  writeSkills(root, { one: "return function() return 'from the skill' end" });
  const { out } = await luaskills(["exec", "-e", "return vulcan.call('one-run', {})", "--root", `A=${root}`]);
  assert.deepEqual(values(out), ["from the skill"]);
});

const wrong: [what: string, args: string[], message: RegExp][] = [
  ["no code", [], /no code given\nhint: name a file/],
  ["a file and --eval", ["x.lua", "-e", "return"], /exclude each other/],
  ["empty code", ["-"], /the code is empty/],
  ["--allow without --sandbox strict", ["-e", "return", "--allow", "fs"], /goes with --sandbox strict/],
  ["an unknown sandbox", ["-e", "return", "--sandbox", "loose"], /Allowed choices are trusted, strict/],
  ["one standard input for two things", ["-", "--args", "-"], /cannot be both/],
];

for (const [what, args, message] of wrong) {
  test(`exec with ${what} is a usage error`, async () => {
    const { code, out, err } = await luaskills(["exec", ...args]);
    assert.equal(out, "");
    assert.match(err, message);
    assert.equal(code, 2);
  });
}

test("a file that is not there is an operation that failed", async t => {
  const { code, err } = await luaskills(["exec", join(temporaryFolder(t), "none.lua")]);
  assert.match(err, /none\.lua cannot be read: ENOENT/);
  assert.doesNotMatch(err, /\n {4}at /);
  assert.equal(code, 1);
});
