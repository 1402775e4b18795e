// Everything that can be said about a skill without calling it.

import type { Json } from "../../index.js";
import { SkillSandbox } from "../sandbox.js";
import type { SkillFolder } from "../skill-folder.js";
import { checkDatabases } from "./database-rules.js";
import { checkDependencies } from "./dependency-rules.js";
import { type Diagnostic, type Severity, sortDiagnostics } from "./diagnostic.js";
import { checkFiles } from "./file-rules.js";
import { checkLoad } from "./load-rules.js";
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
  if (view.manifest !== undefined && !view.diagnostics.some(({ severity }) => severity === "error")) {
    await checkLoad(view, sandbox);
    checkDatabases(view, view.manifest);
  }
  return resultOf(view);
}

function resultOf({ skill, manifest, diagnostics }: PackageView): CheckResult {
  const count = (level: Severity) => diagnostics.filter(({ severity }) => severity === level).length;
  return {
    skillId: skill.id,
    dir: skill.dir,
    version: manifest?.version,
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
