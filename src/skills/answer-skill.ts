// Who answers `vulcan.runtime.skills` unless the host sets somebody else: the engine's own lifecycle, on the skills plane.

import type { Lifecycle } from "../lifecycle/lifecycle.js";
import type {
  ApplyOptions,
  DisableOptions,
  InstallRequest,
  UninstallOptions,
} from "../lifecycle/requests.js";
import { SkillError } from "../packages/errors.js";
import { isJsonObject, type JsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";
import type { SkillManagementRequest } from "./skill-management.js";

/**
 * Requests and answers have the members of `engine.skills` in snake case: `skill_id`, `source`, `source_type`, `version`,
 * `target_root`, `dry_run`, `remove_sqlite`, `remove_lancedb`, `reason`. Those that are no part of the request itself may
 * also stand under `options`. Nothing is checked here: the lifecycle does not trust its callers either.
 */
export async function answerSkill(
  lifecycle: Lifecycle,
  { action, input }: SkillManagementRequest,
): Promise<Json> {
  const request = camelCase(named(action, input));
  const skillId = request.skillId as string;
  switch (action) {
    case "install":
    case "update": {
      const asked = pick<InstallRequest>(request, "skillId", "source", "sourceType", "version");
      return snakeCase(await lifecycle[action](asked, pick<ApplyOptions>(request, "targetRoot", "dryRun")));
    }
    case "uninstall": {
      const options = pick<UninstallOptions>(request, "targetRoot", "removeSqlite", "removeLancedb");
      return snakeCase(await lifecycle.uninstall(skillId, options));
    }
    case "enable":
      await lifecycle.enable(skillId, pick<DisableOptions>(request, "targetRoot"));
      return { skill_id: skillId, status: "enabled" };
    case "disable":
      await lifecycle.disable(skillId, pick<DisableOptions>(request, "targetRoot", "reason"));
      return { skill_id: skillId, status: "disabled" };
  }
}

/** What a skill passed: a table with names, or the skill id alone. */
function named(action: string, input: Json): JsonObject {
  if (typeof input === "string") return { skill_id: input };
  if (!isJsonObject(input)) {
    const got = JSON.stringify(input);
    throw new SkillError("SKILL_REQUEST", `${action} takes a table with skill_id or source, got ${got}`);
  }
  return isJsonObject(input.options) ? { ...input.options, ...input } : input;
}

/** The named members, unchecked; the plane is always that of tools. */
function pick<T extends object>(members: JsonObject, ...names: (keyof T & string)[]): T {
  return Object.fromEntries(names.map(name => [name, members[name]])) as T;
}

function camelCase(members: JsonObject): JsonObject {
  return rename(members, key => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

function snakeCase(result: object): JsonObject {
  return rename(result as JsonObject, key => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`));
}

function rename(members: JsonObject, renamed: (key: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [renamed(key), value]));
}
