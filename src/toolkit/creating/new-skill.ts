// A new skill from a template. It appears as a whole or not at all, and never over something that is there.

import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { SkillError } from "../../packages/errors.js";
import { identifierProblem } from "../../packages/identifier.js";

export interface NewSkill {
  skillId: string;
  template: Template;
  /** Absolute path of the folder of the skill. */
  dir: string;
  /** Paths inside it, forward slashes, in order. */
  files: string[];
}

const packageDir = fileURLToPath(new URL("../../../", import.meta.url));
const templatesDir = join(packageDir, "templates");
/** Names in the texts of templates, which are skills themselves. */
const templateId = "my-skill";
const templateModule = "my_skill";
const templateTitle = "My Skill";
/** How templates name the folder of schemas. */
const templateSchemas = "../../schemas/";
/** Where definitions and schemas go when the package is not installed beside the skill. */
const copiedDir = ".luaskills";

/** The folders of `templates/`. */
export const templates = ["minimal", "sqlite", "tool"] as const;

export type Template = (typeof templates)[number];

/**
 * Makes `<skillsDir>/<id>`.
 *
 * @throws SkillError `SKILL_REQUEST` for a name that is no id, or a folder that is there already
 */
export async function createSkill(skillsDir: string, id: string, template: Template): Promise<NewSkill> {
  const problem = identifierProblem("the name of a skill", id);
  if (problem !== undefined) throw refuse(problem);
  const dir = join(skillsDir, id);
  if (existsSync(dir)) throw refuse(`${dir} is there already; nothing was changed`);
  const texts = textsOf(template, id, dir);
  await mkdir(skillsDir, { recursive: true });
  const draft = join(skillsDir, `.new-${id}-${randomUUID()}`);
  try {
    for (const [path, text] of texts) {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), text);
    }
    await rename(draft, dir);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return { skillId: id, template, dir, files: texts.map(([path]) => path) };
}

/** The files of the new skill, with their texts. */
function textsOf(template: Template, id: string, dir: string): [path: string, text: string][] {
  const installed = installedPackage(dir);
  const support = installed === undefined ? copiedDir : relative(dir, installed).replaceAll(sep, "/");
  const own = filesBelow(join(templatesDir, template)).map((path): [string, string] => {
    const text = readFileSync(join(templatesDir, template, path), "utf8");
    // npm leaves files of this name out of packages.
    const name = path === "gitignore" ? ".gitignore" : path;
    return [
      name,
      name === "skill.yaml" ? personalise(pointToSchemas(text, support), id) : personalise(text, id),
    ];
  });
  const copied = installed === undefined ? ["schemas", "types"].flatMap(copyOf) : [];
  const settings = { "runtime.version": "LuaJIT", "workspace.library": [`${support}/types`] };
  const editor: [string, string] = [".luarc.json", `${JSON.stringify(settings, null, 2)}\n`];
  return [...own, editor, ...copied].sort(([a], [b]) => (a < b ? -1 : 1));
}

function pointToSchemas(manifest: string, support: string): string {
  return manifest.replace(templateSchemas, `${support}/schemas/`);
}

function personalise(text: string, id: string): string {
  const title = id
    .split("-")
    .filter(word => word !== "")
    .map(word => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
  return text
    .replaceAll(templateId, id)
    .replaceAll(templateModule, id.replaceAll("-", "_"))
    .replaceAll(templateTitle, title);
}

/** This package as a project around the skill has installed it. */
function installedPackage(dir: string): string | undefined {
  for (let folder = dirname(dir); ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", "luaskills");
    if (existsSync(join(candidate, "types", "vulcan.lua"))) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

function copyOf(folder: string): [path: string, text: string][] {
  return filesBelow(join(packageDir, folder)).map(path => [
    `${copiedDir}/${folder}/${path}`,
    readFileSync(join(packageDir, folder, path), "utf8"),
  ]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(path => statSync(join(folder, path)).isFile())
    .map(path => path.replaceAll(sep, "/"))
    .sort();
}

function refuse(message: string): SkillError {
  return new SkillError("SKILL_REQUEST", message);
}
