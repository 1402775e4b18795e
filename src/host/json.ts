// vulcan.json: the JSON library of the VM, which also takes what the runtime shows.

import type { HostBuilder } from "./builder.js";
import { luaHalf } from "./half.js";

const half = luaHalf(import.meta.url, "json.lua");

export function installJson(builder: HostBuilder): void {
  builder.json("vulcan.json");
  builder.half("vulcan.json", half);
}
