// luaskills outdated: which installed skills have newer versions.

import { Command } from "commander";
import type { SkillEngine, SkillSummary } from "../index.js";
import { OperationError } from "./failure.js";
import { optionsOf, planeOf } from "./global-options.js";
import { addSourceOptions, type SourceCommandOptions, sourceEngineOptions } from "./source-options.js";
import { formatTable } from "./table.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

interface Outdated {
  skillId: string;
  rootName: string;
  current: string;
  /** What an update would bring; the range that was asked for counts. */
  wanted: string;
  latest: string;
  source: string;
}

export function outdatedCommand(terminal: Terminal): Command {
  const command = new Command("outdated").description("list installed skills that have newer versions");
  return addSourceOptions(command).action(async (_options: object, own: Command) => {
    const options = optionsOf<SourceCommandOptions>(own);
    await withEngine(
      options,
      terminal,
      async (engine, { signal }) => {
        const found: Outdated[] = [];
        const failed: string[] = [];
        for (const skill of await engine.skills.list()) {
          try {
            const outdated = await compare(engine, skill, { plane: planeOf(options), signal });
            if (outdated !== undefined) found.push(outdated);
          } catch (error) {
            if (signal.aborted) throw error;
            failed.push(skill.skillId);
            terminal.err(`${skill.skillId}: ${(error as Error).message}\n`);
          }
        }
        if (options.json) terminal.out(`${JSON.stringify(found, null, 2)}\n`);
        else if (found.length > 0) terminal.out(table(found, terminal));
        else if (failed.length === 0)
          terminal.err("every skill that was installed from a source is up to date\n");
        if (failed.length > 0)
          throw new OperationError("OUTDATED", `nothing known about ${failed.join(", ")}`);
      },
      { engine: sourceEngineOptions(options), quiet: true },
    );
  });
}

/** Undefined for a skill without a source, a hidden one, and one that has its latest version. */
async function compare(
  engine: SkillEngine,
  { skillId, rootName, source, hiddenBy }: SkillSummary,
  asked: { plane: "skills" | "system"; signal: AbortSignal },
): Promise<Outdated | undefined> {
  if (source === undefined || hiddenBy !== undefined) return undefined;
  const plan = (version?: string) =>
    engine.skills.update(
      { skillId, ...(version === undefined ? {} : { version }) },
      { ...asked, dryRun: true },
    );
  const wanted = await plan();
  const latest = source.range === undefined ? wanted : await plan("latest");
  if (wanted.status === "up_to_date" && latest.status === "up_to_date") return undefined;
  return {
    skillId,
    rootName,
    current: wanted.previousVersion ?? wanted.version ?? "",
    wanted: wanted.version ?? "",
    latest: latest.version ?? "",
    source: `${source.type}:${source.locator}`,
  };
}

function table(found: readonly Outdated[], { columns, style }: Terminal): string {
  const rows = found.map(({ skillId, rootName, current, wanted, latest, source }) => [
    skillId,
    rootName,
    current,
    wanted,
    latest,
    source,
  ]);
  return formatTable(
    ["SKILL", "ROOT", "CURRENT", "WANTED", "LATEST", "SOURCE"],
    rows,
    columns,
    style.out.bold,
  );
}
