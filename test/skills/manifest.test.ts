import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Json } from "luaskills";
import { parseManifest } from "#dist/packages/manifest.js";
import { parseYaml } from "#dist/packages/yaml.js";
import {
  acceptedManifests,
  packageFiles,
  refusedByContext,
  refusedTexts,
  refusedValues,
  withEntry,
} from "./manifest-cases.js";
import { createEngine, engineWith, manifest, temporaryFolder, writeSkill } from "./skill-tree.js";

const source = "return function() return 'ok' end";

for (const [what, text, problem] of [...refusedTexts, ...refusedByContext, ...refusedValues]) {
  test(`a manifest with ${what} is refused with the reason`, async t => {
    const { report, engine } = await engineWith(t, {
      broken: { ...packageFiles, "skill.yaml": text },
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

for (const [what, text] of acceptedManifests) {
  test(`a manifest with ${what} is accepted`, async t => {
    const { report } = await engineWith(t, { demo: { ...packageFiles, "skill.yaml": text } });
    assert.deepEqual(report, { loaded: ["demo"], skipped: [], failed: [], kept: [] });
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
  assert.deepEqual(report.failed, [{ skillId: "bare", error: "skill.yaml: no such file" }]);
  assert.deepEqual(report.skipped, [{ skillId: "void", reason: "the folder is empty" }]);
});

test("a file that links out of the skill is refused, a link inside it is followed", async t => {
  const root = temporaryFolder(t);
  const text = withEntry(
    "name: run\nlua_entry: runtime/run.lua\nlua_module: m\ninput_schema_file: schemas/a.json",
  );
  const sound = { "skill.yaml": text, "runtime/run.lua": source, "schemas/a.json": '{ "type": "object" }' };
  writeFileSync(join(root, "secret"), source);
  mkdirSync(join(root, ".secrets"));
  writeFileSync(join(root, ".secrets", "run.lua"), source);
  const links: [skillId: string, link: string, target: string][] = [
    ["lua-out", "runtime/run.lua", "../../secret"],
    ["lua-in", "runtime/run.lua", "../lib/run.lua"],
    ["folder-out", "runtime", "../.secrets"],
    ["folder-in", "runtime", "lib"],
    ["schema-out", "schemas/a.json", "../../secret"],
    ["schema-in", "schemas/a.json", "../lib/b.json"],
    ["yaml-out", "skill.yaml", "../secret"],
    ["yaml-in", "skill.yaml", "lib/skill.yaml"],
    ["dangling", "runtime/run.lua", "nowhere"],
    ["circle", "runtime/run.lua", "run.lua"],
  ];
  for (const [skillId, link, target] of links) {
    const lib = { "lib/run.lua": source, "lib/b.json": '{ "type": "object" }', "lib/skill.yaml": manifest() };
    const folder = writeSkill(root, skillId, { ...sound, ...lib });
    rmSync(join(folder, link), { recursive: true });
    symlinkSync(target, join(folder, link));
  }
  const report = await (await createEngine(t)).load([{ name: "ROOT", skillsDir: root }]);
  assert.deepEqual(report.loaded, ["folder-in", "lua-in", "schema-in", "yaml-in"]);
  assert.deepEqual(
    report.failed.map(({ skillId, error }) => [skillId, error]),
    [
      ["circle", "entry run: lua_entry runtime/run.lua: cannot be read (ELOOP)"],
      ["dangling", "entry run: lua_entry runtime/run.lua: no such file"],
      ["folder-out", "entry run: lua_entry runtime/run.lua: links to a file outside the skill"],
      ["lua-out", "entry run: lua_entry runtime/run.lua: links to a file outside the skill"],
      [
        "schema-out",
        "skill.yaml: entries[0].input_schema_file schemas/a.json: links to a file outside the skill",
      ],
      ["yaml-out", "skill.yaml: links to a file outside the skill"],
    ],
  );
});

test("a pipe in the place of a file is refused, and nobody waits for its other end", async t => {
  const root = temporaryFolder(t);
  const folder = writeSkill(root, "demo", { "skill.yaml": manifest(), "runtime/x.lua": "" });
  execFileSync("mkfifo", [join(folder, "runtime", "run.lua")]);
  const report = await (await createEngine(t)).load([{ name: "ROOT", skillsDir: root }]);
  assert.match(report.failed[0]?.error ?? "", /lua_entry runtime\/run\.lua: is not a regular file/);
});

test("a manifest that nobody can have written by hand is refused unread", async t => {
  const { report } = await engineWith(t, { demo: { "skill.yaml": `${manifest()}#${"x".repeat(1 << 20)}` } });
  assert.deepEqual(report.failed, [{ skillId: "demo", error: "skill.yaml: is larger than 1048576 bytes" }]);
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

test("several types in one parameter become a list of types, and a name is only a name", async t => {
  const text = withEntry(
    "name: run\nlua_entry: runtime/run.lua\nlua_module: m\nparameters:\n" +
      "  - { name: a, type: 'string | null', description: ' ' }\n" +
      "  - { name: b, type: string|string, description: '' }\n" +
      "  - { name: c, type: string | path, description: '' }\n" +
      "  - { name: __proto__, type: integer, description: '', required: true }\n" +
      "  - { name: __proto__, type: integer, description: '', required: true }",
  );
  const { engine } = await engineWith(t, { demo: { "skill.yaml": text, "runtime/run.lua": source } });
  assert.equal(
    JSON.stringify(engine.entries()[0]?.inputSchema),
    '{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"string"},"c":{},' +
      '"__proto__":{"type":"integer"}},"required":["__proto__"]}',
  );
});

test("annotations are what the author has said, and nothing where that is nothing", async t => {
  const annotated = (annotations: string) =>
    withEntry(`name: run\nlua_entry: runtime/run.lua\nlua_module: m\nannotations: ${annotations}`);
  const { engine } = await engineWith(t, {
    all: {
      "skill.yaml": annotated(
        "{ title: ' Run ', read_only: true, destructive: false, idempotent: true, open_world: false }",
      ),
      "runtime/run.lua": source,
    },
    none: { "skill.yaml": annotated("{ title: ' ', read_only: ~ }"), "runtime/run.lua": source },
  });
  const [all, none] = engine.entries();
  assert.deepEqual(all?.annotations, {
    title: "Run",
    readOnly: true,
    destructive: false,
    idempotent: true,
    openWorld: false,
  });
  assert.equal(Object.hasOwn(none ?? {}, "annotations"), false);
});

test("parameters beside a declared schema stay as they are declared", async t => {
  const text = withEntry(
    "name: run\nlua_entry: runtime/run.lua\nlua_module: m\n" +
      "parameters: [{ name: a, type: text, description: d }]\n" +
      "input_schema: { type: object, properties: { b: { type: string } } }",
  );
  const { engine } = await engineWith(t, { demo: { "skill.yaml": text, "runtime/run.lua": source } });
  const [entry] = engine.entries();
  assert.deepEqual(entry?.parameters, [{ name: "a", type: "text", description: "d", required: false }]);
  assert.deepEqual(entry?.inputSchema, { type: "object", properties: { b: { type: "string" } } });
});

test("a schema file is what the descriptor shows", async t => {
  const text = withEntry(
    "name: run\nlua_entry: runtime/run.lua\nlua_module: m\ninput_schema_file: schemas\\sub//./a.json",
  );
  const { engine } = await engineWith(t, {
    demo: {
      "skill.yaml": text,
      "runtime/run.lua": source,
      "schemas/sub/a.json":
        '\uFEFF{ "type": "object", "properties": { "a": { "type": "string" } }, "x-unit": 1 }',
    },
  });
  const [entry] = engine.entries();
  assert.deepEqual(entry?.parameters, [{ name: "a", type: "string", description: "", required: false }]);
  assert.deepEqual(entry?.inputSchema, {
    type: "object",
    properties: { a: { type: "string" } },
    "x-unit": 1,
  });
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

/** For manifests that name no files. */
function parse(text: string) {
  return parseManifest(text, path => assert.fail(`${path} was read`));
}

test("blocks that are left out have their defaults", () => {
  assert.deepEqual(parse(manifest()), {
    name: "Test",
    version: "1.0.0",
    debug: false,
    sqlite: { enable: false, logLevel: "info", slowLogEnabled: false, slowLogThresholdMs: 500 },
    lancedb: { enable: false, logLevel: "info", slowLogEnabled: false, slowLogThresholdMs: 800 },
    help: { main: { name: "", description: "", file: "" }, topics: [] },
    entries: [
      {
        name: "run",
        description: "",
        luaEntry: "runtime/run.lua",
        luaModule: "run",
        help: "",
        parameters: [],
        inputSchema: { type: "object", properties: {} },
      },
    ],
  });
});

test("blocks that are there are read, and their blanks trimmed where nothing else is meant", () => {
  const text = manifest(
    ["run"],
    "debug: true\n" +
      "sqlite: { enable: true, log_level: off, slow_log_enabled: true, slow_log_threshold_ms: 0 }\n" +
      "lancedb: { enable: true, log_level: warning, slow_log_threshold_ms: 20 }\n" +
      "help:\n  main: { name: ' All ', description: ' About. ', file: ' help\\main.md ' }\n" +
      "  topics: [{ name: ' work ', description: d, file: help/sub/work.LUA }]\n",
  );
  const parsed = parse(text.replace("lua_module: run", "lua_module: run\n    help: ' work '"));
  assert.ok(parsed !== "disabled");
  const { debug, sqlite, lancedb, help, entries } = parsed;
  assert.equal(debug, true);
  assert.deepEqual(sqlite, { enable: true, logLevel: "off", slowLogEnabled: true, slowLogThresholdMs: 0 });
  assert.deepEqual(lancedb, {
    enable: true,
    logLevel: "warning",
    slowLogEnabled: false,
    slowLogThresholdMs: 20,
  });
  assert.deepEqual(help, {
    main: { name: "All", description: "About.", file: "help/main.md" },
    topics: [{ name: "work", description: "d", file: "help/sub/work.LUA" }],
  });
  assert.equal(entries[0]?.help, "work");
});

const scalars: [text: string, value: Json][] = [
  ["off", "off"],
  ["yes", "yes"],
  ["No", "No"],
  ["2024-01-01", "2024-01-01"],
  ["1_000", "1_000"],
  ["1:30", "1:30"],
  ["<<", "<<"],
  ["~", null],
  ["Null", null],
  ["TRUE", true],
  ["0o17", 15],
  ["0x1f", 31],
  ["017", 17],
  ["1e3", 1000],
  ["'1'", "1"],
];

for (const [text, value] of scalars) {
  test(`YAML reads ${text} as ${JSON.stringify(value)}`, () => {
    assert.deepEqual(parseYaml(`a: ${text}`), { value: { a: value } });
  });
}
