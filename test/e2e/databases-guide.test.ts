// docs/databases.md: its Lua examples return what the page says, its programs are one program that prints it, and its
// TypeScript compiles.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readDefinitions } from "../host/definition-file.js";
import { createEngine, manifest, repository, writeSkill } from "../skills/skill-tree.js";
import { assertOutput, guideFolder, readGuide, writeGuideFile } from "./guide.js";

const page = "docs/databases.md";
const items = readGuide(page);
const text = readFileSync(join(repository, page), "utf8");

function writeFiles(t: TestContext): string {
  const folder = guideFolder(t);
  for (const item of items) if (item.kind === "file") writeGuideFile(folder, item);
  return folder;
}

test("the Lua examples of the page return what the page says", async t => {
  const root = join(guideFolder(t), "skills");
  const engine = await createEngine(t);
  const enabled = "sqlite: { enable: true }\nlancedb: { enable: true }\n";
  for (const item of items) {
    if (item.kind !== "example" || item.language !== "lua") continue;
    writeSkill(root, "lab", {
      "skill.yaml": manifest(["run"], enabled),
      "runtime/run.lua": `return function(args)\n${item.code}end`,
    });
    const { failed } = await engine.load([{ name: "MAIN", skillsDir: root }]);
    assert.deepEqual(failed, [], `${page}:${item.line}`);
    const { content } = await engine.call("lab-run");
    assertOutput(content, item.output ?? "", `${page}:${item.line}`);
  }
});

test("the program of the page prints what the page says", t => {
  const folder = writeFiles(t);
  const programs = items.filter(item => item.kind === "example" && item.language === "js");
  const marked = programs.map(item =>
    item.kind === "example" ? `${item.code}console.log("example ${item.line}");\n` : "",
  );
  writeFileSync(join(folder, "host.mjs"), marked.join(""));
  compile(folder);

  const { status, stdout, stderr } = spawnSync(process.execPath, ["host.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout + stderr);
  let rest = stdout;
  for (const item of programs) {
    if (item.kind !== "example") continue;
    const marker = `example ${item.line}\n`;
    const end = rest.indexOf(marker);
    assert.notEqual(end, -1, `${page}:${item.line} did not run\n${stderr}`);
    assertOutput(rest.slice(0, end), item.output ?? "", `${page}:${item.line}`);
    rest = rest.slice(end + marker.length);
  }
});

/** Makes JavaScript of the TypeScript files of the page; a type error is a failure. */
function compile(folder: string): void {
  const compiler = join(repository, "node_modules", "typescript", "bin", "tsc");
  const files = items.flatMap(item =>
    item.kind === "file" && item.path.endsWith(".mts") ? [item.path] : [],
  );
  assert.notEqual(files.length, 0);
  const compilerOptions = { strict: true, target: "es2022", module: "nodenext", types: ["node"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
}

test("every example of the page is of a kind that is run", () => {
  const languages = items.map(item => (item.kind === "example" ? item.language : "file"));
  assert.deepEqual([...new Set(languages)].sort(), ["file", "js", "lua"]);
});

test("the page has every function of both namespaces", () => {
  const definitions = readDefinitions(readFileSync(join(repository, "types/vulcan.lua"), "utf8"));
  const functions = [...definitions.functions.keys()].filter(path =>
    /^vulcan\.(sqlite|lancedb)\./.test(path),
  );
  assert.equal(functions.length, 25);
  for (const path of functions) assert.match(text, new RegExp(`\\b${path.split(".").at(-1)}\\b`), path);
});
