// What a manifest says, and what it leaves unsaid.

import { readFileSync } from "node:fs";
import type { Parameter } from "../../packages/input-schema.js";
import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import type { ManifestEntry, SkillManifest } from "../../packages/manifest.js";
import { parseYaml } from "../../packages/yaml.js";
import { ArgumentValidation } from "../../skills/argument-validation.js";
import type { Json } from "../../vm/index.js";
import { folderNameProblem } from "../skill-folder.js";
import type { PackageView } from "./package-view.js";
import { lineOfProblem } from "./yaml-places.js";

const schemaFile = new URL("../../../schemas/skill.schema.json", import.meta.url);
const rule = "manifest";

export function checkManifest(view: PackageView): void {
  const nameProblem = folderNameProblem(view.skill);
  if (nameProblem !== undefined) view.report("error", "folder", "", nameProblem);
  for (const problem of view.manifestProblems) {
    view.report("error", rule, "skill.yaml", problem, lineOf(view, problem));
  }
  checkKeys(view);
  if (view.manifest === "disabled") {
    view.report(
      "warning",
      rule,
      "skill.yaml",
      "enable: false: no host loads the skill",
      view.places.lineOf("enable"),
    );
  } else if (view.manifest !== undefined) {
    advise(view, view.manifest);
  }
}

function lineOf(view: PackageView, problem: string): number | undefined {
  const [, twice] = /^entry name (".*") is declared twice$/.exec(problem) ?? [];
  if (twice === undefined || view.manifest === undefined || view.manifest === "disabled") {
    return lineOfProblem(view.places, problem);
  }
  const index = view.manifest.entries.findLastIndex(({ name }) => JSON.stringify(name) === twice);
  return view.places.lineOf(`entries[${index}].name`);
}

/** Keys that nobody reads are allowed, and mostly misspelt. */
function checkKeys(view: PackageView): void {
  const { value } = parseYaml(view.manifestText);
  if (!isJsonObject(value ?? null)) return;
  const schema = JSON.parse(readFileSync(schemaFile, "utf8")) as JsonObject;
  const definitions = schema.definitions as JsonObject;
  const top = {
    ...(schema.properties as JsonObject),
    ...((definitions.skill as JsonObject).properties as JsonObject),
  };
  compareKeys(view, "", value as JsonObject, { properties: top }, definitions);
}

function compareKeys(
  view: PackageView,
  path: string,
  value: Json,
  described: JsonObject,
  definitions: JsonObject,
): void {
  const reference = typeof described.$ref === "string" ? described.$ref.split("/").at(-1) : undefined;
  // A schema of arguments may say anything.
  if (reference === "inputSchema") return;
  const schema = reference === undefined ? described : (definitions[reference] as JsonObject);
  if (Array.isArray(value) && isJsonObject(schema.items ?? null)) {
    value.forEach((item, index) => {
      compareKeys(view, `${path}[${index}]`, item, schema.items as JsonObject, definitions);
    });
  }
  if (!isJsonObject(value) || !isJsonObject(schema.properties ?? null)) return;
  const known = schema.properties as JsonObject;
  for (const [key, member] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (!Object.hasOwn(known, key)) {
      view.reportMember(
        "warning",
        "unknown-key",
        at,
        `no such key is read here; there are ${Object.keys(known).join(", ")}`,
      );
    } else {
      compareKeys(view, at, member, known[key] as JsonObject, definitions);
    }
  }
}

function advise(view: PackageView, manifest: SkillManifest): void {
  if (manifest.name.trim() === "") view.reportMember("advice", rule, "name", "people see no name");
  if (manifest.debug) {
    view.reportMember(
      "warning",
      rule,
      "debug",
      "true makes every call read and compile files anew; leave it out of releases",
    );
  }
  const modules = new Map<string, string>();
  manifest.entries.forEach((entry, index) => {
    const path = `entries[${index}]`;
    adviseEntry(view, manifest, entry, path);
    const other = modules.get(entry.luaModule);
    if (other !== undefined && entry.luaModule !== "") {
      view.reportMember("advice", rule, `${path}.lua_module`, `${other} has the same lua_module`);
    }
    modules.set(entry.luaModule, entry.name);
  });
  manifest.help.topics.forEach(({ name, description }, index) => {
    const path = `help.topics[${index}]`;
    if (name === "") view.reportMember("warning", "help", path, "a topic without a name cannot be asked for");
    if (description === "")
      view.reportMember("advice", "help", path, "no description: people choose pages by it");
  });
  if (manifest.help.main.file === "") {
    view.report(
      "advice",
      "help",
      "skill.yaml",
      "there is no main help page (help.main.file)",
      view.places.lineOf("help"),
    );
  }
}

const validation = new ArgumentValidation();

function adviseEntry(view: PackageView, manifest: SkillManifest, entry: ManifestEntry, path: string): void {
  const { name, description, help, inputSchema, parameters } = entry;
  if (description.trim() === "") {
    view.reportMember(
      "advice",
      "descriptions",
      path,
      `${name} has no description: people and models choose by it`,
    );
  }
  if (help !== "" && !manifest.help.topics.some(topic => topic.name === help)) {
    view.reportMember("warning", "help", `${path}.help`, `there is no help topic ${JSON.stringify(help)}`);
  }
  const problem = validation.schemaProblem(inputSchema);
  if (problem !== undefined) {
    view.reportMember(
      "error",
      "input-schema",
      `${path}.input_schema`,
      `no arguments can be checked against it: ${problem}`,
    );
  }
  parameters.forEach((parameter, index) => {
    adviseParameter(view, parameter, path, view.places.lineOf(`${path}.parameters[${index}]`));
  });
}

const schemaType = /^(?:string|number|integer|boolean|array|object|null)$/;

function adviseParameter(
  view: PackageView,
  { name, type, description }: Parameter,
  path: string,
  line: number | undefined,
): void {
  if (description.trim() === "") {
    view.report(
      "advice",
      "descriptions",
      "skill.yaml",
      `${path}: ${name} is not described: callers have to guess`,
      line,
    );
  }
  const types = type.split("|").map(word => word.trim());
  // What a schema derives is no type somebody wrote.
  if (!types.every(word => schemaType.test(word)) && !["union", "schema"].includes(type)) {
    view.report(
      "advice",
      "types",
      "skill.yaml",
      `${path}: type ${JSON.stringify(type)} of ${name} is none of JSON Schema; hosts admit any value`,
      line,
    );
  }
}
