// Puts the host API onto a fresh VM. A namespace is one file; adding one is adding a line here.

import { FunctionGroup, type LuaChunk } from "../vm/host-support.js";
import type { LuaVm } from "../vm/index.js";
import { HostBuilder } from "./builder.js";
import { installCache } from "./cache.js";
import { installCall } from "./call.js";
import { installConfig } from "./config.js";
import { installContext } from "./context.js";
import { installDatabaseCrossing } from "./database-members.js";
import { installExec } from "./exec.js";
import { installFs } from "./fs.js";
import { luaHalf } from "./half.js";
import { installHostTools } from "./host-tools.js";
import { installIo, managedIo } from "./io.js";
import { installJson } from "./json.js";
import { installLancedb } from "./lancedb.js";
import { installModels } from "./models.js";
import { installConsole } from "./native-io.js";
import { installOs } from "./os.js";
import { installPath } from "./path.js";
import { printable } from "./printable.js";
import { installProcess } from "./process.js";
import { installRuntime } from "./runtime.js";
import type { HostVm, NestedCalls } from "./scope.js";
import { installSkillsBridge } from "./skills-bridge.js";
import { installSqlite } from "./sqlite.js";

const group = new FunctionGroup("host.core", [
  "enter",
  "leave",
  "made",
  "describe",
  "read",
  "print",
  "directory",
]);
const halves = ["core.lua", "debug.lua", "call.lua", "print.lua", "native-io.lua", "standard.lua"].map(file =>
  luaHalf(import.meta.url, file),
);
const namespacesHalf = luaHalf(import.meta.url, "namespaces.lua");
const ownDirectory = luaHalf(import.meta.url, "working-directory.lua");

/**
 * Afterwards the VM has the global `vulcan`, and `=control` is the function by which the engine runs code (`call.lua`).
 *
 * @param allowed members below `vulcan` that a strict VM has; undefined: all
 */
export function installHost(
  vm: LuaVm,
  host: HostVm,
  calls: NestedCalls,
  allowed?: ReadonlySet<string>,
): void {
  let builder: HostBuilder | undefined;
  const namespaces = () => {
    builder ??= declare(new HostBuilder(vm, host, allowed));
    return builder;
  };
  vm.registerGroup(group, () => ({
    enter: name => calls.enter(name),
    leave: () => calls.leave(),
    made: () => calls.made(),
    describe: path => namespaces().describe(String(path)),
    read: (path, key) => namespaces().read(String(path), String(key)),
    print: line => host.print(printable(line)),
    directory: () => host.cwd,
  }));
  vm.runChunks(...halves, ...halvesOf(host));
}

/** VMs that run code of no skill have a directory of their own, and an `io` that the host can look after. */
function halvesOf({ profile, services }: HostVm): LuaChunk[] {
  if (profile !== "exec" && profile !== "lease") return [];
  return services.managedIo ? [ownDirectory, managedIo] : [ownDirectory];
}

/** Nothing of this is built before a skill reads it. */
function declare(builder: HostBuilder): HostBuilder {
  builder.half("host.namespaces", namespacesHalf);
  installCache(builder);
  installCall(builder);
  installConfig(builder);
  installConsole(builder);
  installContext(builder);
  installExec(builder);
  installFs(builder);
  installOs(builder);
  installHostTools(builder);
  installIo(builder);
  installJson(builder);
  installDatabaseCrossing(builder);
  installSqlite(builder);
  installLancedb(builder);
  installModels(builder);
  installPath(builder);
  installProcess(builder);
  installRuntime(builder);
  installSkillsBridge(builder);
  return builder;
}
