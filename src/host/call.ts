// vulcan.call: entries of loaded skills, called from Lua on the same VM.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";
import type { NestedCalls } from "./scope.js";

const group = new FunctionGroup("host.call", ["enter", "leave", "made"]);
const half = luaHalf(import.meta.url, "call.lua");

export function installCall(builder: HostBuilder, calls: NestedCalls): void {
  builder.functions(group, () => ({
    enter: name => calls.enter(String(name)),
    leave: () => calls.leave(),
    made: (name, key) => calls.made(String(name), Number(key)),
  }));
  builder.half(half);
}
