// luaskills update: newer versions of installed skills.

import { Command } from "commander";
import type { ApplyResult, SkillEngine } from "../index.js";
import { OperationError } from "./failure.js";
import { optionsOf, planeOf } from "./global-options.js";
import { showProgress } from "./progress.js";
import { addSourceOptions, type SourceCommandOptions, sourceEngineOptions } from "./source-options.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface UpdateCommandOptions extends SourceCommandOptions {
  version?: string;
  dryRun?: boolean;
}

export function updateCommand(terminal: Terminal): Command {
  const command = new Command("update")
    .description("update skills to the newest version within their range")
    .argument("[skill...]", "skill ids; without any, all that were installed from a source")
    .option("--version <version>", "a version, a range, or latest")
    .option("--target-root <name>", "root that holds the copy to update")
    .option("--dry-run", "say what would change, and change nothing");
  return addSourceOptions(command).action(async (named: string[], _options: object, own: Command) => {
    const options = optionsOf<UpdateCommandOptions>(own);
    const { version, targetRoot, dryRun } = options;
    await withEngine(
      options,
      terminal,
      async (engine, { signal }) => {
        const skillIds = named.length > 0 ? named : await managedSkills(engine);
        const done = showProgress(engine, terminal, options);
        const results: ApplyResult[] = [];
        const failed: string[] = [];
        for (const skillId of skillIds) {
          try {
            const result = await engine.skills.update(
              { skillId, ...(version === undefined ? {} : { version }) },
              {
                plane: planeOf(options),
                signal,
                dryRun: dryRun === true,
                ...(targetRoot === undefined ? {} : { targetRoot }),
              },
            );
            results.push(result);
            if (!options.json) terminal.out(`${result.message}\n`);
          } catch (error) {
            // What was asked for by name alone is told as any other failure.
            if (skillIds.length === 1 || signal.aborted) throw error;
            failed.push(skillId);
            terminal.err(`${skillId}: ${(error as Error).message}\n`);
          }
        }
        done();
        if (options.json) terminal.out(`${JSON.stringify(results, null, 2)}\n`);
        else if (skillIds.length === 0) terminal.err("no skill here was installed from a source\n");
        if (failed.length > 0) throw new OperationError("UPDATE", `not updated: ${failed.join(", ")}`);
      },
      { engine: sourceEngineOptions(options), quiet: true },
    );
  });
}

/** Ids of the copies that count and that an install brought. */
export async function managedSkills(engine: SkillEngine): Promise<string[]> {
  const skills = await engine.skills.list();
  return skills
    .filter(({ source, hiddenBy }) => source !== undefined && hiddenBy === undefined)
    .map(({ skillId }) => skillId);
}
