// types/skill-tests.lua: what the language server knows about test files is what is there.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readDefinitions } from "../host/definition-file.js";
import { repository } from "../skills/skill-tree.js";
import { runLab, testsOf } from "./lab.js";

/** Types of the other file come first, as the language server reads both. */
const vulcan = readFileSync(join(repository, "types/vulcan.lua"), "utf8");
const own = readFileSync(join(repository, "types/skill-tests.lua"), "utf8");
const definitions = readDefinitions(`${vulcan}\n${own}`);
const known = readDefinitions(vulcan);

test("the file can be read, every function with its parameters and a description", () => {
  assert.deepEqual(definitions.problems, []);
});

test("test files have every function that is defined, and no other", async t => {
  const code = `
    local base = getmetatable(_G).__index
    local names = {}
    for name, value in pairs(_G) do
      if name ~= "_G" and base[name] == nil then
        names[#names + 1] = name
        if type(value) == "table" then
          for member, inner in pairs(value) do
            names[#names + 1] = name .. "." .. member
          end
        end
      end
    end
    table.sort(names)
    it("lists", function() print(table.concat(names, " ")) end)`;
  const [line = ""] = testsOf(await runLab(t, code))[0]?.output ?? [];
  const tables = [...definitions.tables].filter(name => !known.tables.has(name));
  const fields = tables.flatMap(name =>
    [...(definitions.classes.get(name)?.fields.keys() ?? [])].map(field => `${name}.${field}`),
  );
  const functions = [...definitions.functions.keys()].filter(
    path => !known.functions.has(path) && !path.includes(":"),
  );
  assert.deepEqual(line.split(" "), [...tables, ...fields, ...functions].sort());
});

test("expectations have every matcher that is defined, and no other", async t => {
  const run = await runLab(t, "it('asks', function() expect(1):nothing() end)");
  const [, list = ""] = /there are (.*)$/.exec(testsOf(run)[0]?.failures[0]?.message ?? "") ?? [];
  const expectation = definitions.classes.get("skill_tests.Expectation");
  assert.deepEqual(list.split(", "), ["never", ...(expectation?.methods ?? []).sort()]);
});
