// vulcan.call. On VMs of skills it is `call.lua`: another function on the same VM. Strict code must not share a VM with the
// code of skills, which needs more than strict code has, so there an entry runs on a VM of its own kind.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";

const group = new FunctionGroup("host.outer", ["call"]);
const half = luaHalf(import.meta.url, "outer-call.lua");

export function installCall(builder: HostBuilder): void {
  if (builder.host.profile !== "strict") {
    builder.own("vulcan.call", "call");
    return;
  }
  builder.functions(group, host => ({
    call: { wait: (name, args) => host.call(name, args), sync: (name, args) => host.callSync(name, args) },
  }));
  builder.half("vulcan.call", half);
}
