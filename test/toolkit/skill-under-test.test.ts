// `skill` in test files: entries, help, logs, and functions of the test in the place of host tools and models.

import assert from "node:assert/strict";
import { test } from "node:test";
import { manifest } from "../skills/skill-tree.js";
import { failureOf, outcomes, runLab, testsOf } from "./lab.js";

async function pass(
  t: Parameters<typeof runLab>[0],
  tests: string,
  files: Record<string, string>,
): Promise<void> {
  const run = await runLab(t, tests, files);
  const failures = testsOf(run).flatMap(({ failures }) => failures);
  assert.deepEqual(failures, []);
  assert.equal(run.ok, true);
  assert.ok(run.passed > 0);
}

test("entries are called by their name in the manifest, and answer as a host gets it", t =>
  pass(
    t,
    `it("calls", function()
       local text, result = skill.call("run", { n = 2 })
       expect(text):to_equal("4")
       expect(result):to_equal({ content = "4", overflow_mode = "page", template_hint = "sums" })
       expect(skill.call("lab-run", { n = 3 })):to_equal("6")
     end)
     it("knows the entries", function()
       local entries = skill.entries()
       expect(entries):to_have_length(1)
       expect(entries[1].name):to_equal("run")
       expect(entries[1].canonical_name):to_equal("lab-run")
       expect(entries[1].input_schema.type):to_equal("object")
       expect(skill.id):to_equal("lab")
       expect(vulcan.fs.exists(vulcan.path.join(skill.dir, "skill.yaml"))):to_be(true)
     end)`,
    { "runtime/run.lua": "return function(args) return tostring(args.n * 2), 'page', 'sums' end" },
  ));

test("the context of a call is the test's to set", t =>
  pass(
    t,
    `it("passes it on", function()
       local text = skill.call("run", {}, { context = {
         request = { request_id = "r-1", client_name = "ide", client_info = { kind = "ide" } },
         client_budget = { tool_result = { lines = 7 } },
         tool_config = { deep = true },
       } })
       expect(vulcan.json.decode(text)):to_equal({ id = "r-1", name = "ide", kind = "ide", lines = 7, deep = true })
     end)
     it("takes structured results where the client does", function()
       local capabilities = { host_result = { enabled = true } }
       local _, result = skill.call("data", {}, { context = { request = { client_capabilities = capabilities } } })
       expect(result.host_result):to_equal({ kind = "table", payload = { 1, 2 } })
       local _, plain = skill.call("data")
       expect(plain.host_result):to_be(nil)
     end)
     it("says what is not known", function()
       expect(function() skill.call("run", {}, { context = { budget = 1 } }) end):to_raise("context has no member budget")
       expect(function() skill.call("run", {}, { context = { request = { id = 1 } } }) end):to_raise("request_id, client_name")
       expect(function() skill.call("run", {}, { wait = 1 }) end):to_raise("there are timeout_ms, context and validate")
       expect(function() skill.call("run", {}, { timeout_ms = -1 }) end):to_raise("timeout_ms must be a number above 0")
       expect(function() skill.call("run", "x") end):to_raise('args must be a table, got "x"')
       expect(function() skill.call(7) end):to_raise("entry must be a string, got 7")
       expect(function() skill.call("none") end):to_raise('lab has no entry "none"; it has data, run')
     end)`,
    {
      "skill.yaml": manifest(["run", "data"]),
      "runtime/run.lua": `return function()
        local c = vulcan.context
        return vulcan.json.encode({ id = c.request.request_id, name = c.request.client_name, kind = c.client_info.kind,
          lines = c.client_budget.tool_result.lines, deep = c.tool_config.deep })
      end`,
      "runtime/data.lua":
        "return function() return 'x', nil, nil, { kind = 'table', payload = { 1, 2 } } end",
    },
  ));

test("arguments are checked against the input schema where the test wants it", t =>
  pass(
    t,
    `it("validates", function()
       expect(skill.call("run", { n = "1" })):to_equal("string")
       expect(skill.call("run", { n = 1 }, { validate = true })):to_equal("number")
       expect(function() skill.call("run", { n = "1" }, { validate = true }) end):to_raise("lab-run: args.n must be integer")
       expect(function() skill.call("run", nil, { validate = true }) end):to_raise("args.n is missing")
       expect(function() skill.call("run", {}, { validate = 1 }) end):to_raise("validate must be true or false")
     end)`,
    {
      "skill.yaml": `${manifest()}    parameters:\n      - { name: n, type: integer, description: d, required: true }\n`,
      "runtime/run.lua": "return function(args) return type(args.n) end",
    },
  ));

test("an entry that fails raises its message, and the failure shows where it was", async t => {
  const run = await runLab(
    t,
    `it("can be expected", function()
       expect(function() skill.call("run", { fail = true }) end):to_raise("lab-run: lab/runtime/run.lua:2: boom")
     end)
     it("fails", function()
       skill.call("run", { fail = true })
     end)
     it("breaks the protocol", function() skill.call("run") end)
     it("runs out of time", function() skill.call("run", { loop = true }, { timeout_ms = 200 }) end)`,
    {
      "runtime/run.lua": `return function(args)
  if args.fail then error("boom") end
  while args.loop do end
  return 1
end`,
    },
  );
  assert.deepEqual(outcomes(run), [
    "passed can be expected",
    "failed fails",
    "failed breaks the protocol",
    "failed runs out of time",
  ]);
  const { message, at, traceback } = failureOf(run, "fails");
  assert.equal(message, "lab-run: lab/runtime/run.lua:2: boom");
  assert.deepEqual(at, { file: "tests/lab.lua", line: 5 });
  assert.match(traceback ?? "", /^lab\/runtime\/run\.lua:2: [\s\S]*\ntests\/lab\.lua:5: /);
  assert.match(failureOf(run, "breaks the protocol").message, /returned as plain strings/);
  assert.match(failureOf(run, "runs out of time").message, /lab-run: .*deadline/);
});

test("vulcan has the identity of the skill, and calls entries on the VM of the test", t =>
  pass(
    t,
    `it("works", function()
       vulcan.config.set("unit", "metric")
       vulcan.sqlite.execute_script({ sql = "CREATE TABLE t (n INTEGER)" })
       expect(skill.call("run")):to_equal("metric 0")
       vulcan.sqlite.execute_script({ sql = "INSERT INTO t VALUES (1)" })
       expect(vulcan.call("lab-run", {})):to_equal("metric 1")
       expect(vulcan.path.basename(vulcan.context.entry_file)):to_equal("lab.lua")
     end)`,
    {
      "skill.yaml": manifest(["run"], "sqlite: { enable: true }\n"),
      "runtime/run.lua": `return function()
        local rows = vulcan.sqlite.query_json({ sql = "SELECT count(*) AS n FROM t" }).rows
        return vulcan.config.get("unit") .. " " .. rows[1].n
      end`,
    },
  ));

test("help pages are rendered, those in Lua with the request", t =>
  pass(
    t,
    `it("renders", function()
       expect(skill.help()):to_contain("# Lab")
       expect(skill.help("lua", { client_name = "Ann" })):to_equal("for Ann")
       expect(function() skill.help("none") end):to_raise('no help page "none"')
     end)`,
    {
      "skill.yaml": manifest(
        ["run"],
        "help: { main: { file: help/main.md }, topics: [{ name: lua, file: help/lua.lua }] }\n",
      ),
      "help/main.md": "# Lab\n",
      "help/lua.lua": "return function() return 'for ' .. vulcan.context.request.client_name end",
    },
  ));

test("functions of the test answer for host tools and models while an entry runs", t =>
  pass(
    t,
    `it("answers", function()
       local asked = {}
       skill.host_tool("clock", function(args, caller)
         asked[#asked + 1] = args.zone .. " " .. caller.entry_name
         return "noon"
       end, "Tells the time.")
       skill.host_tool("broken", function() error("no battery", 0) end)
       skill.models({
         llm = function(system, user) return user:upper() end,
         embed = function(text) return { #text, 0 } end,
       })
       expect(vulcan.json.decode(skill.call("run"))):to_equal({
         clock = "noon", broken = "no battery", llm = "SKY", embed = { 3, 0 }, tools = { "broken", "clock" },
       })
       expect(asked):to_equal({ "UTC run" })
     end)
     it("is asked no more after its test", function()
       local text = skill.call("run")
       expect(vulcan.json.decode(text).clock):to_be(nil)
       expect(vulcan.json.decode(text).tools):to_equal({})
     end)`,
    {
      "runtime/run.lua": `return function()
        local tools = {}
        for i, tool in ipairs(vulcan.host.list()) do tools[i] = tool.name end
        local broken = vulcan.host.call("broken", {})
        return vulcan.json.encode({
          clock = vulcan.host.call("clock", { zone = "UTC" }).value,
          broken = broken.error and broken.error.message:match("no battery"),
          llm = vulcan.models.llm("s", "sky").assistant,
          embed = vulcan.models.embed("sky").vector,
          tools = tools,
        })
      end`,
    },
  ));

test("what a file sets for all of its tests stays, and a test may put its own in front", t =>
  pass(
    t,
    `before_all(function() skill.host_tool("clock", function() return "file" end) end)
     it("sees the file's", function() expect(skill.call("run")):to_equal("file") end)
     it("sees its own", function()
       skill.host_tool("clock", function() return "test" end)
       expect(skill.call("run")):to_equal("test")
     end)
     it("sees the file's again", function() expect(skill.call("run")):to_equal("file") end)`,
    { "runtime/run.lua": "return function() return vulcan.host.call('clock', {}).value end" },
  ));

test("a function that answers may call the skill itself", t =>
  pass(
    t,
    `it("nests", function()
       skill.host_tool("next", function(args)
         return skill.call("run", { n = args.n - 1 })
       end)
       expect(skill.call("run", { n = 3 })):to_equal("3 2 1 0")
     end)`,
    {
      "runtime/run.lua": `return function(args)
        if args.n == 0 then return "0" end
        return args.n .. " " .. vulcan.host.call("next", { n = args.n }).value
      end`,
    },
  ));

test("a host tool of the test that the test itself calls says what to do instead", t =>
  pass(
    t,
    `it("refuses", function()
       skill.host_tool("clock", function() return "noon" end)
       expect(vulcan.host.call("clock", {}).error.message):to_contain("call it yourself")
     end)`,
    {},
  ));

test("wrong stand-ins are refused", t =>
  pass(
    t,
    `it("refuses", function()
       expect(function() skill.models({ image = function() end }) end):to_raise('there are llm and embed, got "image"')
       expect(function() skill.models({ llm = "text" }) end):to_raise("llm must be a function")
       expect(function() skill.host_tool("clock") end):to_raise("respond must be a function")
     end)`,
    {},
  ));

test("what entries and tests print and log belongs to the test", async t => {
  const run = await runLab(
    t,
    `it("one", function()
       print("from", "the test")
       skill.call("run")
       local logs = skill.logs()
       expect(logs[#logs]):to_equal({ level = "warn", message = "[LuaSkill:warn] careful" })
     end)
     it("two", function() expect(skill.logs()):to_equal({}) end)`,
    {
      "runtime/run.lua":
        "return function() print('hello') vulcan.runtime.log('warn', 'careful') return '' end",
    },
  );
  assert.deepEqual(outcomes(run), ["passed one", "passed two"]);
  assert.deepEqual(testsOf(run)[0]?.output, [
    "from\tthe test",
    "info: [LuaSkill:info] hello",
    "warn: [LuaSkill:warn] careful",
  ]);
});
