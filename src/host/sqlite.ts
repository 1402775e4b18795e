// vulcan.sqlite: the SQLite database of the skill that runs.

import { databaseActions } from "../databases/actions.js";
import { FunctionGroup } from "../vm/host-support.js";
import type { HostBuilder } from "./builder.js";
import { databaseMembers, isEnabled } from "./database-members.js";
import { luaHalf } from "./half.js";

const actions = databaseActions.sqlite;
const group = new FunctionGroup("vulcan.sqlite", ["info", "status", ...actions]);
const half = luaHalf(import.meta.url, "sqlite.lua");

export function installSqlite(builder: HostBuilder): void {
  builder.functions(group, host => databaseMembers("sqlite", actions, host));
  builder.view("vulcan.sqlite", ["enabled"], host => () => isEnabled("sqlite", host));
  builder.half("vulcan.sqlite", half);
}
