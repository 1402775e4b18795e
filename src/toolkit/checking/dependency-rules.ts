// dependencies.yaml against its schema.

import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject } from "ajv";
import { parseYaml } from "../../packages/yaml.js";
import type { PackageView } from "./package-view.js";
import { YamlPlaces } from "./yaml-places.js";

const file = "dependencies.yaml";
const schemaFile = new URL(`../../../schemas/dependencies.schema.json`, import.meta.url);
const rule = "dependencies";

export function checkDependencies(view: PackageView): void {
  if (!view.files.some(({ path }) => path === file)) return;
  const unreadable = view.problemOf(file);
  if (unreadable !== undefined) {
    view.report("error", rule, file, unreadable);
    return;
  }
  const text = view.text(file);
  const { value, problem } = parseYaml(text);
  if (problem !== undefined) {
    const [, line] = /\(line (\d+), column \d+\)$/.exec(problem) ?? [];
    view.report(
      "error",
      rule,
      file,
      `not valid YAML: ${problem}`,
      line === undefined ? undefined : Number(line),
    );
    return;
  }
  const validate = new Ajv({ allErrors: true, strict: false }).compile(
    JSON.parse(readFileSync(schemaFile, "utf8")),
  );
  if (validate(value)) return;
  const places = new YamlPlaces(text);
  const seen = new Set<string>();
  for (const error of (validate.errors ?? []).filter(isOwn)) {
    const path = pathOf(error.instancePath);
    const message = `${path === "" ? "" : `${path}: `}${describe(error)}`;
    if (seen.has(message)) continue;
    seen.add(message);
    view.report("error", rule, file, message, places.lineOf(path));
  }
}

/** That a branch of the schema did not fit says nothing; what is wrong in it has an error of its own. */
function isOwn({ keyword }: ErrorObject): boolean {
  return keyword !== "if";
}

function describe({ keyword, params, message }: ErrorObject): string {
  if (keyword === "enum") {
    const words = (params.allowedValues as unknown[]).filter(word => word !== null);
    return `must be one of ${words.join(", ")}`;
  }
  if (keyword === "type") {
    const types = [params.type as string | string[]].flat().filter(type => type !== "null");
    return `must be of type ${types.join(" or ")}`;
  }
  if (keyword === "required") return `${params.missingProperty} is missing`;
  return message ?? "is not valid";
}

/** `/tool_dependencies/0/name` as `tool_dependencies[0].name`. */
function pathOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map(step => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce(
      (path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === "" ? step : `${path}.${step}`),
      "",
    );
}
