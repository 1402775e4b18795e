// luaskills config: the values that skills read as `vulcan.config`.

import { Command } from "commander";
import { configFile, resolvePaths } from "../packages/paths.js";
import { resolveRoots } from "../packages/roots.js";
import type { ConfigStore } from "../skills/config-store.js";
import { importWithAddon } from "./addon.js";
import { OperationError } from "./failure.js";
import { type GlobalOptions, optionsOf } from "./global-options.js";
import { interruptible } from "./interruption.js";
import { chooseRoots } from "./roots.js";
import { readStandardInput } from "./standard-input.js";
import { formatTable } from "./table.js";
import type { Terminal } from "./terminal.js";

export function configCommand(terminal: Terminal): Command {
  const command = new Command("config").description("read and change the settings of skills").addHelpText(
    "after",
    `
Examples:
  luaskills config list
  luaskills config set weather api_url https://example.org
  luaskills config set weather token < token.txt
  luaskills config get weather api_url
  luaskills config delete weather api_url

They are kept in config/skill_config.json, in the runtime root or beside the folder of skills. Skills need not be installed
to have settings.`,
  );
  command.addCommand(listSettings(terminal));
  command.addCommand(getSetting(terminal));
  command.addCommand(setSetting(terminal));
  command.addCommand(deleteSetting(terminal));
  return command;
}

function listSettings(terminal: Terminal): Command {
  return new Command("list")
    .description("all settings, or those of one skill")
    .argument("[skill]", "skill id")
    .action(async (skillId: string | undefined, _options: object, command: Command) => {
      const { json } = optionsOf(command);
      await withSettings(optionsOf(command), async settings => {
        const entries = settings.list(skillId);
        if (json) terminal.out(`${JSON.stringify(entries, null, 2)}\n`);
        else if (entries.length === 0) terminal.err("no settings\n");
        else {
          const rows = entries.map(entry => [entry.skillId, entry.key, JSON.stringify(entry.value)]);
          terminal.out(
            formatTable(["SKILL", "KEY", "VALUE"], rows, terminal.columns, terminal.style.out.bold),
          );
        }
      });
    });
}

function getSetting(terminal: Terminal): Command {
  return new Command("get")
    .description("print one setting")
    .argument("<skill>", "skill id")
    .argument("<key>")
    .action(async (skillId: string, key: string, _options: object, command: Command) => {
      const { json } = optionsOf(command);
      await withSettings(optionsOf(command), async settings => {
        const value = settings.get(skillId, key);
        if (value === undefined) throw unknownSetting(settings, skillId, key);
        terminal.out(json ? `${JSON.stringify({ skillId, key, value }, null, 2)}\n` : `${value}\n`);
      });
    });
}

function setSetting(terminal: Terminal): Command {
  return new Command("set")
    .description("change one setting")
    .argument("<skill>", "skill id")
    .argument("<key>")
    .argument("[value]", "read from standard input where it is missing, without its last line end")
    .action(
      async (skillId: string, key: string, given: string | undefined, _options: object, command: Command) => {
        const { json } = optionsOf(command);
        const value = given ?? (await interruptible(terminal, signal => readValue(terminal, signal)));
        await withSettings(optionsOf(command), async settings => {
          await settings.set(skillId, key, value);
          if (json) terminal.out(`${JSON.stringify({ skillId, key, value }, null, 2)}\n`);
        });
      },
    );
}

async function readValue(terminal: Terminal, signal: AbortSignal): Promise<string> {
  const text = await readStandardInput("the value", terminal, signal);
  return text.replace(/\r?\n$/, "");
}

function deleteSetting(terminal: Terminal): Command {
  return new Command("delete")
    .description("remove one setting")
    .argument("<skill>", "skill id")
    .argument("<key>")
    .action(async (skillId: string, key: string, _options: object, command: Command) => {
      const { json } = optionsOf(command);
      await withSettings(optionsOf(command), async settings => {
        if (!(await settings.delete(skillId, key))) throw unknownSetting(settings, skillId, key);
        if (json) terminal.out(`${JSON.stringify({ skillId, key, deleted: true }, null, 2)}\n`);
      });
    });
}

/** The store alone: for settings no skill is loaded. */
async function withSettings(
  options: GlobalOptions,
  run: (settings: ConfigStore) => Promise<void>,
): Promise<void> {
  const { runtimeRoot } = options;
  const paths = resolvePaths(runtimeRoot === undefined ? {} : { runtimeRoot });
  const roots = resolveRoots(runtimeRoot === undefined ? chooseRoots(options) : []);
  const location = configFile(paths, roots);
  if (location.problem !== undefined) {
    throw new OperationError("SKILL_CONFIG", location.problem, "say where they are by --runtime-root DIR");
  }
  const { ConfigStore } = await importWithAddon(() => import("../skills/config-store.js"));
  await using settings = new ConfigStore(() => location);
  await run(settings);
}

function unknownSetting(settings: ConfigStore, skillId: string, key: string): OperationError {
  const keys = settings.list(skillId).map(entry => entry.key);
  const hint = keys.length === 0 ? "it has no settings" : `it has ${keys.join(", ")}`;
  return new OperationError("SKILL_CONFIG", `skill ${skillId} has no setting ${key}`, hint);
}
