// vulcan.cache: values that a tool keeps between its calls. They cross as JSON text, written and read by the Lua half.

import { FunctionGroup } from "../vm/host-support.js";
import { optionalUnsigned, requireText } from "./arguments.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";
import type { HostVm } from "./scope.js";

/** JSON texts under ids that only the scope which put them can use. */
export interface ValueCache {
  /** @param ttlSecs the cache's default when undefined, and clamped to what it allows */
  put(scope: string, text: string, ttlSecs: number | undefined): string;
  get(scope: string, id: string): string | undefined;
  delete(scope: string, id: string): boolean;
}

const group = new FunctionGroup("vulcan.cache", ["put", "get", "delete"]);
/** Code of an exec belongs to no tool that could come back for its values: there is the table, and nothing in it. */
const groupOfExec = new FunctionGroup("vulcan.cache", []);
const half = luaHalf(import.meta.url, "cache.lua");

export function installCache(builder: HostBuilder): void {
  if (builder.host.profile === "exec") {
    builder.functions(groupOfExec, () => ({}));
    return;
  }
  builder.functions(group, host => {
    const { cache } = host.services;
    return {
      put: (text, ttl) => {
        const ttlSecs = optionalUnsigned("cache.put", "ttl_sec", ttl);
        return named("cache.put", () => cache.put(scope(host), String(text), ttlSecs));
      },
      get: id => cache.get(scope(host), requireText("cache.get", "id", id)),
      delete: id => cache.delete(scope(host), requireText("cache.delete", "id", id)),
    };
  });
  builder.half("vulcan.cache", half);
}

/** Per tool, not per skill: two entries of one skill do not see each other's values. */
function scope({ run }: HostVm): string {
  return run?.frame.toolName ?? run?.frame.skill?.skillId ?? "__runtime";
}

function named<T>(fn: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw new Error(`${fn}: ${(error as Error).message}`, { cause: error });
  }
}
