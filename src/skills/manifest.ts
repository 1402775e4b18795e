// skill.yaml: from text to a validated manifest. Every problem of a file is collected, so that an author fixes them in
// one go; keys nobody knows are tolerated, so that packages written for newer runtimes still load.

import { parseDocument } from "yaml";
import type { Json } from "../vm/index.js";
import { SkillError } from "./errors.js";
import { identifierProblem } from "./identifier.js";
import {
  inputSchemaProblem,
  isJsonObject,
  type JsonObject,
  type Parameter,
  parametersFromSchema,
  schemaFromParameters,
} from "./input-schema.js";
import { packagePath } from "./package-path.js";
import { versionProblem } from "./version.js";

export interface SkillManifest {
  /** Display name; the identity of a skill is its folder name. */
  name: string;
  version: string;
  /** False: the skill is not loaded, and hides copies in later roots all the same; the rest is blank then. */
  enable: boolean;
  entries: ManifestEntry[];
}

export interface ManifestEntry {
  name: string;
  description: string;
  /** Path of the Lua file inside the package, forward slashes, under `runtime/`. */
  luaEntry: string;
  luaModule: string;
  parameters: Parameter[];
  inputSchema: JsonObject;
}

/**
 * Parses and validates the text of a `skill.yaml`.
 *
 * @throws SkillError `SKILL_MANIFEST` naming every problem found
 */
export function parseManifest(text: string): SkillManifest {
  const document = parseDocument(text, { prettyErrors: true });
  const syntaxError = document.errors[0];
  if (syntaxError) refuse([`not valid YAML: ${syntaxError.message.split("\n", 1)[0]?.replace(/:$/, "")}`]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    refuse([`not valid YAML: ${(error as Error).message}`]);
  }
  if (!isJsonObject(value)) refuse(["must be a mapping with name, version and entries"]);
  const problems: string[] = [];
  const manifest = readManifest(value, problems);
  if (problems.length > 0) refuse(problems);
  return manifest;
}

function refuse(problems: string[]): never {
  throw new SkillError("SKILL_MANIFEST", `skill.yaml: ${problems.join("; ")}`);
}

function readManifest(raw: JsonObject, problems: string[]): SkillManifest {
  if ("skill_id" in raw)
    problems.push("skill_id must not be declared; the folder name is the id of the skill");
  const enable = readBoolean(raw, "enable", "enable", true, problems);
  // People switch a skill off while they still write it, so nothing else of it is looked at.
  if (!enable) return { name: "", version: "", enable, entries: [] };
  const name = readString(raw, "name", "name", problems);
  const version = readString(raw, "version", "version", problems)?.trim();
  if (version !== undefined) note(problems, versionProblem("version", version));
  const entries = readEntries(raw.entries, problems);
  return { name: name ?? "", version: version ?? "", enable, entries };
}

function readEntries(raw: Json | undefined, problems: string[]): ManifestEntry[] {
  const list = readList(raw, "entries", problems);
  if (list.length === 0 && (raw === undefined || Array.isArray(raw))) {
    problems.push("entries must declare at least one entry");
  }
  const entries = list.map((item, index) => readEntry(item, `entries[${index}]`, problems));
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (name !== "" && seen.has(name)) problems.push(`entry name ${JSON.stringify(name)} is declared twice`);
    seen.add(name);
  }
  return entries;
}

function readEntry(raw: Json, where: string, problems: string[]): ManifestEntry {
  if (!isJsonObject(raw)) {
    problems.push(`${where} must be a mapping`);
    return { name: "", description: "", luaEntry: "", luaModule: "", parameters: [], inputSchema: {} };
  }
  const name = readString(raw, "name", `${where}.name`, problems)?.trim() ?? "";
  if (typeof raw.name === "string") note(problems, identifierProblem(`${where}.name`, name));
  const description = readOptionalString(raw, "description", `${where}.description`, problems);
  const luaModule = readString(raw, "lua_module", `${where}.lua_module`, problems)?.trim();
  if (luaModule === "") problems.push(`${where}.lua_module must not be empty`);
  const written = readString(raw, "lua_entry", `${where}.lua_entry`, problems);
  const checked = written === undefined ? undefined : packagePath(`${where}.lua_entry`, "runtime", written);
  note(problems, checked?.problem);
  const declared = readParameters(raw.parameters, `${where}.parameters`, problems);
  const schema = readSchema(raw, where, problems);
  return {
    name,
    description,
    luaEntry: checked?.path ?? "",
    luaModule: luaModule ?? "",
    parameters: declared.length === 0 && schema ? parametersFromSchema(schema) : declared,
    inputSchema: schema ?? schemaFromParameters(declared),
  };
}

function readSchema(raw: JsonObject, where: string, problems: string[]): JsonObject | undefined {
  const schema = raw.input_schema;
  if (schema === undefined || schema === null) return undefined;
  const problem = inputSchemaProblem(`${where}.input_schema`, schema);
  note(problems, problem);
  return problem === undefined ? (schema as JsonObject) : undefined;
}

function readParameters(raw: Json | undefined, where: string, problems: string[]): Parameter[] {
  const parameters = readList(raw, where, problems).map((item, index) => {
    const label = `${where}[${index}]`;
    if (!isJsonObject(item)) {
      problems.push(`${label} must be a mapping`);
      return { name: "", type: "", description: "", required: false };
    }
    return {
      name: readString(item, "name", `${label}.name`, problems) ?? "",
      type: readString(item, "type", `${label}.type`, problems) ?? "",
      description: readString(item, "description", `${label}.description`, problems) ?? "",
      required: readBoolean(item, "required", `${label}.required`, false, problems),
    };
  });
  return parameters;
}

function note(problems: string[], problem: string | undefined): void {
  if (problem !== undefined) problems.push(problem);
}

function readString(raw: JsonObject, key: string, label: string, problems: string[]): string | undefined {
  const value = raw[key];
  if (typeof value === "string") return value;
  problems.push(
    value === undefined ? `${label} is missing` : `${label} must be a string, got ${describe(value)}`,
  );
  return undefined;
}

function readOptionalString(raw: JsonObject, key: string, label: string, problems: string[]): string {
  const value = raw[key];
  if (value === undefined) return "";
  return readString(raw, key, label, problems) ?? "";
}

function readBoolean(
  raw: JsonObject,
  key: string,
  label: string,
  fallback: boolean,
  problems: string[],
): boolean {
  const value = raw[key];
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  problems.push(`${label} must be true or false, got ${describe(value)}`);
  return fallback;
}

function readList(value: Json | undefined, label: string, problems: string[]): Json[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  problems.push(`${label} must be a list, got ${describe(value)}`);
  return [];
}

function describe(value: Json): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : `${typeof value} ${JSON.stringify(value)}`;
}
