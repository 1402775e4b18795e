// docs/skill-author-guide.md: its files make skills that load, its commands print what the page says, and its Lua examples
// return it.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { Ajv } from "ajv";
import { load } from "js-yaml";
import { readDefinitions } from "../host/definition-file.js";
import { createEngine, manifest, repository, writeSkill } from "../skills/skill-tree.js";
import { assertOutput, guideFolder, readGuide, runGuide, writeGuideFile } from "./guide.js";

const page = "docs/skill-author-guide.md";
const text = readFileSync(join(repository, page), "utf8");
const items = readGuide(page);
const files = items.filter(item => item.kind === "file");

/** A project with the files of the page, and the package installed. */
function writeProject(t: TestContext): string {
  const folder = guideFolder(t);
  for (const file of files) writeGuideFile(folder, file);
  linkPackage(folder);
  return folder;
}

function linkPackage(folder: string): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(repository, join(folder, "node_modules", "luaskills"));
}

test("the skills of the page load without a complaint", async t => {
  const folder = writeProject(t);
  const engine = await createEngine(t);
  const report = await engine.load([{ name: "MINE", skillsDir: join(folder, "skills") }]);
  assert.deepEqual(report, { loaded: ["greeter", "notes"], skipped: [], failed: [], kept: [] });
});

test("the commands of the page print what the page says", t => {
  const folder = guideFolder(t);
  linkPackage(folder);
  runGuide(page, items, folder);
});

test("the Lua examples of the page return what the page says", async t => {
  const folder = writeProject(t);
  const engine = await createEngine(t, { runtimeRoot: folder });
  engine.registerHostTool("clock", {
    description: "d",
    call: args => `noon in ${(args as { zone: string }).zone}`,
  });
  engine.setModels({ llm: async () => ({ assistant: "Blue" }), embed: async () => ({ vector: [1] }) });
  const context = {
    requestContext: { requestId: "r-1" },
    clientBudget: { tool_result: { bytes: 65_536, lines: 2_000 } },
  };
  for (const item of items) {
    if (item.kind !== "example" || item.language !== "lua") continue;
    writeSkill(join(folder, "skills"), "lab", {
      "skill.yaml": manifest(["run"], "sqlite: { enable: true }\nlancedb: { enable: true }\n"),
      "runtime/run.lua": `return function(args)\n${item.code}end`,
    });
    const { failed } = await engine.load([{ name: "MINE", skillsDir: join(folder, "skills") }]);
    assert.deepEqual(failed, [], `${page}:${item.line}`);
    const { content } = await engine.call("lab-run", { folder }, { context });
    if (item.output !== undefined) assertOutput(content, item.output, `${page}:${item.line}`);
  }
});

test("every example of the page is of a kind that is run", () => {
  const languages = items.map(item => (item.kind === "example" ? item.language : "file"));
  assert.deepEqual([...new Set(languages)].sort(), ["file", "lua", "sh"]);
});

test("the manifests of the page are valid by the schema that they name, and name it where it is", t => {
  const folder = writeProject(t);
  const manifests = files.filter(({ path }) => path.endsWith("skill.yaml"));
  assert.equal(manifests.length, 2);
  for (const { path, text } of manifests) {
    const [, named = ""] = /\$schema=(\S+)/.exec(text) ?? [];
    const schema = join(folder, dirname(path), named);
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schema, "utf8")));
    assert.ok(validate(load(text)), `${path}: ${JSON.stringify(validate.errors)}`);
  }
});

test("the settings of the language server lead to the definition file", t => {
  const folder = writeProject(t);
  const settings = JSON.parse(readFileSync(join(folder, ".luarc.json"), "utf8"));
  for (const library of settings["workspace.library"]) {
    assert.ok(existsSync(join(folder, library, "vulcan.lua")), library);
  }
});

/** Everything under a heading. */
function section(heading: string): string {
  const start = text.indexOf(`\n${heading}\n`);
  assert.notEqual(start, -1, heading);
  const level = heading.split(" ", 1)[0] ?? "";
  const end = text.slice(start + 1).search(new RegExp(`\n#{2,${level.length}} `));
  return text.slice(start, end === -1 ? undefined : start + 1 + end);
}

test("the page has every member of vulcan in the section of its namespace", () => {
  const definitions = readDefinitions(readFileSync(join(repository, "types/vulcan.lua"), "utf8"));
  const table = [...definitions.tables].flatMap(path =>
    [...(definitions.classes.get(path)?.fields.keys() ?? [])].map(field => `${path}.${field}`),
  );
  const members = [...definitions.functions.keys(), ...table].filter(path => path.startsWith("vulcan."));
  assert.ok(members.length > 80);
  for (const path of members) {
    const [, namespace = ""] = path.split(".");
    const shared = namespace === "context" || namespace === "deps";
    const heading = shared ? "### vulcan.context and vulcan.deps" : `### vulcan.${namespace}`;
    assert.match(section(heading), new RegExp(`\\b${path.split(".").at(-1)}\\b`), path);
  }
});

test("the page has every key of the manifest's schema", () => {
  const schema = JSON.parse(readFileSync(join(repository, "schemas/skill.schema.json"), "utf8"));
  const { skill, entry, database } = schema.definitions;
  const keys = ["enable", ...[skill, entry, database].flatMap(({ properties }) => Object.keys(properties))];
  assert.ok(keys.length > 15);
  for (const key of keys) assert.match(section("## The manifest"), new RegExp(`\\b${key}\\b`), key);
});
