import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { SkillEngine } from "luaskills";
import { repository, temporaryFolder } from "./skill-tree.js";

const fixtures = join(repository, "test", "fixtures");
let engine: SkillEngine;

before(async () => {
  engine = await SkillEngine.create({ callTimeoutMs: 60_000 });
  const report = await engine.load([{ name: "EXAMPLES", skillsDir: join(repository, "examples", "skills") }]);
  assert.deepEqual(report, {
    loaded: ["csv", "logs", "markdown", "project-memory", "text"],
    skipped: [],
    failed: [],
    kept: [],
  });
});

after(() => engine.close());

type Args = Record<string, string | number | boolean>;

async function run(name: string, args: Args): Promise<string> {
  const { content } = await engine.call(name, args);
  assert.equal(engine.callSync(name, args).content, content);
  return content;
}

test("every entry of the examples describes itself and its parameters", () => {
  for (const entry of engine.entries()) {
    assert.ok(entry.description.length > 20, entry.canonicalName);
    for (const parameter of entry.parameters) assert.ok(parameter.description.length > 5, parameter.name);
  }
});

const guide = `---
title: not counted
---
Guide to things
===============

Three words here, and a [good link](notes/deep.md#second-part), a [gone file](notes/none.md) and a
[gone anchor](#nowhere), \`[not a](link.md)\`, a [site](https://example.org/x.md) and ![a picture](missing.png "title").

## Setting up — "quickly"

\`\`\`sh
# not a heading
[not](a-link.md)
\`\`\`

### Details

One two three. See [above](#setting-up--quickly) and [the ref][ref].

[ref]: notes/gone.md

## Setting up — "quickly"

[second of that name](#setting-up--quickly-1) [third](#setting-up--quickly-2)
`;

const deep = `# Deep

## Second part ##

Text with [space](../a%20file.txt) and [folder](../notes).
`;

function documents(t: TestContext): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "notes"));
  writeFileSync(join(folder, "guide.md"), guide);
  writeFileSync(join(folder, "notes", "deep.md"), deep);
  writeFileSync(join(folder, "a file.txt"), "");
  return folder;
}

test("markdown-outline lists headings with lines and words, and the links that lead nowhere", async t => {
  const path = documents(t);
  const text = await run("markdown-outline", { path });
  assert.equal(
    text.replaceAll(`${path}/`, ""),
    [
      "guide.md: 44 words, 4 headings",
      "     4  Guide to things (44)",
      '    10    Setting up — "quickly" (12)',
      "    17      Details (9)",
      '    23    Setting up — "quickly" (8)',
      "",
      "notes/deep.md: 8 words, 2 headings",
      "     1  Deep (8)",
      "     3    Second part (7)",
      "",
      "5 broken links",
      "  guide.md:7: notes/none.md (no such file)",
      "  guide.md:8: #nowhere (no such heading)",
      "  guide.md:8: missing.png (no such file)",
      "  guide.md:21: notes/gone.md (no such file)",
      "  guide.md:25: #setting-up--quickly-2 (no such heading)",
      "",
      "Total: 2 files, 6 headings, 52 words",
    ].join("\n"),
  );
});

test("markdown-outline reads a single file, to a depth, without links", async t => {
  const text = await run("markdown-outline", {
    path: join(documents(t), "guide.md"),
    depth: 1,
    check_links: false,
  });
  assert.match(text, /Guide to things/);
  assert.doesNotMatch(text, /Setting up|broken|deep/);
});

test("markdown-outline works on the documents of this repository", async () => {
  const { content, overflowMode } = await engine.call("markdown-outline", { path: join(repository, "docs") });
  assert.match(content, /skills\.md: [\d,]+ words/);
  assert.match(content, /Building \(\d+\)/);
  assert.equal(overflowMode, "page");
});

test("csv-stats reads quotes, CRLF, a byte order mark and ragged rows", async () => {
  const text = await run("csv-stats", { path: join(fixtures, "tables", "orders.csv") });
  const rows = new Map(text.split("\n").map(line => [line.split(" ")[0], line.split(/ {2,}/).slice(1)]));
  assert.match(text, /orders\.csv: 4 rows, 6 columns, separated by semicolon\n/);
  assert.match(text, /Rows that do not have 6 fields: 1, the first in line 6/);
  assert.deepEqual(rows.get("id"), ["integer", "4", "0", "4", "1", "4", "2.5", "2.5", "1.29099"]);
  assert.deepEqual(rows.get("name"), ["text", "4", "0", "3", "3 bytes", "14 bytes"]);
  assert.deepEqual(rows.get("price"), ["number", "3", "1", "3", "-100", "7", "-29.8333", "3.5", "60.7913"]);
  assert.deepEqual(rows.get("day"), ["date", "4", "0", "3", "2023-01-02", "2024-02-02"]);
  assert.deepEqual(rows.get("sold"), ["boolean", "4", "0", "2"]);
  assert.match(text, /name: Ann \(2\), Bob "B"; Smith \(1\), Åsa \(1\)/);
});

test("csv-stats is exact over a large file, line breaks across blocks included", async t => {
  const path = join(temporaryFolder(t), "large.csv");
  const count = 50_001;
  const rows = Array.from({ length: count }, (_, i) => `${(i * 7919) % count},"value ""${i % 10}"", more"`);
  writeFileSync(path, `n,text\n${rows.join("\n")}\n`);
  const text = await run("csv-stats", { path, top: 1 });
  const deviation = Math.sqrt((count * (count + 1)) / 12).toFixed(2);
  assert.match(text, /: 50,001 rows, 2 columns/);
  assert.match(text, new RegExp(`n +integer +50001 +0 +10000\\+ +0 +50000 +25000 +25000 +${deviation}`));
  assert.match(text, /text: value "0", more \(5001\)/);
});

test("csv-stats takes tables without header, other delimiters and other encodings", async t => {
  assert.match(await run("csv-stats", { path: join(fixtures, "tables", "latin1.csv") }), /b: café \(1\)/);
  const path = join(temporaryFolder(t), "plain.txt");
  writeFileSync(path, "1\t2\n3\t4\n");
  assert.match(
    await run("csv-stats", { path, header: false, delimiter: "tab" }),
    /2 rows, 2 columns.*tab[\s\S]*column 1/,
  );
});

test("text-search shows matches with context and honours .gitignore", async t => {
  const folder = temporaryFolder(t);
  const files: Record<string, string> = {
    ".gitignore": "dist/\n*.log\n!kept.log\n/top.txt\nlib/**/skip.txt\n",
    "a.txt": "one\ntwo\nNeedle here\nfour\nfive\nsix\nneedle again\n",
    "dist/out.txt": "needle",
    "dropped.log": "needle",
    "kept.log": "needle in a log",
    "top.txt": "needle",
    "sub/top.txt": "a needle below",
    "lib/deep/er/skip.txt": "needle",
    "lib/skip.txt": "needle",
    "node_modules/m.txt": "needle",
    "binary.bin": "needle\0",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const text = await run("text-search", { text: "needle", path: folder, context: 1, ignore_case: true });
  assert.equal(
    text.replaceAll(`${folder}/`, ""),
    [
      '4 matching lines in 3 of 3 files for "needle"',
      "",
      "a.txt",
      "     2- two",
      "     3: Needle here",
      "     4- four",
      "      --",
      "     6- six",
      "     7: needle again",
      "",
      "kept.log",
      "     1: needle in a log",
      "",
      "sub/top.txt",
      "     1: a needle below",
    ].join("\n"),
  );
  const some = await run("text-search", {
    text: "needle",
    path: folder,
    limit: 1,
    include: "*.txt",
    ignore: "sub/",
  });
  assert.match(some, /^1 matching line in 1 of 1 files/);
});

test("text-search takes Lua patterns and says how many matches it does not show", async () => {
  const path = join(repository, "examples", "skills", "text", "runtime", "search.lua");
  const text = await run("text-search", {
    text: "^LOCAL%s+function",
    path,
    pattern: true,
    ignore_case: true,
    limit: 2,
    context: 0,
  });
  assert.match(text, /^\d+ matching lines in 1 of 1 files .*; the first 2 are shown/);
  assert.equal(text.match(/: local function/g)?.length, 2);
});

test("logs-summary understands plain, syslog and JSON lines", async () => {
  const text = await run("logs-summary", { path: join(fixtures, "logs", "mixed.txt") });
  assert.match(text, /mixed\.txt: 7 lines, 6 messages\n/);
  assert.match(text, / 2 {2}ERROR\n +2 {2}WARN\n +1 {2}INFO\n +1 {2}no level\n/);
  assert.match(text, /2 {2}ERROR {2}connection <n> lost to <ip>: "\.\.\." \(2\)/);
  assert.match(text, /1 {2}WARN {2}slow query <n> ms id <hex> \(6\)/);
  assert.match(text, /3 {2}2024-05-01 11:00/);
  const errors = await run("logs-summary", {
    path: join(fixtures, "logs", "mixed.txt"),
    level: "error",
    top: 1,
  });
  assert.match(errors, /7 lines, 2 messages/);
});

const mistakes: [name: string, args: Args, answer: RegExp][] = [
  ["markdown-outline", {}, /^error: path must name/],
  ["markdown-outline", { path: "/does/not/exist" }, /^error: there is no file or folder \/does\/not\/exist/],
  ["markdown-outline", { path: ".", depth: 9 }, /^error: depth must be/],
  ["csv-stats", {}, /^error: path must name/],
  ["csv-stats", { path: "/does/not/exist" }, /^error: cannot read/],
  ["csv-stats", { path: "/" }, /^error: \/ is a folder/],
  ["csv-stats", { path: "x", delimiter: "ab" }, /^error: delimiter must be one character/],
  ["text-search", {}, /^error: text must be/],
  ["text-search", { text: "(", pattern: true }, /^error: text is not a Lua pattern: /],
  ["text-search", { text: "x", path: "/does/not/exist" }, /^error: there is no file/],
  ["text-search", { text: "x", context: 99 }, /^error: context must be/],
  ["logs-summary", { path: "/does/not/exist" }, /^error: cannot read/],
  ["logs-summary", { path: "x", level: "loud" }, /^error: level must be/],
];

for (const [name, args, answer] of mistakes) {
  test(`${name} answers ${JSON.stringify(args)} with what to change`, async () => {
    assert.match(await run(name, args), answer);
  });
}
