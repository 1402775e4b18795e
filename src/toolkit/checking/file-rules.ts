// The files of a skill: those that are named and not there, and those that are there and that nothing names.

import { basename } from "node:path";
import type { SkillManifest } from "../../packages/manifest.js";
import { literal } from "../literal.js";
import type { PackageView } from "./package-view.js";

export function checkFiles(view: PackageView): void {
  for (const { path, kind } of view.files) {
    if (kind === "link") view.report("error", "links", path, "is a link, which cannot be packed");
    if (kind === "other") view.report("error", "links", path, "is no regular file");
  }
  if (view.manifest === undefined) return;
  checkNamedFiles(view, view.manifest);
  checkUnusedFiles(view, view.manifest);
  checkTemplates(view);
  if (view.below("tests", ".lua").length === 0) {
    view.report("advice", "tests", "", "there are no tests: `luaskills test` runs tests/*.lua");
  }
}

function checkNamedFiles(view: PackageView, { entries, help }: SkillManifest): void {
  const named = [
    ...entries.map(({ luaEntry }, index) => [`entries[${index}].lua_entry`, luaEntry] as const),
    ["help.main.file", help.main.file] as const,
    ...help.topics.map(({ file }, index) => [`help.topics[${index}].file`, file] as const),
  ];
  for (const [path, file] of named) {
    const problem = file === "" ? undefined : view.problemOf(file);
    if (problem !== undefined) view.reportMember("error", "missing-files", path, `${file}: ${problem}`);
  }
}

function checkUnusedFiles(view: PackageView, { entries, help }: SkillManifest): void {
  const entryFiles = new Set(entries.map(({ luaEntry }) => luaEntry));
  for (const path of view.below("runtime", ".lua")) {
    if (entryFiles.has(path) || isMentioned(view, path)) continue;
    view.report("advice", "unused-files", path, "nothing of the skill seems to load it");
  }
  const pages = new Set([help.main.file, ...help.topics.map(({ file }) => file)]);
  for (const { path } of view.files) {
    const isPage = path.startsWith("help/") && !pages.has(path) && !isMentioned(view, path);
    const isSchema =
      path.startsWith("schemas/") && path.endsWith(".json") && !view.manifestText.includes(path);
    if (isPage || (isSchema && !isMentioned(view, path))) {
      view.report("advice", "unused-files", path, "the manifest does not name it");
    }
  }
}

/** How results name a template for pages: `return text, "page", "summary"`. */
const templateHint = /(?:["']page["']|overflow_type\.page)\s*,\s*["']([^"'\n]+)["']/g;

function checkTemplates(view: PackageView): void {
  const hinted = new Set<string>();
  for (const path of view.below("runtime", ".lua")) {
    const lines = view.text(path).split("\n");
    lines.forEach((line, index) => {
      for (const [, name = ""] of line.matchAll(templateHint)) {
        // Hosts trim the name.
        const file = `overflow_templates/${name.replaceAll(/\\[nrt]/g, " ").trim()}.md`;
        hinted.add(file);
        if (view.problemOf(file) === undefined) continue;
        view.report("warning", "missing-files", path, `there is no template ${file}`, index + 1);
      }
    });
  }
  for (const path of view.below("overflow_templates", ".md")) {
    if (hinted.has(path) || isMentioned(view, path)) continue;
    view.report("advice", "unused-files", path, "no result seems to name this template");
  }
}

/** True if a Lua file of the skill has the name of the file in a text, with or without its extension. */
function isMentioned(view: PackageView, path: string): boolean {
  const stem = basename(path).replace(/\.[^.]*$/, "");
  const mention = new RegExp(`["'\\]/\\\\.[]${literal(stem)}(?:\\.\\w+)?["'\\]]`);
  return view.luaFiles.some(file => file !== path && mention.test(view.text(file)));
}
