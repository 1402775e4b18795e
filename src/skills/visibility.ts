// Which entries somebody gets to see.

import { type Authority, isVisibleTo } from "../packages/policy.js";
import type { SkillRoot } from "../packages/roots.js";
import type { RegisteredEntry } from "./registry.js";

/** On whose behalf somebody asks what there is. */
export interface VisibilityOptions {
  /** `"delegated_tool"` does not see the skills of a ROOT that has PROJECT or USER beside it. Default `"system"`. */
  authority?: Authority;
}

/** @throws TypeError for an authority that there is not */
export function visibleTo(
  options: VisibilityOptions | undefined,
  roots: readonly SkillRoot[],
): (target: RegisteredEntry) => boolean {
  const authority = options?.authority ?? "system";
  if (authority !== "system" && authority !== "delegated_tool") {
    throw new TypeError(`authority must be "system" or "delegated_tool", got ${JSON.stringify(authority)}`);
  }
  return ({ descriptor }) => isVisibleTo(authority, roots, descriptor.rootName);
}
