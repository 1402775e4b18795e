import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createEngine, engineWith, manifest, temporaryFolder, writeSkill } from "./skill-tree.js";

const source = "return function() return 'ok' end";

function withEntry(entry: string): string {
  return `name: Test\nversion: 1.0.0\nentries:\n  - ${entry.split("\n").join("\n    ")}\n`;
}

function withPath(luaEntry: string): string {
  return withEntry(`name: run\nlua_entry: '${luaEntry}'\nlua_module: m`);
}

const refused: [what: string, manifest: string, problem: RegExp][] = [
  ["a file that is not YAML", "name: [", /skill\.yaml: not valid YAML: .*line 1/],
  ["an empty file", "", /skill\.yaml: must be a mapping/],
  ["a list", "- a", /skill\.yaml: must be a mapping/],
  ["the same key twice", `${manifest()}name: again\n`, /not valid YAML: .*unique/],
  ["a declared skill_id", manifest(["run"], "skill_id: other\n"), /skill_id must not be declared/],
  ["no name", manifest().replace("name: Test\n", ""), /name is missing/],
  [
    "a name that is no text",
    manifest().replace("name: Test", "name: [a]"),
    /name must be a string, got a list/,
  ],
  ["no version", manifest().replace("version: 1.0.0\n", ""), /version is missing/],
  ["an empty version", manifest().replace("1.0.0", "''"), /version must not be empty/],
  ["a partial version", manifest().replace("1.0.0", "'1.2'"), /version must be a semantic version .*"1\.2"/],
  ["a version with a v", manifest().replace("1.0.0", "v1.2.3"), /version must be a semantic version/],
  [
    "a version with leading zeros",
    manifest().replace("1.0.0", "1.02.3"),
    /version must be a semantic version/,
  ],
  [
    "a version that YAML reads as a number",
    manifest().replace("1.0.0", "1.5"),
    /version must be a string, got number/,
  ],
  ["enable that is no boolean", manifest(["run"], "enable: 'no'\n"), /enable must be true or false/],
  ["no entries", "name: Test\nversion: 1.0.0\n", /entries must declare at least one entry/],
  ["an empty list of entries", "name: Test\nversion: 1.0.0\nentries: []\n", /at least one entry/],
  [
    "entries that are no list",
    "name: Test\nversion: 1.0.0\nentries: {}\n",
    /entries must be a list, got a mapping/,
  ],
  ["an entry that is no mapping", withEntry("run"), /entries\[0\] must be a mapping/],
  [
    "an entry without name",
    withEntry("lua_entry: runtime/run.lua\nlua_module: m"),
    /entries\[0\]\.name is missing/,
  ],
  ["an upper-case entry name", manifest(["Run"]), /entries\[0\]\.name must match .*"Run"/],
  ["an entry name with underscore", manifest(["run_it"]), /entries\[0\]\.name must match/],
  ["an entry name that starts with a digit", manifest(["2run"]), /entries\[0\]\.name must match/],
  ["an entry name that ends with a hyphen", manifest(["run-"]), /entries\[0\]\.name must match/],
  ["two entries of one name", manifest(["run", "run"]), /entry name "run" is declared twice/],
  [
    "an entry without lua_module",
    withEntry("name: run\nlua_entry: runtime/run.lua"),
    /lua_module is missing/,
  ],
  [
    "a blank lua_module",
    withEntry("name: run\nlua_entry: runtime/run.lua\nlua_module: ' '"),
    /lua_module must not/,
  ],
  ["an entry without lua_entry", withEntry("name: run\nlua_module: m"), /entries\[0\]\.lua_entry is missing/],
  ["a blank lua_entry", withPath(" "), /lua_entry must not be empty/],
  ["an absolute lua_entry", withPath("/runtime/run.lua"), /must be a relative path under runtime/],
  [
    "a lua_entry on a Windows drive",
    withPath("C:\\runtime\\run.lua"),
    /must be a relative path under runtime/,
  ],
  ["a lua_entry outside runtime", withPath("lib/run.lua"), /must start with runtime\//],
  ["runtime itself as lua_entry", withPath("runtime"), /must start with runtime\//],
  ["a lua_entry that climbs out", withPath("runtime/../../x.lua"), /must not contain "\.\."/],
  ["a lua_entry that climbs out by backslashes", withPath("runtime\\..\\x.lua"), /must not contain "\.\."/],
  [
    "a lua_entry that does not exist",
    withPath("runtime/none.lua"),
    /entry run: lua_entry runtime\/none\.lua: no such file/,
  ],
  ["a lua_entry that is a folder", withPath("runtime/folder"), /lua_entry runtime\/folder: is a folder/],
  [
    "a parameter without description",
    withEntry(
      "name: run\nlua_entry: runtime/run.lua\nlua_module: m\nparameters:\n  - { name: a, type: string }",
    ),
    /entries\[0\]\.parameters\[0\]\.description is missing/,
  ],
  [
    "a parameter whose required is no boolean",
    withEntry(
      "name: run\nlua_entry: runtime/run.lua\nlua_module: m\nparameters:\n" +
        "  - { name: a, type: string, description: d, required: 1 }",
    ),
    /parameters\[0\]\.required must be true or false/,
  ],
  [
    "an input schema that does not describe an object",
    withEntry("name: run\nlua_entry: runtime/run.lua\nlua_module: m\ninput_schema: { type: array }"),
    /entries\[0\]\.input_schema\.type must be "object", got "array"/,
  ],
];

for (const [what, text, problem] of refused) {
  test(`a manifest with ${what} is refused with the reason`, async t => {
    const { report, engine } = await engineWith(t, {
      broken: { "skill.yaml": text, "runtime/run.lua": source, "runtime/folder/x.lua": source },
      sound: source,
    });
    assert.deepEqual(report.loaded, ["sound"]);
    assert.deepEqual(
      report.failed.map(({ skillId }) => skillId),
      ["broken"],
    );
    assert.match(report.failed[0]?.error ?? "", problem);
    assert.equal((await engine.call("sound-run")).content, "ok");
  });
}

test("all problems of a manifest are reported at once", async t => {
  const { report } = await engineWith(t, { broken: { "skill.yaml": "version: x\nentries:\n  - name: A\n" } });
  const error = report.failed[0]?.error ?? "";
  for (const part of [
    "name is missing",
    "version must be",
    "entries[0].name must match",
    "lua_entry is missing",
  ]) {
    assert.ok(error.includes(part), `${part} is not in: ${error}`);
  }
});

const accepted: [what: string, manifest: string][] = [
  ["a pre-release and build version", manifest().replace("1.0.0", "1.0.0-rc.1+build.5")],
  [
    "keys of newer runtimes",
    manifest(["run"], "config: [{ key: a }]\nsqlite: { enable: true }\nnode_runtime: {}\n"),
  ],
  ["a one-letter entry name", manifest(["r"])],
  ["backslashes and dots in the path of an entry", withPath("runtime\\.\\run.lua")],
  ["blanks around names", withEntry("name: ' run '\nlua_entry: ' runtime/run.lua '\nlua_module: m")],
];

for (const [what, text] of accepted) {
  test(`a manifest with ${what} is accepted`, async t => {
    const { report } = await engineWith(t, {
      demo: { "skill.yaml": text, "runtime/run.lua": source, "runtime/r.lua": source },
    });
    assert.deepEqual(report, { loaded: ["demo"], skipped: [], failed: [], kept: [] });
  });
}

test("a skill with enable false is skipped, even without entries", async t => {
  const { report } = await engineWith(t, {
    off: { "skill.yaml": "name: x\nversion: 1.0.0\nenable: false\n" },
  });
  assert.deepEqual(report.skipped, [{ skillId: "off", reason: "disabled in skill.yaml" }]);
  assert.deepEqual(report.failed, []);
});

test("a skill folder without skill.yaml fails, an empty one is skipped", async t => {
  const root = temporaryFolder(t);
  writeSkill(root, "bare", { "readme.txt": "x" });
  mkdirSync(join(root, "void"));
  const engine = await createEngine(t);
  const report = await engine.load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.failed, [{ skillId: "bare", error: "skill.yaml: not found in the skill folder" }]);
  assert.deepEqual(report.skipped, [{ skillId: "void", reason: "the folder is empty" }]);
});

test("an entry file that links out of the skill is refused, a link inside it is followed", async t => {
  const root = temporaryFolder(t);
  writeFileSync(join(root, "secret.lua"), source);
  for (const [skillId, target] of [
    ["outward", "../../secret.lua"],
    ["inward", "../lib/run.lua"],
  ] as const) {
    const folder = writeSkill(root, skillId, { "skill.yaml": manifest(), "lib/run.lua": source });
    mkdirSync(join(folder, "runtime"));
    symlinkSync(target, join(folder, "runtime", "run.lua"));
  }
  const engine = await createEngine(t);
  const report = await engine.load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.loaded, ["inward"]);
  assert.deepEqual(report.failed, [
    { skillId: "outward", error: "entry run: lua_entry runtime/run.lua: links to a file outside the skill" },
  ]);
});

test("an entry file that is not UTF-8 is refused", async t => {
  const root = temporaryFolder(t);
  const folder = writeSkill(root, "binary", source);
  writeFileSync(join(folder, "runtime", "run.lua"), Buffer.from([0x1b, 0x4c, 0x4a, 0xff]));
  const engine = await createEngine(t);
  const report = await engine.load([{ name: "ROOT", skillsDir: root }]);
  assert.match(report.failed[0]?.error ?? "", /entry run: lua_entry runtime\/run\.lua: not valid UTF-8/);
});

test("parameters become an input schema with the types that JSON Schema knows", async t => {
  const text = withEntry(
    "name: run\ndescription: Does it.\nlua_entry: runtime/run.lua\nlua_module: m\nparameters:\n" +
      "  - { name: path, type: string, description: A path., required: true }\n" +
      "  - { name: mode, type: flavour, description: '' }",
  );
  const { engine, root } = await engineWith(t, { demo: { "skill.yaml": text, "runtime/run.lua": source } });
  assert.deepEqual(engine.entries(), [
    {
      canonicalName: "demo-run",
      skillId: "demo",
      localName: "run",
      rootName: "ROOT",
      skillDir: join(root, "demo"),
      description: "Does it.",
      parameters: [
        { name: "path", type: "string", description: "A path.", required: true },
        { name: "mode", type: "flavour", description: "", required: false },
      ],
      inputSchema: {
        type: "object",
        properties: { path: { type: "string", description: "A path." }, mode: {} },
        required: ["path"],
      },
    },
  ]);
});

test("a declared input schema is kept as it is and parameters are read from it", async t => {
  const schema = {
    type: "object",
    properties: {
      a: { type: ["string", "null"], description: "First." },
      b: { items: {} },
      c: { oneOf: [{}] },
      d: true,
      e: { properties: {} },
    },
    required: ["a"],
    additionalProperties: false,
  };
  const text = withEntry(
    `name: run\nlua_entry: runtime/run.lua\nlua_module: m\ninput_schema: ${JSON.stringify(schema)}`,
  );
  const { engine } = await engineWith(t, { demo: { "skill.yaml": text, "runtime/run.lua": source } });
  const entry = engine.entries()[0];
  assert.deepEqual(entry?.inputSchema, schema);
  assert.deepEqual(entry?.parameters, [
    { name: "a", type: "string | null", description: "First.", required: true },
    { name: "b", type: "array", description: "", required: false },
    { name: "c", type: "union", description: "", required: false },
    { name: "d", type: "schema", description: "", required: false },
    { name: "e", type: "object", description: "", required: false },
  ]);
});
