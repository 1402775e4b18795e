// How a skill got into a root: `<state>/installs/<skill-id>.yaml`. A skill without a record was put there by hand.

import { readFile } from "node:fs/promises";
import { dump } from "js-yaml";
import { SkillError } from "../packages/errors.js";
import { Fields } from "../packages/fields.js";
import { isJsonObject } from "../packages/json-object.js";
import { versionProblem } from "../packages/version.js";
import { parseYaml } from "../packages/yaml.js";
import { type RootState, recordFile } from "./root-state.js";
import { sourceTypeOf } from "./sources/registry.js";
import type { SourceType } from "./sources/source.js";

export interface InstallRecord {
  readonly skillId: string;
  readonly version: string;
  /** False: somebody keeps the record by hand, and updates are not for this package to make. */
  readonly managed: boolean;
  readonly source: RecordedSource;
  /** Milliseconds since 1970. */
  readonly installedAt: number;
}

export interface RecordedSource {
  readonly type: SourceType;
  readonly locator: string;
  readonly tag?: string;
  /** The version or range that was asked for; updates stay within it. */
  readonly range?: string;
}

export function formatRecord({ skillId, version, managed, source, installedAt }: InstallRecord): string {
  return dump({
    skill_id: skillId,
    version,
    managed,
    source: {
      source_type: source.type,
      locator: source.locator,
      tag: source.tag ?? null,
      range: source.range ?? null,
    },
    installed_at_unix_ms: installedAt,
  });
}

/**
 * @returns undefined when there is none
 * @throws SkillError `SKILL_STATE` when it cannot be read or understood
 */
export async function readRecord(state: RootState, skillId: string): Promise<InstallRecord | undefined> {
  const path = recordFile(state, skillId);
  const problems: string[] = [];
  const text = await readText(path, problems);
  if (text === undefined && problems.length === 0) return undefined;
  const record = parseRecord(skillId, text ?? "", problems);
  if (problems.length === 0) return record;
  throw new SkillError("SKILL_STATE", `install record ${path}: ${problems.join("; ")}`);
}

async function readText(path: string, problems: string[]): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") problems.push(message);
    return undefined;
  }
}

function parseRecord(skillId: string, text: string, problems: string[]): InstallRecord | undefined {
  if (problems.length > 0) return undefined;
  const { value, problem } = parseYaml(text);
  if (problem !== undefined) problems.push(`not valid YAML: ${problem}`);
  else if (!isJsonObject(value)) problems.push("must be a mapping");
  if (!isJsonObject(value)) return undefined;
  const fields = new Fields(value, "", problems);
  const version = fields.text("version") ?? "";
  fields.report(versionProblem("version", version));
  const source = fields.mapping("source");
  if (source === undefined) problems.push("source is missing");
  const written = source?.text("source_type") ?? "";
  const type = sourceTypeOf(written);
  if (type === undefined) problems.push(`source.source_type ${JSON.stringify(written)} is unknown`);
  const tag = source?.optionalText("tag");
  const range = source?.optionalText("range");
  return {
    skillId,
    version,
    managed: fields.flag("managed", false),
    source: {
      type: type ?? "github",
      locator: source?.text("locator") ?? "",
      ...(tag ? { tag } : {}),
      ...(range ? { range } : {}),
    },
    installedAt: fields.count("installed_at_unix_ms", 0),
  };
}
