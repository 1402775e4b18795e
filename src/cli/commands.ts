// All commands, in the order of `luaskills --help`. Their files are loaded for every command line: what they need beyond
// their options they import when they run.

import type { Command } from "commander";
import { agentCommand } from "./agent.js";
import { benchCommand } from "./bench.js";
import { callCommand } from "./call.js";
import { checkCommand } from "./check.js";
import { completionCommand } from "./completion.js";
import { configCommand } from "./config.js";
import { doctorCommand } from "./doctor.js";
import { execCommand } from "./exec.js";
import { helpCommand } from "./help.js";
import { listCommand } from "./list.js";
import { mcpCommand } from "./mcp.js";
import { newCommand } from "./new.js";
import { packCommand } from "./pack.js";
import { replCommand } from "./repl.js";
import type { Terminal } from "./terminal.js";
import { testCommand } from "./test.js";

export const commands: readonly ((terminal: Terminal) => Command)[] = [
  listCommand,
  callCommand,
  agentCommand,
  newCommand,
  checkCommand,
  testCommand,
  packCommand,
  helpCommand,
  execCommand,
  replCommand,
  configCommand,
  benchCommand,
  mcpCommand,
  doctorCommand,
  completionCommand,
];
