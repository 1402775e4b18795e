// How tests of a skill are described, ordered, ended and kept apart.

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runTests } from "#dist/toolkit/testing/run-tests.js";
import { manifest } from "../skills/skill-tree.js";
import { failureOf, outcomes, runLab, testsOf, writeLab } from "./lab.js";

test("tests are named by their groups and run in the order of the file", async t => {
  const run = await runLab(
    t,
    `it("first", function() end)
     describe("outer", function()
       it("second", function() end)
       describe("inner", function()
         it("third", function() end)
       end)
     end)
     it("fourth", function() end)`,
  );
  assert.deepEqual(outcomes(run), [
    "passed first",
    "passed outer › second",
    "passed outer › inner › third",
    "passed fourth",
  ]);
  assert.equal(run.ok, true);
  assert.deepEqual([run.passed, run.failed, run.skipped], [4, 0, 0]);
  assert.deepEqual(
    testsOf(run).map(({ file, line }) => `${file}:${line}`),
    ["tests/lab.lua:1", "tests/lab.lua:3", "tests/lab.lua:5", "tests/lab.lua:8"],
  );
});

test("hooks run around the tests of their group, from the outside in and back", async t => {
  const run = await runLab(
    t,
    `local function hook(name) return function() print(name) end end
     before_all(hook("file begins"))
     after_all(hook("file ends"))
     before_each(hook("outer before"))
     after_each(hook("outer after"))
     describe("group", function()
       before_all(hook("group begins"))
       after_all(hook("group ends"))
       before_each(hook("inner before"))
       after_each(hook("inner after"))
       it("one", hook("one"))
       it("two", hook("two"))
     end)
     it("three", hook("three"))`,
  );
  assert.deepEqual(
    testsOf(run).map(({ output }) => output),
    [
      ["file begins", "group begins", "outer before", "inner before", "one", "inner after", "outer after"],
      ["outer before", "inner before", "two", "inner after", "outer after", "group ends"],
      ["outer before", "three", "outer after", "file ends"],
    ],
  );
});

test("what the body of a file prints belongs to the first test that runs after it", async t => {
  const run = await runLab(
    t,
    "print('body')\nit('one', function() print('one') end)\nit('two', function() end)",
  );
  assert.deepEqual(
    testsOf(run).map(({ output }) => output),
    [["body", "one"], []],
  );
});

test("a hook that fails says which one it is, and hooks after a test run all the same", async t => {
  const run = await runLab(
    t,
    `describe("a", function()
       before_each(function() error("no table") end)
       after_each(function() print("tidied") end)
       it("one", function() print("body") end)
     end)
     describe("b", function()
       before_all(function() error("no database") end)
       it("two", function() end)
       it("three", function() end)
     end)
     describe("c", function()
       after_each(function() error("still open") end)
       it("four", function() error("own") end)
     end)`,
  );
  assert.match(failureOf(run, "one").message, /^before_each: tests\/lab\.lua:2: no table$/);
  assert.deepEqual(testsOf(run)[0]?.output, ["tidied"]);
  for (const name of ["two", "three"])
    assert.match(failureOf(run, name).message, /^before_all: .*no database$/);
  const four = testsOf(run)
    .at(-1)
    ?.failures.map(({ message }) => message);
  assert.deepEqual(four, ["tests/lab.lua:13: own", "after_each: tests/lab.lua:12: still open"]);
});

test("a test that fails says what, where and on which way", async t => {
  const run = await runLab(
    t,
    `local function check(value)
       expect(value):to_equal(2)
     end
     it("one", function()
       check(1)
     end)
     it("two", function()
       local nothing
       return nothing.member
     end)
     it("three", function() error({ code = 7 }) end)`,
  );
  const { message, at, traceback } = failureOf(run, "one");
  assert.equal(message, "expected 1 to equal 2");
  assert.deepEqual(at, { file: "tests/lab.lua", line: 2 });
  assert.match(traceback ?? "", /tests\/lab\.lua:2: .*\ntests\/lab\.lua:5: /);
  assert.match(failureOf(run, "two").message, /^tests\/lab\.lua:9: attempt to index/);
  assert.equal(failureOf(run, "three").message, "error value { code = 7 }");
});

test("an endless loop ends its own test, and the others run", async t => {
  const run = await runLab(
    t,
    `local count = 0
     before_all(function() print("begins") end)
     it("one", function() count = count + 1 end)
     it("endless", { timeout_ms = 200 }, function() while true do end end)
     it("caught", { timeout_ms = 200 }, function()
       while true do pcall(function() while true do end end) end
     end)
     it("last", function() print("count", count) end)`,
  );
  assert.deepEqual(outcomes(run), ["passed one", "failed endless", "failed caught", "passed last"]);
  assert.equal(failureOf(run, "endless").message, "it took longer than 200 ms");
  assert.deepEqual(failureOf(run, "endless").at, { file: "tests/lab.lua", line: 4 });
  // The file has run anew for it, on a VM of its own.
  assert.deepEqual(testsOf(run).at(-1)?.output, ["begins", "count\t0"]);
});

test("a test that waits for ever ends, and an entry that loops is named with its place", async t => {
  const run = await runLab(
    t,
    `it("sleeps", { timeout_ms = 2000 }, function() os.execute("sleep 600") end)
     it("calls", { timeout_ms = 5000 }, function() skill.call("run") end)
     it("last", function() end)`,
    { "runtime/run.lua": "local function spin() while true do end end\nreturn function() spin() end" },
  );
  assert.deepEqual(outcomes(run), ["failed sleeps", "failed calls", "passed last"]);
  const failure = failureOf(run, "calls");
  assert.match(failure.message, /(longer than 5000 ms, in skill\.call\("run"\)|deadline)/);
  assert.match(failure.traceback ?? "", /lab\/runtime\/run\.lua/);
});

test("each file has globals, settings, databases and files of its own", async t => {
  const first = `it("leaves things behind", function()
    stray = true
    vulcan.config.set("key", "value")
    vulcan.sqlite.execute_script({ sql = "CREATE TABLE t (n INTEGER)" })
    vulcan.fs.write(vulcan.path.join(skill.dir, "data.txt"), "left")
  end)`;
  const second = `it("finds nothing", function()
    expect(stray):to_be(nil)
    expect(vulcan.config.has("key")):to_be(false)
    vulcan.sqlite.execute_script({ sql = "CREATE TABLE t (n INTEGER)" })
    expect(vulcan.fs.exists(vulcan.path.join(skill.dir, "data.txt"))):to_be(false)
  end)`;
  const lab = writeLab(t, {
    "skill.yaml": manifest(["run"], "sqlite: { enable: true }\n"),
    "tests/a.lua": first,
    "tests/b.lua": second,
    "tests/helper.txt": "no test",
  });
  const run = await runTests(lab, { timeoutMs: 120_000 });
  assert.deepEqual(outcomes(run), ["passed leaves things behind", "passed finds nothing"]);
  assert.deepEqual(readdirSync(lab.dir).sort(), ["runtime", "skill.yaml", "tests"]);
  assert.deepEqual(readdirSync(join(lab.dir, "..")), ["lab"]);
});

test("temporary folders are the test's own, and gone afterwards", async t => {
  const run = await runLab(
    t,
    `local shared
     before_all(function() shared = temp_dir() end)
     local function check()
       local own = temp_dir()
       print(own)
       expect(temp_dir()):to_equal(own)
       expect(own).never:to_equal(shared)
       expect(#vulcan.fs.list(own)):to_be(0)
       vulcan.fs.write(vulcan.path.join(own, "file"), "text")
     end
     it("one", check)
     it("two", check)`,
  );
  assert.deepEqual(outcomes(run), ["passed one", "passed two"]);
  const folders = testsOf(run).map(({ output }) => String(output[0]));
  assert.notEqual(folders[0], folders[1]);
  for (const folder of folders) assert.equal(existsSync(folder), false);
});

test("fixtures are copies, and what leads out of their folder is refused", async t => {
  const lab = writeLab(t, {
    "tests/fixtures/data/a.txt": "original",
    "tests/lab.lua": `
      it("writes", function()
        local path = fixture("data/a.txt")
        expect(vulcan.fs.read(path)):to_equal("original")
        vulcan.fs.write(path, "changed")
      end)
      it("refuses", function()
        expect(function() fixture("../lab.lua") end):to_raise("leads out of tests/fixtures")
        expect(function() fixture("none.txt") end):to_raise("there is no tests/fixtures/none.txt")
        expect(function() fixture() end):to_raise("must be a string")
      end)`,
  });
  const run = await runTests(lab, { timeoutMs: 120_000 });
  assert.deepEqual(outcomes(run), ["passed writes", "passed refuses"]);
  const again = await runTests(lab, { timeoutMs: 120_000 });
  assert.equal(again.ok, true);
});

test("tests that are skipped do not run, a whole group too", async t => {
  const run = await runLab(
    t,
    `it.skip("one", function() error("ran") end)
     it.skip("without a body")
     describe.skip("group", function() it("two", function() error("ran") end) end)
     it("three", function() end)`,
  );
  assert.deepEqual(outcomes(run), [
    "skipped one",
    "skipped without a body",
    "skipped group › two",
    "passed three",
  ]);
  assert.equal(run.ok, true);
});

test("a filter chooses by name and group, whatever the case", async t => {
  const tests = `
    describe("Adding", function()
      before_all(function() print("begins") end)
      after_all(function() print("ends") end)
      it("one", function() end)
      it("two", function() end)
      it("three", function() end)
    end)
    it("other", function() end)`;
  const run = await runLab(t, tests, {}, { filter: "adding › t" });
  assert.deepEqual(outcomes(run), ["passed Adding › two", "passed Adding › three"]);
  assert.deepEqual(
    testsOf(run).map(({ output }) => output),
    [["begins"], ["ends"]],
  );
});

for (const [what, tests, message] of [
  ["does not compile", "it('x', function()", /^tests\/lab\.lua:1: 'end' expected/],
  ["raises an error", "local x = nil\nx()", /^tests\/lab\.lua:2: attempt to call/],
  ["describes without a function", "describe('x')", /describe: "x" needs a function, got nil/],
  ["describes a test without a name", "it(function() end)", /it: the name must be a text, got <function>/],
  [
    "gives a limit that is none",
    "it('x', { timeout_ms = 0 }, function() end)",
    /timeout_ms must be a number above 0/,
  ],
] as const) {
  test(`a file that ${what} fails with the place, and other files run`, async t => {
    const run = await runLab(t, tests, { "tests/other.lua": "it('works', function() end)" });
    assert.equal(run.ok, false);
    assert.match(run.files[0]?.failure?.message ?? "", message);
    assert.deepEqual(outcomes(run), ["passed works"]);
  });
}

test("a file whose body does not end fails", async t => {
  const run = await runLab(t, "while true do end", {}, { timeoutMs: 500 });
  assert.equal(run.files[0]?.failure?.message, "it took longer than 500 ms");
});

test("a skill that does not load fails every file with the reason", async t => {
  const run = await runLab(t, "it('x', function() end)", { "runtime/run.lua": "return 1" });
  assert.match(run.files[0]?.failure?.message ?? "", /entry run: .*must return a function/);
});

test("groups and tests cannot be described while a test runs", async t => {
  const run = await runLab(
    t,
    `it("one", function() it("two", function() end) end)
     it("three", function() before_each(function() end) end)`,
  );
  assert.match(failureOf(run, "one").message, /it cannot be used while a test runs/);
  assert.match(failureOf(run, "three").message, /before_each cannot be used while a test runs/);
});

test("code of the skill can be tested by itself, and its errors name its file", async t => {
  const run = await runLab(
    t,
    `local sums = dofile(vulcan.path.join(skill.dir, "runtime", "parts", "sums.lua"))
     it("works", function() expect(sums.add(1, 2)):to_be(3) end)
     it("fails", function() sums.add(nil, 2) end)`,
    {
      "runtime/parts/sums.lua": "local sums = {}\nfunction sums.add(a, b)\n  return a + b\nend\nreturn sums",
    },
  );
  assert.deepEqual(outcomes(run), ["passed works", "failed fails"]);
  const { message, at } = failureOf(run, "fails");
  assert.match(message, /^lab\/runtime\/parts\/sums\.lua:3: attempt to perform arithmetic/);
  assert.deepEqual(at, { file: "lab/runtime/parts/sums.lua", line: 3 });
});

test("processes that a test has started are gone after it", async t => {
  const run = await runLab(
    t,
    `local session
     it("starts", function()
       session = vulcan.process.session.open({ program = "cat" })
       session:write("x\\n")
       expect(session:read({ until_text = "\\n", timeout_ms = 60000 }).stdout):to_equal("x\\n")
     end)
     it("is gone", function()
       expect(function() session:write("y\\n") end):to_raise("")
     end)`,
  );
  assert.deepEqual(outcomes(run), ["passed starts", "passed is gone"]);
});
