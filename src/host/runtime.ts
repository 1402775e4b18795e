// vulcan.runtime: the skill's view of the runtime around it.

import type { LuaVm } from "../vm/index.js";
import { requireText } from "./arguments.js";
import type { HostLogLevel, HostScope } from "./scope.js";

export function installRuntime(vm: LuaVm, scope: HostScope): void {
  vm.register("vulcan.runtime.log", (level: unknown, message: unknown) => {
    const word = requireText("runtime.log", "level", level);
    const text = requireText("runtime.log", "message", message, { blank: true });
    scope.log(logLevel(word), `[LuaSkill:${word}] ${text}`);
  });
  vm.setGlobal("vulcan.runtime.overflow_type", { truncate: "truncate", page: "page" });
}

/** Skills name levels freely; "fatal" and "my-error" are errors, "warning" is a warning. */
function logLevel(word: string): HostLogLevel {
  const lower = word.toLowerCase();
  if (lower.includes("error") || lower.includes("fatal")) return "error";
  return lower.includes("warn") ? "warn" : "info";
}
