// Puts the host API onto a fresh VM. A namespace is one file; adding one is adding a line here.

import type { LuaVm } from "../vm/index.js";
import { installFs } from "./fs.js";
import { installPath } from "./path.js";
import { installPrint } from "./print.js";
import { installRuntime } from "./runtime.js";
import type { HostScope } from "./scope.js";

export function installHost(vm: LuaVm, scope: HostScope): void {
  installFs(vm, scope);
  installRuntime(vm, scope);
  installPrint(vm, scope);
  vm.openJson("vulcan.json");
  installPath(vm);
}
