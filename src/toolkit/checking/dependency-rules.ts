// What is wrong with dependencies.yaml.

import { inspectDependencies } from "../../lifecycle/dependencies/manifest.js";
import type { PackageView } from "./package-view.js";
import { lineOfProblem, YamlPlaces } from "./yaml-places.js";

const file = "dependencies.yaml";
const rule = "dependencies";

export function checkDependencies(view: PackageView): void {
  if (!view.files.some(({ path }) => path === file)) return;
  const unreadable = view.problemOf(file);
  if (unreadable !== undefined) {
    view.report("error", rule, file, unreadable);
    return;
  }
  const text = view.text(file);
  const places = new YamlPlaces(text);
  for (const problem of inspectDependencies(text).problems) {
    view.report("error", rule, file, problem, lineOfProblem(places, problem));
  }
}
