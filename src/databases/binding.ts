// Which database a skill has: where it lies, under which names hosts and skills know it, and what is logged about it.

import { basename, join } from "node:path";

export type DatabaseKind = "sqlite" | "lancedb";

/** Where a skill's database belongs, as hosts get it that keep databases themselves. The names are part of that protocol. */
export interface DatabaseBinding {
  /** Label of the root. */
  readonly space_label: string;
  readonly root_name: string;
  readonly skill_id: string;
  /** `<space_label>-<skill_id>`. */
  readonly binding_tag: string;
  /** Folder of all databases of the root. */
  readonly space_root: string;
  readonly skill_dir: string;
  readonly skill_dir_name: string;
  readonly database_kind: "sqlite" | "lance_db";
  /** The SQLite file, or the folder of the LanceDB tables. */
  readonly default_database_path: string;
}

/** What the manifest says about logging. */
export interface DatabaseSettings {
  readonly logLevel: "off" | "info" | "warning";
  readonly slowLogEnabled: boolean;
  /** Operations that take at least as long are slow. */
  readonly slowLogThresholdMs: number;
}

/** One database of one skill. */
export interface SkillDatabase {
  readonly binding: DatabaseBinding;
  readonly settings: DatabaseSettings;
}

/** The databases that a skill has enabled. */
export type SkillDatabases = { readonly [Kind in DatabaseKind]?: SkillDatabase };

/** The folder that holds everything of a skill's database of one kind. */
export function databaseFolder(kind: DatabaseKind, spaceRoot: string, skillId: string): string {
  return join(spaceRoot, kind, skillId);
}

/** @param spaceRoot folder of all databases of the root that the skill was loaded from */
export function bindDatabase(
  kind: DatabaseKind,
  skill: { rootName: string; skillId: string; skillDir: string },
  spaceRoot: string,
): DatabaseBinding {
  const { rootName, skillId, skillDir } = skill;
  const folder = databaseFolder(kind, spaceRoot, skillId);
  return Object.freeze({
    space_label: rootName,
    root_name: rootName,
    skill_id: skillId,
    binding_tag: `${rootName}-${skillId}`,
    space_root: spaceRoot,
    skill_dir: skillDir,
    skill_dir_name: basename(skillDir),
    database_kind: kind === "sqlite" ? "sqlite" : "lance_db",
    default_database_path: kind === "sqlite" ? join(folder, `${skillId}.sqlite3`) : folder,
  });
}
