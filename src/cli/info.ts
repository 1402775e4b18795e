// luaskills info: what there is to know about one skill.

import { Command } from "commander";
import type { DependencyState, SkillInfo } from "../index.js";
import { OperationError } from "./failure.js";
import { optionsOf } from "./global-options.js";
import { closestNames } from "./suggest.js";
import type { Terminal } from "./terminal.js";
import { withEngine } from "./with-engine.js";

export function infoCommand(terminal: Terminal): Command {
  return new Command("info")
    .description("show where a skill came from, whether it serves, its dependencies and data")
    .argument("<skill>", "skill id")
    .option("--target-root <name>", "root that holds the copy")
    .action(async (skillId: string, _options: object, command: Command) => {
      const options = optionsOf<{ targetRoot?: string }>(command);
      const { targetRoot } = options;
      await withEngine(
        options,
        terminal,
        async engine => {
          const info = await engine.skills.info(skillId, targetRoot === undefined ? {} : { targetRoot });
          if (info === undefined) {
            const known = (await engine.skills.list()).map(skill => skill.skillId);
            throw unknownSkill(skillId, known);
          }
          if (options.json) terminal.out(`${JSON.stringify(info, null, 2)}\n`);
          else terminal.out(describe(info, terminal));
        },
        { quiet: true },
      );
    });
}

function unknownSkill(skillId: string, known: readonly string[]): OperationError {
  const close = closestNames(skillId, [...new Set(known)]);
  const hint =
    close.length > 0 ? `did you mean ${close.join(" or ")}?` : "`luaskills list` shows what there is";
  return new OperationError("SKILL_NOT_INSTALLED", `skill ${skillId} is not installed`, hint);
}

function describe(info: SkillInfo, { style }: Terminal): string {
  const { skillId, name, version, rootName, skillDir, problems, dependencies } = info;
  const rows: [string, string][] = [
    ["name", name ?? ""],
    ["root", `${rootName}, ${skillDir}`],
    ["status", status(info)],
    ["source", source(info)],
    ["data", data(info)],
    ...dependencies.map(state => ["dependency", dependency(state)] as [string, string]),
    ...problems.map(problem => ["problem", problem] as [string, string]),
  ];
  const lines = rows.filter(([, text]) => text !== "").map(([label, text]) => `${label.padEnd(12)}${text}\n`);
  return `${style.out.bold(`${skillId} ${version ?? ""}`.trimEnd())}\n${lines.join("")}`;
}

function status({ serving, disabled, hiddenBy }: SkillInfo): string {
  if (serving) return "serving";
  if (hiddenBy !== undefined) return `hidden by the copy in ${hiddenBy}`;
  if (disabled !== undefined) return disabled === "" ? "disabled" : `disabled: ${disabled}`;
  return "not loaded";
}

function source({ source: origin, installedAt }: SkillInfo): string {
  if (origin === undefined) return "put there by hand";
  const { type, locator, tag, range } = origin;
  const parts = [`${type} ${locator}`];
  if (tag !== undefined) parts.push(tag);
  if (range !== undefined) parts.push(`within ${range}`);
  if (installedAt) parts.push(`installed ${new Date(installedAt).toISOString()}`);
  return parts.join(", ");
}

function data({ data: { sqlite, lancedb } }: SkillInfo): string {
  const kinds = [...(sqlite ? ["SQLite"] : []), ...(lancedb ? ["LanceDB"] : [])];
  return kinds.length === 0 ? "none" : kinds.join(", ");
}

function dependency({ kind, name, version, status: state, required, reason }: DependencyState): string {
  const what = `${kind} ${name}${version === undefined ? "" : ` ${version}`}${required ? "" : " (optional)"}`;
  return `${what}: ${state}${reason === undefined ? "" : `, ${reason}`}`;
}
