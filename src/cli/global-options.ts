// The options that every command takes, before or after its name.

import type { Command } from "commander";
import type { SkillRoot } from "../index.js";
import type { Plane } from "../packages/policy.js";
import { collectRoot } from "./roots.js";

export interface GlobalOptions {
  /** In the order given; undefined when none was. */
  root?: SkillRoot[];
  /** As given. */
  runtimeRoot?: string;
  /** Act as the host: the system plane. */
  system?: boolean;
  json?: boolean;
}

/** Adds them to a command and to its subcommands. */
export function addGlobalOptions(command: Command): Command {
  command
    .optionsGroup("Global options:")
    .option(
      "--root <NAME=DIR>",
      "folder of skills; repeatable, the first root that has a skill wins (default: ROOT=./skills)",
      collectRoot,
    )
    .option(
      "--runtime-root <DIR>",
      "folder of the runtime; its skills lie in DIR/skills unless --root says otherwise",
    )
    .option("--system", "act as the host, which may change what skills may not (the system plane)")
    .option("--json", "print JSON, errors too")
    .helpOption("-h, --help", "show this help");
  for (const subcommand of command.commands) addGlobalOptions(subcommand);
  return command;
}

/** The options of a command and the global ones, wherever on the command line they stand. */
export function optionsOf<Own extends object = object>(command: Command): GlobalOptions & Own {
  const own = command.opts<GlobalOptions & Own>();
  const root: SkillRoot[] = [];
  for (let level: Command | null = command; level !== null; level = level.parent) {
    root.unshift(...(level.opts<GlobalOptions>().root ?? []));
  }
  return { ...command.optsWithGlobals(), ...own, ...(root.length > 0 ? { root } : {}) };
}

/** On whose behalf a command changes skills. */
export function planeOf({ system }: GlobalOptions): Plane {
  return system === true ? "system" : "skills";
}
