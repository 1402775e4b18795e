// The global print. Standard output belongs to the host (it may carry a protocol), so what skills print is logged.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";

const group = new FunctionGroup("host.print", ["emit"]);
const half = luaHalf(import.meta.url, "print.lua");

export function installPrint(builder: HostBuilder): void {
  builder.functions(group, host => ({
    emit: line => host.log("info", `[LuaSkill:info] ${String(line)}`),
  }));
  builder.half(half);
}
