// Enable and disable: a marker beside the skill, which the next load looks at.

import { join } from "node:path";
import { writeDurably } from "../files/durable.js";
import type { SkillRoot } from "../packages/roots.js";
import type { Operation } from "./operation.js";
import type { LifecycleParts } from "./parts.js";
import { foldersOf, markerFile, workPlace } from "./root-state.js";
import { replacement, switchTo } from "./switch.js";
import { requireDeclared } from "./targets.js";
import { exists } from "./transactions/transaction.js";

/** @throws SkillError */
export async function enable(
  parts: LifecycleParts,
  operation: Operation,
  root: SkillRoot,
  skillId: string,
): Promise<void> {
  await using locked = await parts.states.lock(root, operation.signal);
  requireDeclared(root, skillId);
  const marker = markerFile(locked.state, skillId);
  if (await exists(marker)) await switchMarker(parts, operation, locked.state, skillId, undefined);
  else await parts.skills.exclusively(reload => reload());
}

/** @throws SkillError */
export async function disable(
  parts: LifecycleParts,
  operation: Operation,
  root: SkillRoot,
  skillId: string,
  reason: string | undefined,
): Promise<void> {
  await using locked = await parts.states.lock(root, operation.signal);
  requireDeclared(root, skillId);
  const marker = { skill_id: skillId, reason: reason ?? null, disabled_at_unix_ms: Date.now() };
  await switchMarker(parts, operation, locked.state, skillId, `${JSON.stringify(marker, null, 2)}\n`);
}

async function switchMarker(
  parts: LifecycleParts,
  operation: Operation,
  state: Parameters<typeof markerFile>[0],
  skillId: string,
  text: string | undefined,
): Promise<void> {
  const work = await workPlace(state, skillId);
  const staged = text === undefined ? undefined : join(work.state.staging, "marker.json");
  if (staged !== undefined && text !== undefined) await writeDurably(staged, text);
  const change = await replacement(
    markerFile(state, skillId),
    staged,
    join(work.state.backup, "marker.json"),
  );
  await switchTo(parts, operation, {
    state,
    journal: { skillId, replacements: [change], folders: foldersOf(work), removes: [] },
  });
}
