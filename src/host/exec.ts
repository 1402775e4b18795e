// Code that is no entry, and vulcan.runtime.lua.exec: code that a skill has made up, run on another VM and reported as text.

import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";

const group = new FunctionGroup("vulcan.runtime.lua", ["exec"]);
const chunks = luaHalf(import.meta.url, "chunks.lua");
const report = luaHalf(import.meta.url, "exec.lua");

export function installExec(builder: HostBuilder): void {
  builder.half("host.chunks", chunks);
  builder.half("host.report", report);
  // An exec does not start another one.
  if (builder.host.profile === "exec" || builder.host.profile === "strict") return;
  builder.functions(group, host => ({
    exec: { wait: input => host.exec(input), sync: input => host.execSync(input) },
  }));
}
