// vulcan.path is text only: all of it is in the Lua half, and never leaves the thread it runs on.

import { sep } from "node:path";
import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";

const half = luaHalf(import.meta.url, "path.lua");
const text = luaHalf(import.meta.url, "text.lua");

export function installPath(builder: HostBuilder): void {
  builder.value("host.platform.separator", sep);
  builder.half("host.text", text);
  builder.half("vulcan.path", half);
}
