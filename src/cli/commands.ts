// All commands, in the order of `luaskills --help`. Their files are loaded for every command line: what they need beyond
// their options they import when they run.

import type { Command } from "commander";
import { disableCommand, enableCommand } from "./activation.js";
import { agentCommand } from "./agent.js";
import { benchCommand } from "./bench.js";
import { callCommand } from "./call.js";
import { checkCommand } from "./check.js";
import { completionCommand } from "./completion.js";
import { configCommand } from "./config.js";
import { doctorCommand } from "./doctor.js";
import { execCommand } from "./exec.js";
import { helpCommand } from "./help.js";
import { infoCommand } from "./info.js";
import { installCommand } from "./install.js";
import { listCommand } from "./list.js";
import { mcpCommand } from "./mcp.js";
import { newCommand } from "./new.js";
import { outdatedCommand } from "./outdated.js";
import { packCommand } from "./pack.js";
import { replCommand } from "./repl.js";
import { studioCommand } from "./studio.js";
import type { Terminal } from "./terminal.js";
import { testCommand } from "./test.js";
import { uninstallCommand } from "./uninstall.js";
import { updateCommand } from "./update.js";

export const commands: readonly ((terminal: Terminal) => Command)[] = [
  listCommand,
  callCommand,
  helpCommand,
  execCommand,
  replCommand,
  benchCommand,
  mcpCommand,
  studioCommand,
  agentCommand,
  newCommand,
  checkCommand,
  testCommand,
  packCommand,
  installCommand,
  updateCommand,
  uninstallCommand,
  enableCommand,
  disableCommand,
  infoCommand,
  outdatedCommand,
  configCommand,
  doctorCommand,
  completionCommand,
];
