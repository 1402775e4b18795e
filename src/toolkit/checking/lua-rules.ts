// The Lua files of a skill: do they compile, and do they use globals that nobody has set.

import { readFileSync } from "node:fs";
import { LuaError, LuaVm } from "../../vm/index.js";
import type { PackageView } from "./package-view.js";

/** Globals of test files (testing/suite.lua). */
const testGlobals = new Set(
  "describe it before_all after_all before_each after_each expect fail fixture temp_dir skill".split(" "),
);

interface Mention {
  name: string;
  line: number;
}

interface Globals {
  reads: Mention[];
  writes: Mention[];
}

const program = readFileSync(new URL("globals.lua", import.meta.url), "utf8");

/** @param known globals that every VM has */
export function checkLua(view: PackageView, known: ReadonlySet<string>): void {
  using vm = new LuaVm();
  const globals = new Map<string, Globals>();
  for (const path of view.luaFiles) {
    if (!checkSyntax(view, vm, path)) continue;
    globals.set(path, vm.evalSync(program, { source: sourceOf(view, path) }) as unknown as Globals);
  }
  const written = new Set([...globals.values()].flatMap(({ writes }) => writes.map(({ name }) => name)));
  for (const [path, { reads, writes }] of globals) {
    // Such a file makes globals of its own by other means.
    if ([...reads, ...writes].some(({ name }) => name === "setfenv")) continue;
    const isTest = path.startsWith("tests/");
    const isKnown = (name: string) =>
      known.has(name) ||
      written.has(name) ||
      (isTest && testGlobals.has(name)) ||
      isSetThroughTable(view, name);
    for (const { name, line } of firstOfEach(reads)) {
      if (!isKnown(name)) view.report("warning", "globals", path, `undefined global ${name}`, line);
    }
    for (const { name, line } of firstOfEach(writes)) {
      view.report(
        "advice",
        "globals",
        path,
        `assigns the global ${name}, which every file of the skill shares; is it local?`,
        line,
      );
    }
  }
}

/** @returns whether the file compiles */
function checkSyntax(view: PackageView, vm: LuaVm, path: string): boolean {
  const problem = view.problemOf(path);
  if (problem !== undefined) {
    view.report("error", "lua-syntax", path, problem);
    return false;
  }
  try {
    vm.check(sourceOf(view, path), `@${path}`);
    return true;
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    const message = error.message.replace(/^[^\n]*?:\d+: /, "");
    view.report("error", "lua-syntax", path, message, error.line);
    return false;
  }
}

/** As the runtime reads files: a first line for the shell is none of Lua's. */
function sourceOf(view: PackageView, path: string): string {
  return view.text(path).replace(/^#/, "--#");
}

function isSetThroughTable(view: PackageView, name: string): boolean {
  const assigned = new RegExp(
    `\\b_G\\s*(?:\\.\\s*${name}\\b|\\[\\s*["']${name}["'])|rawset\\s*\\(\\s*_G\\s*,\\s*["']${name}["']`,
  );
  return view.luaFiles.some(file => assigned.test(view.text(file)));
}

function firstOfEach(mentions: readonly Mention[]): Mention[] {
  const first = new Map<string, Mention>();
  for (const mention of mentions) {
    const known = first.get(mention.name);
    if (known === undefined || mention.line < known.line) first.set(mention.name, mention);
  }
  return [...first.values()];
}
