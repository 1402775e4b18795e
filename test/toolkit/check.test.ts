// What a check says of a skill, and where.

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkSkill } from "#dist/toolkit/checking/check-skill.js";
import { YamlPlaces } from "#dist/toolkit/checking/yaml-places.js";
import { openSkillFolder } from "#dist/toolkit/skill-folder.js";
import { repository, temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { writeLab } from "./lab.js";

const sound = `name: Lab
version: 1.0.0
entries:
  - name: run
    description: Runs.
    lua_entry: runtime/run.lua
    lua_module: lab_run
help:
  main: { description: About., file: help/main.md }
`;

const files = {
  "skill.yaml": sound,
  "runtime/run.lua": "return function() return 'ok' end\n",
  "help/main.md": "# Lab\n",
  "tests/run.lua": "it('runs', function() end)\n",
};

/** What is found in a sound skill with other files, as `file:line severity: message`. */
async function found(t: TestContext, changes: Record<string, string>): Promise<string[]> {
  const { diagnostics } = await checkSkill(writeLab(t, { ...files, ...changes }));
  return diagnostics.map(
    ({ file, line, severity, message }) =>
      `${file}${line === undefined ? "" : `:${line}`} ${severity}: ${message}`,
  );
}

test("a sound skill has nothing to complain about", async t => {
  assert.deepEqual(await found(t, {}), []);
});

test("every problem of a manifest has its line", async t => {
  const text = `name: Lab
version: 1.0
entries:
  - name: Run
    lua_entry: run.lua
    description: d
    lua_module: a
  - name: two
    description: d
    lua_entry: runtime/run.lua
    lua_module: " "
    parameters:
      - { name: n, type: integer }
  - name: two
    description: d
    lua_entry: runtime/run.lua
    lua_module: c
`;
  const problems = await found(t, { "skill.yaml": text });
  assert.deepEqual(
    problems.filter(line => line.includes("error")).map(line => line.replace(/, got .*/, "")),
    [
      "skill.yaml:2 error: version must be a string",
      "skill.yaml:4 error: entries[0].name must match ^[a-z]([a-z0-9-]*[a-z0-9])?$",
      "skill.yaml:5 error: entries[0].lua_entry must start with runtime/",
      "skill.yaml:11 error: entries[1].lua_module must not be empty",
      "skill.yaml:13 error: entries[1].parameters[0].description is missing",
      'skill.yaml:14 error: entry name "two" is declared twice',
    ],
  );
});

test("YAML that cannot be read has its line", async t => {
  const [problem] = await found(t, { "skill.yaml": "name: Lab\nversion: [1\nentries: x" });
  assert.match(problem ?? "", /^skill\.yaml:\d error: not valid YAML/);
});

test("keys that nobody reads are pointed out", async t => {
  const text = sound.replace("    description: Runs.", "    descripton: Runs.\n    description: Runs.");
  assert.deepEqual(await found(t, { "skill.yaml": text }), [
    "skill.yaml:5 warning: entries[0].descripton: no such key is read here; there are name, description, lua_entry, lua_module, parameters, annotations, input_schema, input_schema_file, help",
  ]);
});

test("files that are named and not there have the line that names them", async t => {
  const text = sound
    .replace("runtime/run.lua", "runtime/gone.lua")
    .replace(
      "help/main.md }",
      "help/gone.md }\n  topics:\n    - { name: t, description: d, file: help/none.md }",
    );
  assert.deepEqual(
    (await found(t, { "skill.yaml": text })).filter(line => line.includes("error")),
    [
      "skill.yaml:6 error: entries[0].lua_entry: runtime/gone.lua: no such file",
      "skill.yaml:9 error: help.main.file: help/gone.md: no such file",
      "skill.yaml:11 error: help.topics[0].file: help/none.md: no such file",
    ],
  );
});

test("files that nothing names are pointed out, and those that are loaded are not", async t => {
  const problems = await found(t, {
    "runtime/run.lua": `local parts = { "used" }
return function()
  dofile(vulcan.path.join(vulcan.context.entry_dir, "parts", "store.lua"))
  return "", "page", "report"
end`,
    "runtime/parts/store.lua": "return {}",
    "runtime/parts/used.lua": "return {}",
    "runtime/parts/old.lua": "return {}",
    "help/old.md": "x",
    "schemas/old.json": "{}",
    "overflow_templates/report.md": "x",
    "overflow_templates/old.md": "x",
  });
  assert.deepEqual(problems, [
    "help/old.md advice: the manifest does not name it",
    "overflow_templates/old.md advice: no result seems to name this template",
    "runtime/parts/old.lua advice: nothing of the skill seems to load it",
    "schemas/old.json advice: the manifest does not name it",
  ]);
});

test("a template that a result names has to be there", async t => {
  const problems = await found(t, {
    "runtime/run.lua": 'return function()\n  return "", "page", "gone"\nend',
  });
  assert.deepEqual(problems, ["runtime/run.lua:2 warning: there is no template overflow_templates/gone.md"]);
});

test("Lua that does not compile has its line, in whatever file", async t => {
  const problems = await found(t, {
    "runtime/run.lua": "return function()\n  if x the\nend",
    "tests/run.lua": "it(",
  });
  assert.deepEqual(problems, [
    "runtime/run.lua:2 error: 'then' expected near 'the'",
    "tests/run.lua:1 error: unexpected symbol near '<eof>'",
  ]);
});

test("globals that nobody sets, and globals that are set, are pointed out", async t => {
  const problems = await found(t, {
    "runtime/run.lua": `count = 0
local function inner()
  return function() return lenght(count) end
end
return function(args)
  total = inner
  return tostring(vulcan.json.encode(args)) .. table.concat({}) .. helper .. other .. _G._VERSION
end`,
    "runtime/parts/run.lua": "_G.helper = 1\nrawset(_G, 'other', 2)",
    "tests/run.lua": "describe('x', function() it('y', function() expect(skill.id):to_be(1) end) end)",
  });
  assert.deepEqual(
    problems.filter(line => line.includes("global")),
    [
      "runtime/run.lua:1 advice: assigns the global count, which every file of the skill shares; is it local?",
      "runtime/run.lua:3 warning: undefined global lenght",
      "runtime/run.lua:6 advice: assigns the global total, which every file of the skill shares; is it local?",
    ],
  );
});

test("an entry file that does not give its function is an error, with the line where there is one", async t => {
  assert.deepEqual(await found(t, { "runtime/run.lua": "return 1" }), [
    "skill.yaml:4 error: entry run: the file must return a function, but returned a value of type number",
  ]);
  assert.deepEqual(await found(t, { "runtime/run.lua": "local a\n\nreturn a.b" }), [
    "runtime/run.lua:3 error: entry run: attempt to index local 'a' (a nil value)",
  ]);
});

test("schemas of arguments have to be usable", async t => {
  const text = sound.replace(
    "    lua_module: lab_run",
    '    lua_module: lab_run\n    input_schema: { type: object, properties: { n: { type: string, pattern: "(" } } }',
  );
  const problems = await found(t, { "skill.yaml": text });
  assert.match(problems[0] ?? "", /^skill\.yaml:4 advice: entries\[0\]: n is not described/);
  assert.match(
    problems[1] ?? "",
    /^skill\.yaml:8 error: entries\[0\]\.input_schema: no arguments can be checked against it: /,
  );
});

test("what people and models miss is advice", async t => {
  const text = `name: Lab
version: 1.0.0
debug: true
sqlite: { enable: true }
entries:
  - name: run
    lua_entry: runtime/run.lua
    lua_module: same
    help: nowhere
    parameters:
      - { name: n, type: whole number, description: "" }
  - name: two
    description: d
    lua_entry: runtime/run.lua
    lua_module: same
`;
  assert.deepEqual(await found(t, { "skill.yaml": text, "tests/run.lua": "", "help/main.md": "" }), [
    "help/main.md advice: the manifest does not name it",
    "skill.yaml advice: there is no main help page (help.main.file)",
    "skill.yaml:3 warning: debug: true makes every call read and compile files anew; leave it out of releases",
    "skill.yaml:4 advice: sqlite: no file in runtime/ uses vulcan.sqlite",
    "skill.yaml:6 advice: entries[0]: run has no description: people and models choose by it",
    'skill.yaml:9 warning: entries[0].help: there is no help topic "nowhere"',
    "skill.yaml:11 advice: entries[0]: n is not described: callers have to guess",
    'skill.yaml:11 advice: entries[0]: type "whole number" of n is none of JSON Schema; hosts admit any value',
    "skill.yaml:15 advice: entries[1].lua_module: run has the same lua_module",
  ]);
});

test("a database that is used has to be enabled", async t => {
  const problems = await found(t, {
    "runtime/run.lua": "return function()\n  return vulcan.sqlite.status().reason\nend",
  });
  assert.deepEqual(problems, [
    "runtime/run.lua:2 warning: uses vulcan.sqlite, which the manifest does not enable",
  ]);
});

test("every problem of dependencies.yaml has its line", async t => {
  const problems = await found(t, {
    "dependencies.yaml": `tool_dependencies:
  - name: rg
    source: { type: github_release }
  - version: 1.0.0
    scope: world
    source: { type: url }
    packages:
      linux-x64:
        url: https://example.org/rg
        exports: [{ archive_path: rg, target_path: ../rg }]
`,
  });
  assert.deepEqual(problems, [
    "dependencies.yaml:3 error: tool_dependencies[0].source.github is missing",
    "dependencies.yaml:4 error: tool_dependencies[1].name is missing",
    'dependencies.yaml:5 error: tool_dependencies[1].scope must be one of skill, host, got string "world"',
    'dependencies.yaml:10 error: tool_dependencies[1].packages.linux-x64.exports[0].target_path "../rg": its name leads out of its folder ("..")',
  ]);
  const [broken] = await found(t, { "dependencies.yaml": "a: [" });
  assert.match(broken ?? "", /^dependencies\.yaml:\d error: .*\(line \d+, column \d+\)$/);
});

test("links and a folder name that is no id are errors", async t => {
  const dir = writeSkill(temporaryFolder(t), "My_Lab", files);
  symlinkSync("main.md", join(dir, "help/link.md"));
  const { diagnostics } = await checkSkill(openSkillFolder(dir));
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  assert.match(errors[0] ?? "", /the folder of a skill is its id: it must match/);
  assert.ok(errors.includes("is a link, which cannot be packed"));
});

test("a skill that is switched off is pointed out", async t => {
  assert.deepEqual(await found(t, { "skill.yaml": `enable: false\n${sound}` }), [
    "skill.yaml:1 warning: enable: false: no host loads the skill",
  ]);
});

test("the examples of the repository have no error and no warning", async () => {
  for (const id of ["csv", "logs", "markdown", "project-memory", "text"]) {
    const { diagnostics } = await checkSkill(openSkillFolder(join(repository, "examples/skills", id)));
    assert.deepEqual(diagnostics, [], id);
  }
});

test("places of YAML are found in block and flow style, and for what is not there around it", () => {
  const places = new YamlPlaces(
    'a: 1\nlist:\n  - name: x\n    flow: { k: v,\n      l: [1,\n 2] }\n  -\n    name: "y"\n  - plain\nend:\n',
  );
  const lines: [string, number | undefined][] = [
    ["a", 1],
    ["list", 2],
    ["list[0]", 3],
    ["list[0].name", 3],
    ["list[0].flow.k", 4],
    ["list[0].flow.l", 5],
    ["list[0].flow.l[1]", 6],
    ["list[1].name", 8],
    ["list[2]", 9],
    ["list[2].none.deeper[3]", 9],
    ["end", 10],
    ["none", undefined],
  ];
  for (const [path, line] of lines) assert.equal(places.lineOf(path), line, path);
  assert.equal(new YamlPlaces("a: [").lineOf("a"), undefined);
});
