// The global print. Standard output belongs to the host (it may carry a protocol), so what skills print is logged.

import type { LuaVm } from "../vm/index.js";
import type { HostScope } from "./scope.js";

export function installPrint(vm: LuaVm, scope: HostScope): void {
  vm.register("print", (line: unknown) => scope.log("info", `[LuaSkill:info] ${String(line)}`));
  vm.evalSync(source, null, { chunkName: "=print" });
}

// Turning values into text is Lua's business (__tostring may be Lua code). Bytes that are not UTF-8 cannot cross into
// JavaScript; printing must not fail over them.
const source = String.raw`
local emit = print
local tostring, select, pcall, gsub, concat = tostring, select, pcall, string.gsub, table.concat

function print(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
  local line = concat(parts, "\t")
  if not pcall(emit, line) then emit((gsub(line, "[\128-\255]", "?"))) end
end
`;
