// luaskills install: a package from GitHub, npm, the hub, an address, a folder or a zip file.

import { Command, Option } from "commander";
import type { InstallRequest, SourceType } from "../index.js";
import { sourceTypes } from "../lifecycle/sources/source.js";
import { optionsOf, planeOf } from "./global-options.js";
import { showProgress } from "./progress.js";
import { addSourceOptions, type SourceCommandOptions, sourceEngineOptions } from "./source-options.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface InstallCommandOptions extends SourceCommandOptions {
  as?: string;
  type?: SourceType;
  version?: string;
  dryRun?: boolean;
}

export function installCommand(terminal: Terminal): Command {
  const command = new Command("install")
    .description("install a skill")
    .argument("<source>", "owner/repo, npm:name, a folder, a zip file, an address, or an id of the hub")
    .option("--version <version>", "a version or a range such as ^1.2; updates stay within it")
    .option("--as <skill>", "id of the skill, where it does not follow from the source")
    .option("--target-root <name>", "root to install into")
    .option("--dry-run", "say what would be installed, and change nothing")
    .addOption(
      new Option("--type <type>", "what the source is, where it does not look like it").choices(sourceTypes),
    );
  return addSourceOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  luaskills install owner/demo                    the latest release on GitHub
  luaskills install npm:@acme/demo --version ^1   with the registry and token of your npm
  luaskills install ./demo                        a folder on this machine

GITHUB_TOKEN is sent to GitHub where it is set.`,
    )
    .action(async (source: string, _options: object, own: Command) => {
      const options = optionsOf<InstallCommandOptions>(own);
      const { as: skillId, type: sourceType, version, targetRoot, dryRun } = options;
      const request: InstallRequest = {
        source,
        ...(skillId === undefined ? {} : { skillId }),
        ...(sourceType === undefined ? {} : { sourceType }),
        ...(version === undefined ? {} : { version }),
      };
      await withEngine(
        options,
        terminal,
        async (engine, { signal }) => {
          const done = showProgress(engine, terminal, options);
          const result = await engine.skills
            .install(request, {
              plane: planeOf(options),
              signal,
              dryRun: dryRun === true,
              ...(targetRoot === undefined ? {} : { targetRoot }),
            })
            .finally(done);
          terminal.out(options.json ? `${JSON.stringify(result, null, 2)}\n` : `${result.message}\n`);
        },
        { engine: sourceEngineOptions(options), rootsMayBeMissing: true, quiet: true },
      );
    });
}
