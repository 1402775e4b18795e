// The pages of docs/: what they link to exists, and the programs of those without a test of their own print what they say.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { repository } from "../skills/skill-tree.js";
import { assertOutput, guideFolder, readGuide } from "./guide.js";

const pages = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(join(repository, "docs"), { recursive: true })
    .map(name => join("docs", String(name)))
    .filter(name => name.endsWith(".md"))
    .sort(),
];

/** The text of a page without its code. */
function prose(page: string): string {
  return readFileSync(join(repository, page), "utf8").replace(/^(```+).*?^\1$/gms, "");
}

/** The anchors that headings get on GitHub. */
function anchors(page: string): Set<string> {
  const headings = [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading as string);
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replace(/[^\p{Letter}\p{Number} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

for (const page of pages) {
  test(`${page} links to what exists`, () => {
    for (const [, target = ""] of prose(page).matchAll(/\]\(((?!https?:)[^)\s]+)\)/g)) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(repository, file)), `${target} does not exist`);
      if (anchor === undefined) continue;
      assert.ok(
        statSync(join(repository, file)).isFile() && anchors(file).has(anchor),
        `${target}: no such heading`,
      );
    }
  });
}

const guides = [
  "docs/agent-terminal.md",
  "docs/agent.md",
  "docs/databases.md",
  "docs/dependencies.md",
  "docs/host-guide.md",
  "docs/lifecycle.md",
  "docs/mcp.md",
  "docs/skill-author-guide.md",
];

for (const page of pages.filter(name => name.startsWith("docs/") && !guides.includes(name))) {
  const programs = readGuide(page).filter(
    item => item.kind === "example" && (item.language === "js" || item.language === "ts"),
  );
  for (const program of programs) {
    test(`the program in ${page}, line ${program.line}, prints what the page says`, t => {
      assert.ok(program.kind === "example");
      const file = join(guideFolder(t), "program.mjs");
      writeFileSync(file, program.code);
      const { status, stdout, stderr } = spawnSync(process.execPath, [file], {
        cwd: repository,
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      assertOutput(stdout, program.output ?? "", `${page}:${program.line}`);
    });
  }
}
