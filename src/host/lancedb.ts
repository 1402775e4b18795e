// vulcan.lancedb: the LanceDB tables of the skill that runs.

import { databaseActions } from "../databases/actions.js";
import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { databaseMembers, isEnabled } from "./database-members.js";
import { luaHalf } from "./half.js";

const actions = databaseActions.lancedb;
const group = new FunctionGroup("vulcan.lancedb", ["info", "status", ...actions]);
const half = luaHalf(import.meta.url, "lancedb.lua");

export function installLancedb(builder: HostBuilder): void {
  builder.functions(group, host => databaseMembers("lancedb", actions, host));
  builder.view("vulcan.lancedb", ["enabled"], host => () => isEnabled("lancedb", host));
  builder.half("vulcan.lancedb", half);
}
