// What becomes of the data of a skill that is uninstalled: it stays unless somebody asks for its removal.

import { rm, stat } from "node:fs/promises";
import { bindDatabase, type DatabaseKind, databaseFolder } from "./binding.js";
import type { Databases } from "./databases.js";

export interface RemovalOptions {
  /** Default false. */
  removeSqlite?: boolean;
  /** Default false. */
  removeLancedb?: boolean;
}

/** What was to be removed and was not there, or could not be removed, is neither removed nor retained. */
export interface Removal {
  sqliteRemoved: boolean;
  sqliteRetained: boolean;
  lancedbRemoved: boolean;
  lancedbRetained: boolean;
  /** What could not be removed, and why. */
  warnings: string[];
}

/**
 * Closes the databases of a skill and removes what the options name. Data elsewhere, of a host's provider or in object
 * storage, is the host's business.
 *
 * @param spaceRoot folder of all databases of the root that the skill was installed in
 */
export async function removeDatabases(
  databases: Databases,
  skill: { rootName: string; skillId: string; skillDir: string },
  spaceRoot: string,
  { removeSqlite = false, removeLancedb = false }: RemovalOptions = {},
): Promise<Removal> {
  const warnings: string[] = [];
  const settle = async (kind: DatabaseKind, remove: boolean) => {
    const folder = databaseFolder(kind, spaceRoot, skill.skillId);
    await databases.release(kind, bindDatabase(kind, skill, spaceRoot));
    if (!remove) return { removed: false, retained: true };
    if (!(await exists(folder))) return { removed: false, retained: false };
    try {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      return { removed: true, retained: false };
    } catch (error) {
      warnings.push(`${kind} cleanup failed: ${(error as Error).message}`);
      return { removed: false, retained: false };
    }
  };
  const sqlite = await settle("sqlite", removeSqlite);
  const lancedb = await settle("lancedb", removeLancedb);
  return {
    sqliteRemoved: sqlite.removed,
    sqliteRetained: sqlite.retained,
    lancedbRemoved: lancedb.removed,
    lancedbRetained: lancedb.retained,
    warnings,
  };
}

async function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
