// Who answers `vulcan.runtime.skills` unless the host sets somebody else: the engine's own lifecycle, on the skills plane.

import type { Lifecycle } from "../lifecycle/lifecycle.js";
import { SkillError } from "../packages/errors.js";
import { isJsonObject, type JsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";
import type { SkillManager } from "./skill-management.js";

/**
 * Requests and answers have the members of `engine.skills` in snake case: `skill_id`, `source`, `source_type`, `version`,
 * `target_root`, `dry_run`; `remove_sqlite` and `remove_lancedb` also under `options`, where others put them.
 */
export function luaSkillManager(lifecycle: Lifecycle): SkillManager {
  return async ({ action, input }) => {
    const request = named(action, input);
    const target = { plane: "skills" as const, targetRoot: request.target_root as string | undefined };
    const skillId = request.skill_id as string;
    switch (action) {
      case "install":
      case "update": {
        const options = { ...target, dryRun: request.dry_run as boolean | undefined };
        return snakeCase(await lifecycle[action](camelCase(request), options));
      }
      case "uninstall": {
        const data = isJsonObject(request.options) ? { ...request.options, ...request } : request;
        const options = {
          ...target,
          removeSqlite: data.remove_sqlite as boolean | undefined,
          removeLancedb: data.remove_lancedb as boolean | undefined,
        };
        return snakeCase(await lifecycle.uninstall(skillId, options));
      }
      case "enable":
        await lifecycle.enable(skillId, target);
        return { skill_id: skillId, status: "enabled" };
      case "disable":
        await lifecycle.disable(skillId, { ...target, reason: request.reason as string | undefined });
        return { skill_id: skillId, status: "disabled" };
    }
  };
}

/** What a skill passed: a table with names, or the skill id alone. Members are checked by the lifecycle. */
function named(action: string, input: Json): JsonObject {
  if (typeof input === "string") return { skill_id: input };
  if (isJsonObject(input)) return input;
  throw new SkillError(
    "SKILL_REQUEST",
    `${action} takes a table with skill_id or source, got ${JSON.stringify(input)}`,
  );
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
