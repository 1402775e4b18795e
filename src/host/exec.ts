// Code that is no entry, and vulcan.runtime.lua.exec: code that a skill has made up, run on another VM and reported as text.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";
import { printable } from "./printable.js";

const group = new FunctionGroup("vulcan.runtime.lua", ["exec"]);
/** An exec does not start another one: there is the table, and nothing in it. */
const groupOfExec = new FunctionGroup("vulcan.runtime.lua", []);
const reportGroup = new FunctionGroup("host.report", ["printable"]);
const chunksHalf = luaHalf(import.meta.url, "chunks.lua");
const reportHalf = luaHalf(import.meta.url, "exec.lua");

export function installExec(builder: HostBuilder): void {
  builder.half("host.chunks", chunksHalf);
  builder.functions(reportGroup, () => ({ printable }));
  builder.half("host.report", reportHalf);
  if (builder.host.profile === "exec" || builder.host.profile === "strict") {
    builder.functions(groupOfExec, () => ({}));
    return;
  }
  builder.functions(group, host => ({
    exec: { wait: input => host.exec(input), sync: input => host.execSync(input) },
  }));
}
