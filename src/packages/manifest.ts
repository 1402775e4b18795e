// skill.yaml: from text to a validated manifest. Every problem of a file is collected, so that an author fixes them in
// one go; keys nobody knows are tolerated, so that packages written for newer runtimes still load.

import type { Json } from "../vm/index.js";
import { type EntryAnnotations, readAnnotations } from "./annotations.js";
import { type DatabaseBlock, readDatabaseBlock } from "./database-block.js";
import { SkillError } from "./errors.js";
import { Fields } from "./fields.js";
import { type HelpBlock, readHelpBlock } from "./help-block.js";
import { identifierProblem } from "./identifier.js";
import {
  inputSchemaProblems,
  type Parameter,
  parametersFromSchema,
  schemaFromParameters,
} from "./input-schema.js";
import { isJsonObject, type JsonObject } from "./json-object.js";
import { packagePath } from "./package-path.js";
import { versionProblem } from "./version.js";
import { parseYaml } from "./yaml.js";

export interface SkillManifest {
  /** Display name; the identity of a skill is its folder name. */
  name: string;
  version: string;
  /** True: entry files are read and compiled anew on every call of a host, for people who work on them. */
  debug: boolean;
  sqlite: DatabaseBlock;
  lancedb: DatabaseBlock;
  /** In the order of the file, at least one. */
  entries: ManifestEntry[];
  help: HelpBlock;
}

export interface ManifestEntry {
  name: string;
  description: string;
  /** Path of the Lua file inside the package, forward slashes, under `runtime/`. */
  luaEntry: string;
  luaModule: string;
  /** Name of the help topic that the entry belongs to, or "". */
  help: string;
  parameters: Parameter[];
  inputSchema: JsonObject;
  /** Absent when the manifest says nothing. */
  annotations?: EntryAnnotations;
}

/** Reads a file of the package by its path with forward slashes. */
export type ReadPackageFile = (path: string) => { text: string } | { problem: string };

const slowSqliteMs = 500;
const slowLancedbMs = 800;

/**
 * Parses and validates the text of a `skill.yaml`.
 *
 * @param readFile gives the schema files that entries name
 * @returns the manifest; `"disabled"` when it says `enable: false`, whatever else it says: people switch a skill off while
 *   they still write it
 * @throws SkillError `SKILL_MANIFEST` naming every problem found
 */
export function parseManifest(text: string, readFile: ReadPackageFile): SkillManifest | "disabled" {
  const { manifest, problems } = inspectManifest(text, readFile);
  if (manifest === undefined || problems.length > 0) {
    throw new SkillError("SKILL_MANIFEST", `skill.yaml: ${problems.join("; ")}`);
  }
  return manifest;
}

/**
 * As `parseManifest`, for those who want every problem by itself.
 *
 * @returns what could be read of the manifest, undefined where there is nothing to read, and what is wrong: most problems begin with
 *   the path of the member, such as `entries[0].lua_entry`
 */
export function inspectManifest(
  text: string,
  readFile: ReadPackageFile,
): { manifest: SkillManifest | "disabled" | undefined; problems: string[] } {
  const document = parseYaml(text);
  if (document.problem !== undefined) {
    return { manifest: undefined, problems: [`not valid YAML: ${document.problem}`] };
  }
  if (!isJsonObject(document.value)) {
    return { manifest: undefined, problems: ["must be a mapping with name, version and entries"] };
  }
  const problems: string[] = [];
  if (Object.hasOwn(document.value, "skill_id")) {
    problems.push("skill_id must not be declared; the folder name is the id of the skill");
  }
  const fields = new Fields(document.value, "", problems);
  const enable = fields.flag("enable", true);
  const manifest = enable ? readManifest(fields, readFile) : "disabled";
  return { manifest, problems };
}

function readManifest(fields: Fields, readFile: ReadPackageFile): SkillManifest {
  const name = fields.text("name") ?? "";
  const version = fields.text("version")?.trim();
  if (version !== undefined) fields.report(versionProblem("version", version));
  return {
    name,
    version: version ?? "",
    debug: fields.flag("debug", false),
    sqlite: readDatabaseBlock(fields, "sqlite", slowSqliteMs),
    lancedb: readDatabaseBlock(fields, "lancedb", slowLancedbMs),
    entries: readEntries(fields, readFile),
    help: readHelpBlock(fields),
  };
}

function readEntries(fields: Fields, readFile: ReadPackageFile): ManifestEntry[] {
  const declared = fields.value("entries") ?? [];
  if (Array.isArray(declared) && declared.length === 0) {
    fields.report("entries must declare at least one entry");
  }
  const entries = fields.mappings("entries").map(entry => readEntry(entry, readFile));
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (name !== "" && seen.has(name)) fields.report(`entry name ${JSON.stringify(name)} is declared twice`);
    seen.add(name);
  }
  return entries;
}

function readEntry(entry: Fields, readFile: ReadPackageFile): ManifestEntry {
  const name = entry.text("name")?.trim();
  if (name !== undefined) entry.report(identifierProblem(entry.label("name"), name));
  const luaModule = entry.text("lua_module")?.trim();
  if (luaModule === "") entry.report(`${entry.label("lua_module")} must not be empty`);
  const written = entry.text("lua_entry");
  const checked =
    written === undefined ? undefined : packagePath(entry.label("lua_entry"), "runtime", written);
  entry.report(checked?.problem);
  const declared = entry.mappings("parameters").map(readParameter);
  const schema = readSchema(entry, readFile);
  const annotations = readAnnotations(entry);
  return {
    name: name ?? "",
    description: entry.optionalText("description"),
    luaEntry: checked?.path ?? "",
    luaModule: luaModule ?? "",
    help: entry.optionalText("help").trim(),
    parameters: declared.length === 0 && schema !== undefined ? parametersFromSchema(schema) : declared,
    inputSchema: schema ?? schemaFromParameters(declared),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function readParameter(parameter: Fields): Parameter {
  return {
    name: parameter.text("name") ?? "",
    type: parameter.text("type") ?? "",
    description: parameter.text("description") ?? "",
    required: parameter.flag("required", false),
  };
}

/** The declared schema of an entry; undefined when there is none, or after a problem. */
function readSchema(entry: Fields, readFile: ReadPackageFile): JsonObject | undefined {
  const inline = entry.value("input_schema");
  const file = entry.optionalText("input_schema_file");
  if (file.trim() === "") {
    return inline === undefined ? undefined : checkSchema(entry, "input_schema", inline);
  }
  if (inline !== undefined) {
    entry.report(
      `${entry.label("input_schema")} and ${entry.label("input_schema_file")} must not both be declared`,
    );
    return undefined;
  }
  const loaded = readSchemaFile(entry.label("input_schema_file"), file, readFile);
  if ("problem" in loaded) {
    entry.report(loaded.problem);
    return undefined;
  }
  return checkSchema(entry, "input_schema_file", loaded.value);
}

function checkSchema(entry: Fields, key: string, schema: Json): JsonObject | undefined {
  const problems = inputSchemaProblems(entry.label(key), schema);
  for (const problem of problems) entry.report(problem);
  return problems.length === 0 && isJsonObject(schema) ? schema : undefined;
}

function readSchemaFile(
  label: string,
  written: string,
  readFile: ReadPackageFile,
): { value: Json } | { problem: string } {
  const checked = packagePath(label, "schemas", written);
  if (checked.problem !== undefined) return { problem: checked.problem };
  const file = readFile(checked.path);
  if ("problem" in file) return { problem: `${label} ${checked.path}: ${file.problem}` };
  try {
    return { value: JSON.parse(file.text) };
  } catch (error) {
    return { problem: `${label} ${checked.path}: not valid JSON: ${(error as Error).message}` };
  }
}
