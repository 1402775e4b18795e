// luaskills help: skills, entries, pages, commands.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { temporaryFolder, writeSkill } from "../skills/skill-tree.js";
import { luaskills } from "./command-line.js";

const files = {
  "skill.yaml": `name: Garden
version: 2.1.0
entries:
  - name: water
    description: Waters the plants.
    lua_entry: runtime/water.lua
    lua_module: garden_water
    help: watering
    parameters:
      - { name: litres, type: number, description: How much., required: true }
      - { name: gently, type: boolean, description: Without splashing. }
help:
  main: { description: All about the garden., file: help/main.md }
  topics:
    - { name: watering, description: How to water., file: help/watering.lua }
`,
  "runtime/water.lua": "return function() return 'ok' end",
  "help/main.md": "# The garden\n\nCall `garden-water`.\n\n```sh\n# no heading\n```\n",
  "help/watering.lua": "return '# Watering for ' .. vulcan.context.request.client_name",
};

function root(t: TestContext): string[] {
  const folder = temporaryFolder(t);
  writeSkill(folder, "garden", files);
  writeSkill(folder, "plain", "return function() return 'ok' end");
  return ["--root", `ROOT=${folder}`];
}

test("help of a skill is its main page, then its entries and further pages", async t => {
  const { code, out, err } = await luaskills(["help", "garden", ...root(t)]);
  assert.equal(err, "");
  assert.ok(out.startsWith(`${files["help/main.md"]}\n`), out);
  assert.match(out, /\nENTRY +DESCRIPTION\ngarden-water +Waters the plants\.\n/);
  assert.match(out, /\nPAGE +DESCRIPTION\nwatering +How to water\.\n/);
  assert.match(out, /\ngarden 2\.1\.0, root ROOT, .*garden\n$/);
  assert.equal(code, 0);
});

test("a skill without a main page still has an overview", async t => {
  const { code, out } = await luaskills(["help", "plain", ...root(t)]);
  assert.match(out, /^Test\n[\s\S]*\nENTRY +DESCRIPTION\nplain-run\n/);
  assert.equal(code, 0);
});

test("a page is printed as it is, and may be written by Lua for whoever asks", async t => {
  const roots = root(t);
  assert.equal((await luaskills(["help", "garden", "main", ...roots])).out, files["help/main.md"]);
  const page = await luaskills(["help", "garden", "watering", ...roots]);
  assert.equal(page.out, "# Watering for luaskills\n");
});

test("help of an entry lists its arguments with an example", async t => {
  const { code, out } = await luaskills(["help", "garden-water", ...root(t)]);
  assert.match(out, /^garden-water\n\nWaters the plants\.\n/);
  assert.match(out, /^ {2}litres +number, required +How much\.$/m);
  assert.match(out, /^ {2}gently +boolean +Without splashing\.$/m);
  assert.match(out, /^ {2}luaskills call garden-water --arg litres=1\.5$/m);
  assert.equal(code, 0);
});

test("an entry without arguments says so", async t => {
  const { out } = await luaskills(["help", "plain-run", ...root(t)]);
  assert.match(out, /It declares no arguments\.\n\nFor instance:\n {2}luaskills call plain-run\n/);
});

test("--json gives skills, pages and entries as data", async t => {
  const roots = [...root(t), "--json"];
  const read = async (...args: string[]) => JSON.parse((await luaskills(["help", ...args, ...roots])).out);
  const skill = await read("garden");
  assert.equal(skill.page.content, files["help/main.md"]);
  assert.deepEqual(
    [skill.skillId, skill.flows[0].flowName, skill.entries[0].canonicalName],
    ["garden", "watering", "garden-water"],
  );
  assert.equal("page" in (await read("plain")), false);
  assert.equal((await read("garden", "watering")).content, "# Watering for luaskills");
  assert.deepEqual((await read("garden-water")).inputSchema.required, ["litres"]);
});

test("help of a command is its usage, without any root", async t => {
  const cwd = temporaryFolder(t);
  const byName = await luaskills(["help", "call"], { cwd });
  assert.match(byName.out, /^Usage: luaskills call .*<entry>\n/);
  assert.equal(byName.out, (await luaskills(["call", "--help"], { cwd })).out);
  assert.match((await luaskills(["help"], { cwd })).out, /^Usage: luaskills /);
});

test("unknown names and pages are told apart, with what was probably meant", async t => {
  const roots = root(t);
  const unknown = await luaskills(["help", "gardn", ...roots]);
  assert.match(unknown.err, /there is no skill or entry named gardn\nhint: did you mean garden\?/);
  assert.equal(unknown.code, 1);
  const page = await luaskills(["help", "garden", "weeds", ...roots]);
  assert.match(page.err, /skill garden has no help page "weeds"; it has main, watering/);
  assert.equal(page.code, 1);
  const entry = await luaskills(["help", "garden-water", "main", ...roots]);
  assert.match(entry.err, /garden-water is an entry: .*\nhint: luaskills help garden main/);
  assert.equal(entry.code, 1);
});
