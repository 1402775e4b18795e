// Which root of the chain an operation changes, and whether it may.

import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import { SkillError } from "../packages/errors.js";
import {
  defaultInstallRoot,
  isLayered,
  isSystemControlled,
  type LifecycleAction,
  operationProblem,
  type Plane,
  shadowedTargetProblem,
  targetRoot,
} from "../packages/policy.js";
import type { SkillRoot } from "../packages/roots.js";

/** How an operation is asked for. */
export interface PlaneOptions {
  /** `"skills"` for ordinary use, `"system"` for the host itself. Default `"skills"`. */
  plane?: Plane;
  /** Label of the root to change. Default: see each operation. */
  targetRoot?: string;
}

/** What the policy needs to know about an operation. */
export interface Aim {
  readonly roots: readonly SkillRoot[];
  readonly plane: Plane;
  readonly action: LifecycleAction;
  readonly targetRoot: string | undefined;
  readonly protectedSkillIds: ReadonlySet<string>;
}

/** The root that an install goes to. @throws SkillError `SKILL_REQUEST`, `SKILL_ROOT` */
export function installTarget({ roots, plane, targetRoot: named }: Aim): SkillRoot {
  if (named !== undefined) return namedRoot(roots, named);
  const { root, problem } = defaultInstallRoot(roots, plane, ({ skillsDir }) => isFolder(skillsDir));
  if (root === undefined) throw new SkillError("SKILL_ROOT", problem);
  return root;
}

/**
 * The copy of a skill because of which there is nothing to install: any in the chain, but only one in the target where the
 * request names it, and only one in ROOT where the system plane installs into a layered chain. One in ROOT is a reason to
 * refuse an install elsewhere, not to be content.
 */
export function installedCopy(aim: Aim, target: SkillRoot, skillId: string): SkillRoot | undefined {
  const { roots, plane } = aim;
  const onlyTarget = aim.targetRoot !== undefined || (isLayered(roots) && plane === "system");
  const copy = (onlyTarget ? [target] : roots).find(root => declares(root, skillId));
  return copy !== target && copy !== undefined && isSystemControlled(roots, copy.name) ? undefined : copy;
}

/**
 * The root whose copy of a skill an operation is about: the named one, else the first that has a folder for it.
 *
 * @throws SkillError `SKILL_NOT_INSTALLED`, `SKILL_REQUEST`
 */
export function declaredTarget(aim: Aim, skillId: string): SkillRoot {
  const root = candidates(aim).find(candidate => declares(candidate, skillId));
  if (root === undefined) throw notInstalled(skillId);
  return root;
}

/** The roots that an operation may be about. @throws SkillError `SKILL_REQUEST` */
export function candidates({ roots, targetRoot: named }: Aim): readonly SkillRoot[] {
  return named === undefined ? roots : [namedRoot(roots, named)];
}

/** To be asked again once the root is locked: another process may have been faster. @throws SkillError `SKILL_NOT_INSTALLED` */
export function requireDeclared(root: SkillRoot, skillId: string): void {
  if (!declares(root, skillId)) throw notInstalled(skillId);
}

export function notInstalled(skillId: string): SkillError {
  return new SkillError("SKILL_NOT_INSTALLED", `skill ${skillId} is not installed`);
}

/** @throws SkillError `SKILL_DENIED` where protection or a layer forbids the operation */
export function requireAllowed(
  { roots, plane, action, protectedSkillIds }: Aim,
  root: SkillRoot,
  skillId: string,
): void {
  const problem = operationProblem({ plane, action, skillId, root }, roots, protectedSkillIds);
  if (problem !== undefined) throw new SkillError("SKILL_DENIED", problem);
}

/** @throws SkillError `SKILL_DENIED` where a copy in an earlier root would hide what is written into this one */
export function requireVisible({ roots, action }: Aim, root: SkillRoot, skillId: string): void {
  const problem = shadowedTargetProblem({ action, skillId, root }, roots, higher =>
    declares(higher, skillId),
  );
  if (problem !== undefined) throw new SkillError("SKILL_DENIED", problem);
}

/** True if the root has a folder for the skill, whatever is in it. */
export function declares({ skillsDir }: SkillRoot, skillId: string): boolean {
  return lstatSync(join(skillsDir, skillId), { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The member of the chain that a label names. @throws SkillError `SKILL_REQUEST` */
export function namedRoot(roots: readonly SkillRoot[], name: string): SkillRoot {
  const { root, problem } = targetRoot(roots, name);
  if (root === undefined) throw new SkillError("SKILL_REQUEST", problem);
  return root;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
