// Everything that can be said about a skill without calling it.

import type { Json } from "../../index.js";
import { SkillSandbox } from "../sandbox.js";
import type { SkillFolder } from "../skill-folder.js";
import { checkDependencies } from "./dependency-rules.js";
import { type Diagnostic, placeInMessage, type Severity, sortDiagnostics } from "./diagnostic.js";
import { checkFiles } from "./file-rules.js";
import { checkLua } from "./lua-rules.js";
import { checkManifest } from "./manifest-rules.js";
import { PackageView } from "./package-view.js";

export interface CheckResult {
  skillId: string;
  /** Absolute path of the skill. */
  dir: string;
  /** Undefined where the manifest does not say. */
  version: string | undefined;
  diagnostics: Diagnostic[];
  counts: { [Level in Severity]: number };
}

export async function checkSkill(skill: SkillFolder): Promise<CheckResult> {
  const view = new PackageView(skill);
  checkManifest(view);
  checkFiles(view);
  checkDependencies(view);
  await using sandbox = await SkillSandbox.open(skill, "none");
  checkLua(view, await globalsOf(sandbox));
  if (view.manifest !== "disabled" && !view.diagnostics.some(({ severity }) => severity === "error")) {
    checkLoad(view, await sandbox.load(), sandbox);
    checkDatabases(view);
  }
  return resultOf(view);
}

function resultOf({ skill, manifest, diagnostics }: PackageView): CheckResult {
  const count = (level: Severity) => diagnostics.filter(({ severity }) => severity === level).length;
  return {
    skillId: skill.id,
    dir: skill.dir,
    version: manifest === "disabled" ? undefined : manifest?.version,
    diagnostics: sortDiagnostics(diagnostics),
    counts: { error: count("error"), warning: count("warning"), advice: count("advice") },
  };
}

/** The names that every VM of skills has. */
async function globalsOf({ engine }: SkillSandbox): Promise<ReadonlySet<string>> {
  const names = await engine.runLua(`
    local names = {}
    for name in pairs(getmetatable(_G).__index) do
      names[#names + 1] = name
    end
    return names
  `);
  return new Set(["_G", ...(names as Json[]).map(String)]);
}

/** @param problem as `SkillSandbox.load` gives it */
function checkLoad(view: PackageView, problem: string | undefined, sandbox: SkillSandbox): void {
  for (const part of problem?.split(/; (?=entry [a-z0-9-]+: )/) ?? []) {
    const message = sandbox.relocate(part);
    const place = placeInMessage(view.skill.id, message);
    const [, entry] = /^entry ([a-z0-9-]+): /.exec(message) ?? [];
    const index =
      view.manifest === undefined || view.manifest === "disabled"
        ? -1
        : view.manifest.entries.findIndex(({ name }) => name === entry);
    if (place !== undefined) {
      view.report(
        "error",
        "load",
        place.file,
        `${entry === undefined ? "" : `entry ${entry}: `}${place.rest}`,
        place.line,
      );
    } else {
      view.report("error", "load", "skill.yaml", message, view.places.lineOf(`entries[${index}]`));
    }
  }
}

function checkDatabases(view: PackageView): void {
  if (view.manifest === undefined || view.manifest === "disabled") return;
  for (const kind of ["sqlite", "lancedb"] as const) {
    const { enable } = view.manifest[kind];
    const use = new RegExp(`\\bvulcan\\s*\\.\\s*${kind}\\b`);
    const user = view.below("runtime", ".lua").find(path => use.test(view.text(path)));
    if (enable && user === undefined) {
      view.reportMember("advice", "databases", kind, `no file in runtime/ uses vulcan.${kind}`);
    } else if (!enable && user !== undefined) {
      const line =
        view
          .text(user)
          .split("\n")
          .findIndex(text => use.test(text)) + 1;
      view.report(
        "warning",
        "databases",
        user,
        `uses vulcan.${kind}, which the manifest does not enable`,
        line,
      );
    }
  }
}
