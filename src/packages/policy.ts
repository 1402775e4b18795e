// Who may do what to which root. Pure functions: each says what forbids the operation, or undefined.
//
// A chain is layered when PROJECT or USER stands beside ROOT. ROOT belongs to the system plane alone then, and what it
// declares cannot be replaced from below. In any other chain every root is writable and nothing is hidden.

import { identifierProblem } from "./identifier.js";
import { isJsonObject } from "./json-object.js";
import type { SkillRoot } from "./roots.js";

/** The skills plane is ordinary use; the system plane is the host itself. */
export type Plane = "skills" | "system";

/** On whose behalf a request comes: the host, or a tool that a model chose. */
export type Authority = "system" | "delegated_tool";

export type LifecycleAction = "install" | "update" | "uninstall" | "enable" | "disable";

/** The labels of a layered chain, in the one order they may have. */
export const layerNames = ["ROOT", "PROJECT", "USER"] as const;

type LayerName = (typeof layerNames)[number];

const layerDescriptions: Record<LayerName, string> = {
  ROOT: "skills of the system, managed by the host",
  PROJECT: "skills of the current project",
  USER: "skills of the user, available in every project",
};

/** What `vulcan.runtime.skills.layers()` tells a skill. */
export interface LayerSummary {
  /** Label that an install goes to when the request names none; absent when nothing can be installed. */
  default?: string;
  writable: boolean;
  labels: string[];
  layers: { label: string; writable: boolean; description: string }[];
}

/** The layer that a label names: blanks and case do not count. */
export function layerOf(label: string): LayerName | undefined {
  const upper = label.trim().toUpperCase();
  return layerNames.find(name => name === upper);
}

export function isLayered(roots: readonly SkillRoot[]): boolean {
  const layers = new Set(roots.map(({ name }) => layerOf(name)));
  return layers.has("ROOT") && (layers.has("PROJECT") || layers.has("USER"));
}

/** What is wrong with the labels of a chain and their order. */
export function chainProblem(roots: readonly SkillRoot[]): string | undefined {
  if (!isLayered(roots)) return undefined;
  let highest = -1;
  const seen = new Set<string>();
  for (const { name } of roots) {
    const layer = layerOf(name);
    if (layer === undefined) {
      return `unsupported skill root ${JSON.stringify(name)}: a chain of layers has ${layerNames.join(", ")} only`;
    }
    if (seen.has(layer)) return `skill root ${layer} is declared twice`;
    seen.add(layer);
    const rank = layerNames.indexOf(layer);
    if (rank < highest) return `skill roots must be ordered ${layerNames.join(", ")}`;
    highest = rank;
  }
  return undefined;
}

export function planeOf(authority: Authority): Plane {
  return authority === "system" ? "system" : "skills";
}

/** True if only the system plane may change the root of this label. */
export function isSystemControlled(roots: readonly SkillRoot[], rootName: string): boolean {
  return isLayered(roots) && layerOf(rootName) === "ROOT";
}

/** True if a caller of this authority gets to see the skills of the root. Calls by name are not filtered. */
export function isVisibleTo(authority: Authority, roots: readonly SkillRoot[], rootName: string): boolean {
  return authority === "system" || !isSystemControlled(roots, rootName);
}

export interface Operation {
  readonly plane: Plane;
  readonly action: LifecycleAction;
  readonly skillId: string;
  /** The root that would change. */
  readonly root: SkillRoot;
}

/** What forbids an operation, whatever the state of the disk is. */
export function operationProblem(
  { plane, action, skillId, root }: Operation,
  roots: readonly SkillRoot[],
  protectedSkillIds: ReadonlySet<string>,
): string | undefined {
  const problem = identifierProblem("skill id", skillId);
  if (problem !== undefined || plane === "system") return problem;
  if (protectedSkillIds.has(skillId)) {
    return `skill ${skillId} is protected: ${action} is for the system plane`;
  }
  if (isSystemControlled(roots, root.name)) {
    return `skill root ${root.name} is controlled by the system: ${action} is for the system plane`;
  }
  return undefined;
}

/**
 * The member of the chain that a request names.
 *
 * @param name label; blanks and case do not count for layers
 */
export function targetRoot(
  roots: readonly SkillRoot[],
  name: string,
): { root: SkillRoot; problem?: never } | { root?: never; problem: string } {
  const wanted = name.trim();
  const root = roots.find(candidate =>
    isLayered(roots) ? layerOf(candidate.name) === layerOf(wanted) : candidate.name === wanted,
  );
  if (root !== undefined) return { root };
  const known = roots.map(candidate => candidate.name).join(", ");
  return { problem: `there is no skill root ${JSON.stringify(wanted)} in the chain (${known})` };
}

/**
 * The root that an install goes to when the request names none. In a layered chain: ROOT for the system plane, else USER,
 * else PROJECT. In any other one: the last root whose folder exists, or the last one where none does yet.
 */
export function defaultInstallRoot(
  roots: readonly SkillRoot[],
  plane: Plane,
  exists: (root: SkillRoot) => boolean,
): { root: SkillRoot; problem?: never } | { root?: never; problem: string } {
  const wanted: LayerName[] = plane === "system" ? ["ROOT"] : ["USER", "PROJECT"];
  const root = isLayered(roots)
    ? wanted
        .map(layer => roots.find(({ name }) => layerOf(name) === layer))
        .find(found => found !== undefined)
    : (roots.findLast(exists) ?? roots.at(-1));
  return root === undefined
    ? { problem: "there is no skill root to install into: load one first" }
    : { root };
}

/**
 * What forbids that an install or update writes into the root, seen from the roots that hold the skill already.
 *
 * @param declares true if the root has a folder for the skill, whatever is in it
 */
export function shadowedTargetProblem(
  { action, skillId, root }: Pick<Operation, "action" | "skillId" | "root">,
  roots: readonly SkillRoot[],
  declares: (root: SkillRoot) => boolean,
): string | undefined {
  for (const higher of roots.slice(0, roots.indexOf(root))) {
    if (!declares(higher)) continue;
    return isSystemControlled(roots, higher.name)
      ? `skill ${skillId} is managed by skill root ${higher.name}: ${action} in ${root.name} is possible once it is removed there`
      : `skill ${skillId} in skill root ${root.name} would be hidden by the copy in ${higher.name}`;
  }
  return undefined;
}

/** What the skills plane may write to. */
export function summarizeLayers(
  roots: readonly SkillRoot[],
  writable: boolean,
  exists: (root: SkillRoot) => boolean,
): LayerSummary {
  const open = roots.filter(root => !isSystemControlled(roots, root.name));
  const labels = [...new Set(open.map(({ name }) => name))];
  const fallback = defaultInstallRoot(roots, "skills", exists);
  return {
    ...(fallback.problem === undefined ? { default: fallback.root.name } : {}),
    writable,
    labels,
    layers: labels.map(label => ({ label, writable, description: describeRoot(label) })),
  };
}

function describeRoot(label: string): string {
  const layer = layerOf(label);
  return layer === undefined ? `skills of ${label}` : layerDescriptions[layer];
}

const targetKeys = new Set(["layer", "targetlayer", "root", "rootname", "targetroot", "targetrootname"]);
const nameKeys = new Set(["name", "label", "rootname", "layer", "targetlayer"]);

/**
 * True if a request that a skill makes names ROOT as its target, at whatever depth and in whatever spelling of the key. A
 * delegated request must not reach a layered chain's ROOT by a key that only the host's own manager knows.
 */
export function namesRootLayer(input: unknown): boolean {
  if (Array.isArray(input)) return input.some(namesRootLayer);
  if (!isJsonObject(input)) return false;
  return Object.entries(input).some(
    ([key, value]) => (targetKeys.has(plainKey(key)) && isRootLabel(value)) || namesRootLayer(value),
  );
}

function isRootLabel(value: unknown): boolean {
  if (typeof value === "string") return layerOf(value) === "ROOT";
  return (
    isJsonObject(value) &&
    Object.entries(value).some(
      ([key, member]) =>
        nameKeys.has(plainKey(key)) && typeof member === "string" && layerOf(member) === "ROOT",
    )
  );
}

function plainKey(key: string): string {
  return key.replace(/[_-]/g, "").toLowerCase();
}
