// Manifests and what becomes of them: for the parser that loads skills, and for the JSON Schema that editors use.

import { manifest } from "./skill-tree.js";

/** The files around each of these manifests. */
export const packageFiles: Record<string, string> = {
  "runtime/run.lua": "return function() return 'ok' end",
  "runtime/r.lua": "return function() return 'ok' end",
  "runtime/folder/x.lua": "return function() return 'ok' end",
  "schemas/good.json": '{ "type": "object", "properties": { "a": { "type": "string" } } }',
  "schemas/list.json": "[]",
  "schemas/array.json": '{ "type": "array" }',
  "schemas/broken.json": '{ "type": "object"',
  "schemas/deep.json": '{ "type": "object", "properties": { "a": { "items": [] } } }',
};

/** A manifest with one entry of these lines. */
export function withEntry(entry: string): string {
  return `name: Test\nversion: 1.0.0\nentries:\n  - ${entry.split("\n").join("\n    ")}\n`;
}

const run = "name: run\nlua_entry: runtime/run.lua\nlua_module: m\n";

/** A manifest whose entry has these lines more than it must. */
export function withEntryKeys(lines: string): string {
  return withEntry(run + lines);
}

function withPath(luaEntry: string): string {
  return withEntry(`name: run\nlua_entry: '${luaEntry}'\nlua_module: m`);
}

function withSchema(schema: string): string {
  return withEntryKeys(`input_schema: ${schema}`);
}

function withSchemaFile(path: string): string {
  return withEntryKeys(`input_schema_file: '${path}'`);
}

function withVersion(version: string): string {
  return manifest().replace("1.0.0", version);
}

function withTop(line: string): string {
  return manifest(["run"], `${line}\n`);
}

/** A thousand million values in ten lines. */
const aliasBomb = `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${[1, 2, 3, 4, 5, 6, 7, 8]
  .map(
    n =>
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(", ")}]\n`,
  )
  .join("")}`;

export type RefusedManifest = [what: string, text: string, problem: RegExp];

/** What is wrong with the text itself; a schema only sees values. */
export const refusedTexts: RefusedManifest[] = [
  ["a file that is not YAML", "name: [", /skill\.yaml: not valid YAML: .*\(line 2, column 1\)/],
  ["the same key twice", `${manifest()}name: again\n`, /not valid YAML: duplicated mapping key \(line 7/],
  ["two documents", `${manifest()}---\na: 1\n`, /not valid YAML: .*single document/],
  ["a tag of its own", "name: !custom x\n", /not valid YAML: unknown tag/],
  ["aliases that multiply", manifest() + aliasBomb, /not valid YAML: more than 100000 values once aliases/],
  [
    "an alias to itself",
    withTop("extra: &a { b: *a }"),
    /not valid YAML: nested deeper than 100 levels, or an alias/,
  ],
  ["nesting without end", withTop(`extra: ${"[".repeat(200)}`), /not valid YAML: nesting exceeded maxDepth/],
  ["a number that JSON does not have", withTop("extra: .nan"), /not valid YAML: NaN is no JSON number/],
];

/** What a schema cannot say: it depends on other files or compares parts. */
export const refusedByContext: RefusedManifest[] = [
  ["two entries of one name", manifest(["run", "run"]), /entry name "run" is declared twice/],
  [
    "a lua_entry that does not exist",
    withPath("runtime/no.lua"),
    /entry run: lua_entry runtime\/no\.lua: no such/,
  ],
  ["a lua_entry that is a folder", withPath("runtime/folder"), /lua_entry runtime\/folder: is a folder/],
  [
    "a lua_entry below a file",
    withPath("runtime/run.lua/x.lua"),
    /lua_entry runtime\/run\.lua\/x\.lua: no such file/,
  ],
  [
    "an input_schema_file that does not exist",
    withSchemaFile("schemas/none.json"),
    /entries\[0\]\.input_schema_file schemas\/none\.json: no such file/,
  ],
  [
    "an input_schema_file that is not JSON",
    withSchemaFile("schemas/broken.json"),
    /entries\[0\]\.input_schema_file schemas\/broken\.json: not valid JSON/,
  ],
  [
    "an input_schema_file with a list",
    withSchemaFile("schemas/list.json"),
    /entries\[0\]\.input_schema_file must be a JSON object/,
  ],
  [
    "an input_schema_file that describes a list",
    withSchemaFile("schemas/array.json"),
    /entries\[0\]\.input_schema_file\.type must be "object", got "array"/,
  ],
  [
    "an input_schema_file with a broken part",
    withSchemaFile("schemas/deep.json"),
    /entries\[0\]\.input_schema_file\.properties\.a\.items must be a list of at least one schema/,
  ],
];

export const refusedValues: RefusedManifest[] = [
  ["an empty file", "", /skill\.yaml: must be a mapping/],
  ["a file of comments", "# nothing\n", /skill\.yaml: must be a mapping/],
  ["a list", "- a", /skill\.yaml: must be a mapping/],
  ["a declared skill_id", withTop("skill_id: other"), /skill_id must not be declared/],
  ["a declared skill_id that is null", withTop("skill_id:"), /skill_id must not be declared/],
  ["a declared skill_id though it is off", "enable: false\nskill_id: x\n", /skill_id must not be declared/],
  [
    "annotations that are none",
    withEntryKeys("annotations: [read_only]"),
    /entries\[0\]\.annotations must be a/,
  ],
  [
    "an annotation that is no flag",
    withEntryKeys("annotations: { read_only: maybe }"),
    /entries\[0\]\.annotations\.read_only must be true or false, got string "maybe"/,
  ],
  [
    "a title that is no text",
    withEntryKeys("annotations: { title: 1 }"),
    /annotations\.title must be a string/,
  ],
  ["no name", manifest().replace("name: Test\n", ""), /skill\.yaml: name is missing/],
  ["a null name", manifest().replace("name: Test", "name:"), /skill\.yaml: name is missing/],
  ["a name that is no text", manifest().replace("Test", "[a]"), /name must be a string, got a list/],
  ["no version", manifest().replace("version: 1.0.0\n", ""), /version is missing/],
  ["an empty version", withVersion("''"), /version must not be empty/],
  ["a partial version", withVersion("'1.2'"), /version must be a semantic version .*"1\.2"/],
  ["a version with a v", withVersion("v1.2.3"), /version must be a semantic version/],
  ["a version with leading zeros", withVersion("1.02.3"), /version must be a semantic version/],
  ["a pre-release with leading zeros", withVersion("1.2.3-01"), /version must be a semantic version/],
  ["an empty build", withVersion("1.2.3+"), /version must be a semantic version/],
  ["a version that YAML reads as a number", withVersion("1.5"), /version must be a string, got number 1\.5/],
  ["enable that is text", withTop("enable: 'no'"), /enable must be true or false, got string "no"/],
  ["enable that YAML 1.1 would read as a boolean", withTop("enable: off"), /enable must be .*"off"/],
  ["debug that is no boolean", withTop("debug: 1"), /debug must be true or false, got number 1/],
  ["no entries", "name: Test\nversion: 1.0.0\n", /entries must declare at least one entry/],
  ["null entries", "name: Test\nversion: 1.0.0\nentries:\n", /entries must declare at least one entry/],
  ["an empty list of entries", "name: Test\nversion: 1.0.0\nentries: []\n", /at least one entry/],
  [
    "entries that are no list",
    "name: T\nversion: 1.0.0\nentries: {}\n",
    /entries must be a list, got a mapping/,
  ],
  ["an entry that is no mapping", withEntry("run"), /entries\[0\] must be a mapping, got string "run"/],
  [
    "an entry without name",
    withEntry("lua_entry: runtime/r.lua\nlua_module: m"),
    /entries\[0\]\.name is missing/,
  ],
  ["an upper-case entry name", manifest(["Run"]), /entries\[0\]\.name must match .*"Run"/],
  ["an entry name with underscore", manifest(["run_it"]), /entries\[0\]\.name must match/],
  ["an entry name with a dot", manifest(["run.it"]), /entries\[0\]\.name must match/],
  ["an entry name that starts with a digit", manifest(["2run"]), /entries\[0\]\.name must match/],
  ["an entry name that ends with a hyphen", manifest(["run-"]), /entries\[0\]\.name must match/],
  [
    "an empty entry name",
    withEntry("name: ''\nlua_entry: runtime/r.lua\nlua_module: m"),
    /\.name must match/,
  ],
  [
    "a description that is no text",
    withEntryKeys("description: [a]"),
    /entries\[0\]\.description must be a str/,
  ],
  [
    "a help topic that is no text",
    withEntryKeys("help: 1"),
    /entries\[0\]\.help must be a string, got number/,
  ],
  ["no lua_module", withEntry("name: run\nlua_entry: runtime/run.lua"), /lua_module is missing/],
  [
    "a blank lua_module",
    withEntry("name: run\nlua_entry: runtime/r.lua\nlua_module: ' '"),
    /lua_module must not/,
  ],
  ["no lua_entry", withEntry("name: run\nlua_module: m"), /entries\[0\]\.lua_entry is missing/],
  ["a blank lua_entry", withPath(" "), /entries\[0\]\.lua_entry must not be empty/],
  ["an absolute lua_entry", withPath("/runtime/run.lua"), /must be a relative path under runtime/],
  [
    "a lua_entry on a Windows drive",
    withPath("C:\\runtime\\run.lua"),
    /must be a relative path under runtime/,
  ],
  [
    "a lua_entry on a Windows share",
    withPath("\\\\host\\runtime\\run.lua"),
    /must be a relative path under run/,
  ],
  ["a lua_entry outside runtime", withPath("lib/run.lua"), /must start with runtime\//],
  [
    "a lua_entry that does not begin with runtime",
    withPath("./runtime/run.lua"),
    /must start with runtime\//,
  ],
  ["a lua_entry whose folder is cased otherwise", withPath("Runtime/run.lua"), /must start with runtime\//],
  ["runtime itself as lua_entry", withPath("runtime"), /must start with runtime\//],
  ["runtime and nothing in it as lua_entry", withPath("runtime/./"), /must start with runtime\//],
  ["a lua_entry that climbs out", withPath("runtime/../../x.lua"), /must not contain "\.\."/],
  [
    "a lua_entry that climbs and comes back",
    withPath("runtime/../runtime/run.lua"),
    /must not contain "\.\."/,
  ],
  ["a lua_entry that climbs out by backslashes", withPath("runtime\\..\\x.lua"), /must not contain "\.\."/],
  ["a lua_entry that ends above itself", withPath("runtime/a/.."), /must not contain "\.\."/],
  [
    "a lua_entry with a NUL",
    withEntry('name: run\nlua_entry: "runtime/run.lua\\0"\nlua_module: m'),
    /lua_entry must not contain NUL bytes/,
  ],
  [
    "parameters that are no list",
    withEntryKeys("parameters: {}"),
    /parameters must be a list, got a mapping/,
  ],
  ["a parameter that is no mapping", withEntryKeys("parameters: [a]"), /parameters\[0\] must be a mapping/],
  [
    "a parameter without name",
    withEntryKeys("parameters: [{ type: string, description: d }]"),
    /parameters\[0\]\.name is missing/,
  ],
  [
    "a parameter without type",
    withEntryKeys("parameters: [{ name: a, description: d }]"),
    /parameters\[0\]\.type is missing/,
  ],
  [
    "a parameter without description",
    withEntryKeys("parameters: [{ name: a, type: string }]"),
    /entries\[0\]\.parameters\[0\]\.description is missing/,
  ],
  [
    "a parameter whose required is no boolean",
    withEntryKeys("parameters: [{ name: a, type: string, description: d, required: 1 }]"),
    /parameters\[0\]\.required must be true or false/,
  ],
  [
    "both input_schema and input_schema_file",
    withEntryKeys("input_schema: { type: object }\ninput_schema_file: schemas/good.json"),
    /entries\[0\]\.input_schema and entries\[0\]\.input_schema_file must not both be declared/,
  ],
  ["an input_schema_file outside schemas", withSchemaFile("runtime/good.json"), /must start with schemas\//],
  ["an input_schema_file that climbs out", withSchemaFile("schemas/../../x.json"), /must not contain "\.\."/],
  [
    "an absolute input_schema_file",
    withSchemaFile("/schemas/x.json"),
    /must be a relative path under schemas\//,
  ],
  ["an input schema that is a list", withSchema("[]"), /entries\[0\]\.input_schema must be a JSON object/],
  ["an input schema that is true", withSchema("true"), /entries\[0\]\.input_schema must be a JSON object/],
  ["an input schema without type", withSchema("{}"), /input_schema\.type must be "object", got null/],
  [
    "an input schema of a list",
    withSchema("{ type: array }"),
    /input_schema\.type must be "object", got "array"/,
  ],
  [
    "an input schema with a list of types",
    withSchema("{ type: [object] }"),
    /input_schema\.type must be "object"/,
  ],
  ...badSchemas(),
  ["sqlite that is no mapping", withTop("sqlite: true"), /sqlite must be a mapping, got boolean true/],
  ["sqlite.enable that is text", withTop("sqlite: { enable: on }"), /sqlite\.enable must be true or false/],
  [
    "an unknown log level",
    withTop("lancedb: { log_level: debug }"),
    /lancedb\.log_level must be one of off, info, warning, got string "debug"/,
  ],
  [
    "a negative slow log threshold",
    withTop("sqlite: { slow_log_threshold_ms: -1 }"),
    /sqlite\.slow_log_threshold_ms must be a whole number of at least 0, got number -1/,
  ],
  [
    "a slow log threshold that is no whole number",
    withTop("lancedb: { slow_log_threshold_ms: 1.5 }"),
    /lancedb\.slow_log_threshold_ms must be a whole number/,
  ],
  ["help that is a list", withTop("help: []"), /help must be a mapping, got a list/],
  [
    "main help outside help",
    withTop("help: { main: { file: docs/x.md } }"),
    /help\.main\.file must start with help\//,
  ],
  ["topics that are no list", withTop("help: { topics: {} }"), /help\.topics must be a list/],
  [
    "a topic without file",
    withTop("help: { topics: [{ name: a }] }"),
    /help\.topics\[0\]\.file must not be empty/,
  ],
  [
    "a topic with a blank file",
    withTop("help: { topics: [{ file: ' ' }] }"),
    /topics\[0\]\.file must not be empty/,
  ],
  [
    "a topic that climbs out of help",
    withTop("help: { topics: [{ file: help/../../x.md }] }"),
    /help\.topics\[0\]\.file must not contain "\.\."/,
  ],
];

/** Every keyword of a schema whose shape is checked, wrong in some place of it. */
function badSchemas(): RefusedManifest[] {
  const parts: [part: string, problem: string][] = [
    ["{ type: '' }", "type must be the name of a type or a list of such names"],
    ["{ type: [] }", "type must be the name of a type"],
    ["{ type: [string, 1] }", "type must be the name of a type"],
    ["{ type: { a: 1 } }", "type must be the name of a type"],
    ["{ properties: [a] }", "properties must be a mapping of names to schemas"],
    ["{ properties: { b: 1 } }", "properties.b must be a schema"],
    ["{ properties: { ' ': {} } }", "properties must not have a blank name"],
    ["{ patternProperties: { '^x': [] } }", 'patternProperties["^x"] must be a schema'],
    ["{ $defs: { b: null } }", "$defs.b must be a schema"],
    ["{ definitions: x }", "definitions must be a mapping of names to schemas"],
    ["{ required: b }", "required must be a list of property names"],
    ["{ required: [''] }", "required must be a list of property names"],
    ["{ required: [1] }", "required must be a list of property names"],
    ["{ enum: b }", "enum must be a list of values"],
    ["{ items: 1 }", "items must be a schema"],
    ["{ items: [] }", "items must be a list of at least one schema"],
    ["{ items: [{}, 1] }", "items[1] must be a schema"],
    ["{ prefixItems: {} }", "prefixItems must be a list of at least one schema"],
    ["{ contains: [] }", "contains must be a schema"],
    ["{ propertyNames: x }", "propertyNames must be a schema"],
    ["{ additionalProperties: [] }", "additionalProperties must be a schema"],
    ["{ oneOf: [] }", "oneOf must be a list of at least one schema"],
    ["{ anyOf: {} }", "anyOf must be a list of at least one schema"],
    ["{ allOf: [1] }", "allOf[0] must be a schema"],
    ["{ not: 1 }", "not must be a schema"],
    ["{ if: [] }", "if must be a schema"],
    ["{ then: x }", "then must be a schema"],
    ["{ else: 0 }", "else must be a schema"],
  ];
  return parts.map(([part, problem]) => {
    const path = "entries[0].input_schema.properties.a.anyOf[1].";
    return [
      `a schema with ${part} inside`,
      withSchema(`{ type: object, properties: { a: { anyOf: [true, ${part}] } } }`),
      new RegExp(`skill\\.yaml: ${literally(path + problem)}`),
    ];
  });
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export const acceptedManifests: [what: string, text: string][] = [
  ["nothing but what it must have", manifest()],
  ["an empty name", manifest().replace("Test", "''")],
  ["a pre-release and build version", withVersion("1.0.0-rc.1+build.5")],
  ["blanks around the version", withVersion("' 1.0.0 '")],
  ["keys of newer runtimes", withTop("config: [{ key: a }]\nnode_runtime: {}\ndescription: d")],
  [
    "annotations of an entry",
    withEntryKeys(
      "annotations: { title: T, read_only: false, idempotent: true, destructive: ~, other: [1] }",
    ),
  ],
  ["empty annotations", withEntryKeys("annotations: {}")],
  ["unknown keys of entries, parameters and help", withEntryKeys("icon: x\nparameters: []\nexamples: [1]")],
  ["a one-letter entry name", manifest(["r"])],
  ["backslashes, dots and double slashes in the path of an entry", withPath("runtime\\.//run.lua")],
  ["blanks around names", withEntry("name: ' run '\nlua_entry: ' runtime/run.lua '\nlua_module: m")],
  ["null for everything that has a default", withTop("enable:\ndebug: ~\nsqlite:\nlancedb: null\nhelp:")],
  [
    "null for everything of an entry that has a default",
    withEntryKeys("description:\nparameters:\nhelp:\ninput_schema:\ninput_schema_file:"),
  ],
  [
    "null for everything of the blocks that has a default",
    withTop(
      "help: { main: { name: , description: , file: }, topics: }\n" +
        "sqlite: { enable: , log_level: , slow_log_enabled: , slow_log_threshold_ms: }",
    ),
  ],
  ["a blank file of main help", withTop("help: { main: { file: ' ' } }")],
  [
    "help files that are not there",
    withTop("help: { main: { file: help/no.md }, topics: [{ file: help/no.lua }] }"),
  ],
  ["topics without names", withTop("help: { topics: [{ file: help/a.md }, { file: help/a.md }] }")],
  ["a topic that is nowhere", withEntryKeys("help: nowhere")],
  ["a schema file", withSchemaFile("schemas/good.json")],
  [
    "an input_schema and a blank schema file",
    withEntryKeys("input_schema: { type: object }\ninput_schema_file: ''"),
  ],
  [
    "a schema with booleans for schemas",
    withSchema("{ type: object, additionalProperties: false, not: true }"),
  ],
  ["a schema with keywords nobody checks", withSchema("{ type: object, format: 7, minProperties: x }")],
  ["an anchor that is used twice", withTop("a: &x { b: 1 }\nc: [*x, *x]")],
  [
    "a type that JSON Schema does not know",
    withEntryKeys("parameters: [{ name: a, type: path, description: d }]"),
  ],
  ["a byte order mark", `\uFEFF${manifest()}`],
];
