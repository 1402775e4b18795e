// What is wrong with a manifest, and keys in it that nobody reads.

import { readFileSync } from "node:fs";
import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import { parseYaml } from "../../packages/yaml.js";
import type { Json } from "../../vm/index.js";
import { folderNameProblem } from "../skill-folder.js";
import { adviseManifest } from "./manifest-advice.js";
import type { PackageView } from "./package-view.js";
import { lineOfProblem } from "./yaml-places.js";

const schemaFile = new URL("../../../schemas/skill.schema.json", import.meta.url);
const rule = "manifest";
/** The schema has it to refuse it. */
const forbiddenKey = "skill_id";

export function checkManifest(view: PackageView): void {
  const nameProblem = folderNameProblem(view.skill);
  if (nameProblem !== undefined) view.report("error", "folder", "", nameProblem);
  for (const problem of view.manifestProblems) {
    view.report("error", rule, "skill.yaml", problem, lineOf(view, problem));
  }
  checkKeys(view);
  if (view.disabled) {
    view.report(
      "warning",
      rule,
      "skill.yaml",
      "enable: false: no host loads the skill",
      view.places.lineOf("enable"),
    );
  } else if (view.manifest !== undefined) {
    adviseManifest(view, view.manifest);
  }
}

function lineOf(view: PackageView, problem: string): number | undefined {
  const [, twice] = /^entry name (".*") is declared twice$/.exec(problem) ?? [];
  if (twice === undefined || view.manifest === undefined) {
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
  const allowed = Object.keys(known).filter(key => key !== forbiddenKey);
  for (const [key, member] of Object.entries(value)) {
    const at = path === "" ? key : `${path}.${key}`;
    if (!Object.hasOwn(known, key)) {
      view.reportMember(
        "warning",
        "unknown-key",
        at,
        `no such key is read here; there are ${allowed.join(", ")}`,
      );
    } else {
      compareKeys(view, at, member, known[key] as JsonObject, definitions);
    }
  }
}
