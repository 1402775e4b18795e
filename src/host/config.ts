// vulcan.config: text values of the running skill, kept by the engine in one file for all skills.

import { FunctionGroup } from "../vm/host-support.js";
import { requirePlainText, requireText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import type { HostVm } from "./scope.js";

/** The values of all skills. Every method throws when the file cannot be located, read or written. */
export interface SkillConfig {
  list(skillId: string): { key: string; value: string }[];
  get(skillId: string, key: string): string | undefined;
  set(skillId: string, key: string, value: string): Promise<void>;
  setSync(skillId: string, key: string, value: string): void;
  /** @returns whether there was such a value */
  delete(skillId: string, key: string): Promise<boolean>;
  deleteSync(skillId: string, key: string): boolean;
}

const group = new FunctionGroup("vulcan.config", ["get", "has", "set", "delete", "list"]);

export function installConfig(builder: HostBuilder): void {
  builder.functions(group, host => {
    const { config } = host.services;
    const set = (key: unknown, value: unknown) =>
      [skillId(host, "set"), requireKey("set", key), requireValue(value)] as const;
    const remove = (key: unknown) => [skillId(host, "delete"), requireKey("delete", key)] as const;
    return {
      get: key => config.get(skillId(host, "get"), requireKey("get", key)),
      has: key => config.get(skillId(host, "has"), requireKey("has", key)) !== undefined,
      set: {
        wait: (key, value) => config.set(...set(key, value)).then(() => true),
        sync: (key, value) => {
          config.setSync(...set(key, value));
          return true;
        },
      },
      delete: {
        wait: key => config.delete(...remove(key)),
        sync: key => config.deleteSync(...remove(key)),
      },
      list: () =>
        Object.fromEntries(config.list(skillId(host, "list")).map(({ key, value }) => [key, value])),
    };
  });
}

/** Whose values: the skill whose entry runs, whatever Lua code says. */
function skillId({ run }: HostVm, member: string): string {
  const id = run?.frame.skill?.skillId;
  if (id === undefined) throw new Error(`vulcan.config.${member} requires one active skill context`);
  return id;
}

function requireKey(member: string, key: unknown): string {
  return requirePlainText(`config.${member}`, "key", key);
}

function requireValue(value: unknown): string {
  return requireText("config.set", "value", value, { blank: true });
}
