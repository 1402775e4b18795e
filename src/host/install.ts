// Puts the host API onto a fresh VM. A namespace is one file; adding one is adding a line here.

import type { LuaFunction, LuaVm } from "../vm/index.js";
import { HostBuilder } from "./builder.js";
import { installCall } from "./call.js";
import { installContext } from "./context.js";
import { installFs } from "./fs.js";
import { luaHalf } from "./half.js";
import { installPath } from "./path.js";
import { installPrint } from "./print.js";
import { installRuntime } from "./runtime.js";
import type { HostVm, NestedCalls } from "./scope.js";

const views = luaHalf(import.meta.url, "views.lua");
const seal = luaHalf(import.meta.url, "seal.lua");

/** @returns the function by which the engine runs code on the VM (`call.lua`) */
export function installHost(vm: LuaVm, host: HostVm, calls: NestedCalls): LuaFunction {
  vm.openJson("vulcan.json");
  const builder = new HostBuilder(vm, host);
  installCall(builder, calls);
  installContext(builder);
  installFs(builder);
  installRuntime(builder);
  installPrint(builder);
  installPath(builder);
  builder.finish();
  builder.half(views);
  builder.half(seal);
  const control = vm.getFunction("host.control");
  vm.setGlobal("host", null);
  return control;
}
