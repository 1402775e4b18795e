// Reads the examples of a page of documentation, so that tests can run them.
//
// - A fenced block whose line before ends in a path and a colon (`` `skills/x/skill.yaml`: ``) is a file.
// - Any other block is an example.
// - A block of language `text` is what the example before it prints; `…` in it stands for anything within a line.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { repository } from "../skills/skill-tree.js";

export interface GuideFile {
  path: string;
  text: string;
  /** Of its first line in the page. */
  line: number;
}

export interface Example {
  language: string;
  code: string;
  /** What it prints; undefined where the page does not say. */
  output: string | undefined;
  line: number;
}

/** In the order of the page. */
export type GuideItem = ({ kind: "file" } & GuideFile) | ({ kind: "example" } & Example);

export function readGuide(page: string): GuideItem[] {
  const lines = readFileSync(join(repository, page), "utf8").split("\n");
  const items: GuideItem[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, fence = "", language] = /^(```+)(\w+)$/.exec(lines[at] ?? "") ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf(fence, at);
    assert.ok(end > at, `${page}:${at + 1}: the block does not end`);
    const code = lines
      .slice(at + 1, end)
      .map(line => `${line}\n`)
      .join("");
    const [, path] = /`([^`]+)`:$/.exec(lineBefore(lines, at)) ?? [];
    const last = items.at(-1);
    if (path !== undefined) {
      items.push({ kind: "file", path, text: code, line: at + 2 });
    } else if (language !== "text") {
      items.push({ kind: "example", language, code, output: undefined, line: at + 2 });
    } else {
      assert.ok(last?.kind === "example", `${page}:${at + 1}: output of no example`);
      last.output = code;
    }
    at = end;
  }
  return items;
}

function lineBefore(lines: readonly string[], at: number): string {
  for (let line = at - 1; line >= 0; line--) {
    const text = lines[line]?.trim();
    if (text) return text;
  }
  return "";
}

/** A folder inside the checkout, where the package resolves by its own name; gone when the test is over. */
export function guideFolder(t: TestContext): string {
  const folder = mkdtempSync(join(repository, "build", "guide-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeGuideFile(folder: string, { path, text }: GuideFile): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Variables with which a shell finds `luaskills` and this Node. */
export function guideEnvironment(folder: string): NodeJS.ProcessEnv {
  const bin = join(folder, ".bin");
  mkdirSync(bin);
  chmodSync(join(repository, "dist/cli/main.js"), 0o755);
  symlinkSync(join(repository, "dist/cli/main.js"), join(bin, "luaskills"));
  symlinkSync(process.execPath, join(bin, "node"));
  return { ...process.env, PATH: bin + delimiter + process.env.PATH };
}

/**
 * Writes the files of a page and runs its shell examples, in the order of the page.
 *
 * @param environment variables of the shell; by default one that finds `luaskills`
 */
export function runGuide(
  page: string,
  items: readonly GuideItem[],
  folder: string,
  environment: NodeJS.ProcessEnv = guideEnvironment(folder),
): void {
  // An outer test runner would make `node --test` its reporter.
  const { NODE_TEST_CONTEXT: _, ...env } = environment;
  for (const item of items) {
    if (item.kind === "file") writeGuideFile(folder, item);
    if (item.kind === "file" || item.language !== "sh") continue;
    const { status, stdout, stderr } = spawnSync("sh", ["-e", "-c", item.code], {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    const where = `${page}:${item.line}`;
    assert.equal(status, 0, `${where}\n${stdout}${stderr}`);
    if (item.output !== undefined) assertOutput(stdout, item.output, where);
  }
}

/** @param where for the message */
export function assertOutput(actual: string, expected: string, where: string): void {
  const pattern = expected
    .trimEnd()
    .split("…")
    .map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join("[^\\n]*");
  if (new RegExp(`^${pattern}\\s*$`).test(actual.trimEnd())) return;
  assert.equal(actual.trimEnd(), expected.trimEnd(), where);
}

/**
 * The examples, one after the other, are one program; each prints what the page says.
 *
 * @param ending what the program does at the end
 * @returns what it writes to the error stream
 */
export function assertProgram(folder: string, page: string, examples: Example[], ending = ""): string {
  const marked = examples.map(({ code, line }) => `${code}console.log("example ${line}");\n`);
  writeFileSync(join(folder, "program.mjs"), marked.join("") + ending);
  const { status, stdout, stderr } = spawnSync(process.execPath, ["program.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  let rest = stdout;
  for (const { line, output } of examples) {
    const marker = `example ${line}\n`;
    const end = rest.indexOf(marker);
    assert.notEqual(end, -1, `${page}:${line} did not run\n${stderr}`);
    assertOutput(rest.slice(0, end), output ?? "", `${page}:${line}`);
    rest = rest.slice(end + marker.length);
  }
  return stderr;
}
