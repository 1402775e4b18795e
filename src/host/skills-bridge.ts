// vulcan.runtime.skills: lets a skill ask for skills to be installed, updated, removed or switched, with the authority of a
// tool, not of the host.

import { FunctionGroup, LuaOpaque } from "../vm/host-support.js";
import type { Json } from "../vm/index.js";
import { ArgumentError, luaType } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import type { HostVm } from "./scope.js";

const actions = ["install", "update", "uninstall", "enable", "disable"] as const;

export type SkillManagementAction = (typeof actions)[number];

export interface SkillManagement {
  /** The host allows it (`capabilities.skillManagement`). */
  readonly enabled: boolean;
  /** Rejects with what forbids or fails the operation. */
  request(action: SkillManagementAction, input: Json): Promise<Json>;
  /** The roots that a skill may name, as `vulcan.runtime.skills.layers()` shows them. */
  layers(): Json;
}

const group = new FunctionGroup("vulcan.runtime.skills", ["status", "layers", ...actions]);

export function installSkillsBridge(builder: HostBuilder): void {
  const { enabled } = builder.host.services.skillManagement;
  builder.value("vulcan.runtime.skills.enabled", enabled);
  builder.functions(group, host => {
    const { skillManagement } = host.services;
    const members = actions.map(action => [
      action,
      {
        wait: (input: unknown) => request(host, action, input),
        sync: () => {
          requireEnabled(skillManagement, action);
          throw new Error(`vulcan.runtime.skills.${action}: a synchronous call cannot wait for it`);
        },
      },
    ]);
    return {
      status: () => status(skillManagement),
      layers: () => skillManagement.layers(),
      ...(Object.fromEntries(members) as Record<
        SkillManagementAction,
        { wait: (input: unknown) => Promise<Json>; sync: () => never }
      >),
    };
  });
}

async function request(
  { services: { skillManagement } }: HostVm,
  action: SkillManagementAction,
  input: unknown,
): Promise<Json> {
  requireEnabled(skillManagement, action);
  const wanted = requireJson(`vulcan.runtime.skills.${action}`, input);
  try {
    return await skillManagement.request(action, wanted);
  } catch (error) {
    throw new Error(`vulcan.runtime.skills.${action}: ${(error as Error).message}`, { cause: error });
  }
}

/** Requests have named members, so the empty table is an empty object. */
function requireJson(fn: string, input: unknown): Json {
  if (input instanceof Uint8Array) throw new ArgumentError(fn, "input", "must be a valid UTF-8 string");
  if (input instanceof LuaOpaque) throw new ArgumentError(fn, "input", `cannot be a ${luaType(input)}`);
  return Array.isArray(input) && input.length === 0 ? {} : ((input ?? null) as Json);
}

function requireEnabled({ enabled }: SkillManagement, action: SkillManagementAction): void {
  if (!enabled) throw new Error(`vulcan.runtime.skills.${action} is disabled by host policy`);
}

/** There is always somebody who answers, unless the host forbids to ask. */
function status({ enabled }: SkillManagement) {
  return {
    enabled,
    callback_registered: true,
    mode: "host_callback",
    message: `Skill management bridge is ${enabled ? "enabled and ready" : "disabled by host policy"}`,
  };
}
