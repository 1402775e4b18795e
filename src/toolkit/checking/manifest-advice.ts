// What a sound manifest leaves unsaid, or says in vain.

import type { Parameter } from "../../packages/input-schema.js";
import type { ManifestEntry, SkillManifest } from "../../packages/manifest.js";
import { ArgumentValidation } from "../../skills/argument-validation.js";
import type { PackageView } from "./package-view.js";

const rule = "manifest";

export function adviseManifest(view: PackageView, manifest: SkillManifest): void {
  const validation = new ArgumentValidation();
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
    adviseEntry(view, manifest, entry, path, validation);
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

function adviseEntry(
  view: PackageView,
  { help: { topics } }: SkillManifest,
  entry: ManifestEntry,
  path: string,
  validation: ArgumentValidation,
): void {
  const { name, description, help, inputSchema, parameters } = entry;
  if (description.trim() === "") {
    view.reportMember(
      "advice",
      "descriptions",
      path,
      `${name} has no description: people and models choose by it`,
    );
  }
  if (help !== "" && !topics.some(topic => topic.name === help)) {
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
