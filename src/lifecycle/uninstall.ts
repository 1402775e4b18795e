// Uninstall: the package, what is known about it and its dependencies go; its data goes where that is asked for.

import { join } from "node:path";
import type { Removal } from "../databases/removal.js";
import type { SkillRoot } from "../packages/roots.js";
import type { Operation } from "./operation.js";
import type { LifecycleParts } from "./parts.js";
import {
  foldersOf,
  markerFile,
  type RootState,
  recordFile,
  rootState,
  skillDir,
  workPlace,
} from "./root-state.js";
import { replacement, switchTo, withWarnings } from "./switch.js";
import { type Aim, candidates, declares, notInstalled } from "./targets.js";
import type { Removed } from "./transactions/journal.js";
import { exists } from "./transactions/transaction.js";

export interface UninstallResult {
  skillId: string;
  /** False when there was no folder any more, and only what was known about the skill went. */
  skillRemoved: boolean;
  sqliteRemoved: boolean;
  /** True when nobody asked for its removal, whether there is one or not. */
  sqliteRetained: boolean;
  lancedbRemoved: boolean;
  lancedbRetained: boolean;
  /** For people. */
  message: string;
}

/** The root that an uninstall is about. @throws SkillError `SKILL_NOT_INSTALLED`, `SKILL_REQUEST` */
export async function uninstallTarget(parts: LifecycleParts, aim: Aim, skillId: string): Promise<SkillRoot> {
  const roots = candidates(aim);
  const declared = roots.find(root => declares(root, skillId));
  if (declared !== undefined) return declared;
  for (const root of roots) if (await isKnown(parts, root, skillId)) return root;
  throw notInstalled(skillId);
}

/** Somebody may have deleted the folder by hand. */
async function isKnown({ paths }: LifecycleParts, root: SkillRoot, skillId: string): Promise<boolean> {
  const state = rootState(paths, root);
  return (await exists(recordFile(state, skillId))) || (await exists(markerFile(state, skillId)));
}

/** @throws SkillError */
export async function uninstall(
  parts: LifecycleParts,
  operation: Operation,
  { roots }: Aim,
  root: SkillRoot,
  skillId: string,
  data: { removeSqlite: boolean; removeLancedb: boolean },
): Promise<UninstallResult> {
  await using locked = await parts.states.lock(root, operation.signal);
  const { state } = locked;
  const skillRemoved = declares(root, skillId);
  if (!skillRemoved && !(await isKnown(parts, root, skillId))) throw notInstalled(skillId);
  const work = await workPlace(state, skillId);
  const folder = skillDir(state, skillId);
  const targets: [target: string, backup: string][] = [[folder, join(work.packages.backup, skillId)]];
  const removes: Removed[] = [];
  const other = copyWithSameState(parts, roots, state, skillId);
  if (other === undefined) {
    targets.push([recordFile(state, skillId), join(work.state.backup, "record.yaml")]);
    targets.push([markerFile(state, skillId), join(work.state.backup, "marker.json")]);
    removes.push("dependencies");
    if (data.removeSqlite) removes.push("sqlite");
    if (data.removeLancedb) removes.push("lancedb");
  }
  const replacements = await Promise.all(
    targets.map(([target, backup]) => replacement(target, undefined, backup)),
  );
  const { removal, warnings } = await switchTo(parts, operation, {
    state,
    journal: {
      skillId,
      replacements: replacements.filter(({ backup }) => backup !== undefined),
      folders: foldersOf(work),
      removes,
    },
  });
  const { warnings: _, ...flags } = removal;
  const message = describe(skillId, skillRemoved, flags, other);
  return { skillId, skillRemoved, ...flags, message: withWarnings(message, warnings) };
}

/** Roots in one folder share records, dependencies and data: they belong to a copy that stays, too. */
function copyWithSameState(
  { paths }: LifecycleParts,
  roots: readonly SkillRoot[],
  { root, dir }: RootState,
  skillId: string,
): SkillRoot | undefined {
  return roots.find(
    other => other !== root && rootState(paths, other).dir === dir && declares(other, skillId),
  );
}

function describe(
  skillId: string,
  skillRemoved: boolean,
  flags: Omit<Removal, "warnings">,
  other: SkillRoot | undefined,
): string {
  const what = skillRemoved
    ? `skill ${skillId} was uninstalled`
    : `skill ${skillId} had no folder any more; what was left of it was removed`;
  if (other !== undefined) return `${what}; dependencies and data stay for the copy in ${other.name}`;
  const fate = (name: string, removed: boolean, retained: boolean) =>
    removed ? `${name} data removed` : retained ? `${name} data kept` : `no ${name} data removed`;
  const sqlite = fate("SQLite", flags.sqliteRemoved, flags.sqliteRetained);
  const lancedb = fate("LanceDB", flags.lancedbRemoved, flags.lancedbRetained);
  return `${what}; ${sqlite}, ${lancedb}`;
}
