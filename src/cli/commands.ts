// All commands, in the order of `luaskills --help`. Their files are loaded for every command line: what they need beyond
// their options they import when they run.

import type { Command } from "commander";
import { agentCommand } from "./agent.js";
import { callCommand } from "./call.js";
import { doctorCommand } from "./doctor.js";
import { listCommand } from "./list.js";
import type { Terminal } from "./terminal.js";

export const commands: readonly ((terminal: Terminal) => Command)[] = [
  listCommand,
  callCommand,
  agentCommand,
  doctorCommand,
];
