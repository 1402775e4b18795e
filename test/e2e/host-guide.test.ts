// docs/host-guide.md: its examples are one program, which prints what the page says.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repository } from "../skills/skill-tree.js";
import { assertProgram, guideFolder, readGuide, writeGuideFile } from "./guide.js";

const page = "docs/host-guide.md";
const text = readFileSync(join(repository, page), "utf8");

test("the program of the host's guide prints what the guide says", t => {
  const folder = guideFolder(t);
  const items = readGuide(page);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  const examples = items.filter(item => item.kind === "example");
  assert.ok(examples.every(({ language }) => language === "js"));
  assert.equal(assertProgram(folder, page, examples), "");
});

/** Codes of a union type in a source file, in order. */
function declaredCodes(source: string, type: string): string[] {
  const [, union = ""] =
    new RegExp(`export type ${type} =(.*?);$`, "ms").exec(readFileSync(join(repository, source), "utf8")) ??
    [];
  return [...union.matchAll(/"([A-Z_]+)"/g)].map(([, code]) => code as string).sort();
}

/** Codes in the first column of the table under this heading. */
function documentedCodes(heading: string): string[] {
  const [, table = ""] = new RegExp(`^\\| \`${heading}\` \\| When \\|\n((?:\\|.*\n)*)`, "m").exec(text) ?? [];
  const firsts = table.split("\n").map(row => row.split("|")[1] ?? "");
  return firsts
    .flatMap(first => [...first.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code as string))
    .sort();
}

test("the tables of errors have every code there is", () => {
  assert.deepEqual(documentedCodes("SkillError"), declaredCodes("src/packages/errors.ts", "SkillErrorCode"));
  assert.deepEqual(documentedCodes("LuaError"), declaredCodes("src/vm/errors.ts", "LuaErrorCode"));
});

test("the tables of options have every option there is", () => {
  const [, own = ""] =
    /export interface SkillEngineOptions[^{]*\{(.*?)^\}/ms.exec(
      readFileSync(join(repository, "src/skills/options.ts"), "utf8"),
    ) ?? [];
  const [, paths = ""] =
    /export interface PathOptions[^{]*\{(.*?)^\}/ms.exec(
      readFileSync(join(repository, "src/packages/paths.ts"), "utf8"),
    ) ?? [];
  const [, sources = ""] =
    /export interface SourceOptions[^{]*\{(.*?)^\}/ms.exec(
      readFileSync(join(repository, "src/lifecycle/sources/options.ts"), "utf8"),
    ) ?? [];
  const options = [...(own + paths + sources).matchAll(/^ {2,4}(\w+)\?:/gm)].map(
    ([, name]) => name as string,
  );
  assert.ok(options.length > 20);
  for (const option of options) {
    assert.match(text, new RegExp(`^\\|.*\`(capabilities\\.)?${option}[\`.]`, "m"), option);
  }
});
