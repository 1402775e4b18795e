// What goes with a skill, or with its old version, outside the root's own files: dependencies and databases.

import type { Databases } from "../databases/databases.js";
import { type Removal, removeDatabases } from "../databases/removal.js";
import { databaseDir, type HostPaths } from "../packages/paths.js";
import type { Dependencies } from "./dependencies/dependencies.js";
import { type RootState, skillDir } from "./root-state.js";
import type { Journal } from "./transactions/journal.js";

export interface AftermathResult {
  removal: Removal;
  /** What could not be removed, and why. */
  warnings: string[];
}

const nothingRemoved: Removal = {
  sqliteRemoved: false,
  sqliteRetained: true,
  lancedbRemoved: false,
  lancedbRetained: true,
  warnings: [],
};

export class SkillAftermath {
  readonly #paths: HostPaths;
  readonly #dependencies: Dependencies;
  readonly #databases: Databases;

  constructor(paths: HostPaths, dependencies: Dependencies, databases: Databases) {
    this.#paths = paths;
    this.#dependencies = dependencies;
    this.#databases = databases;
  }

  async complete(state: RootState, { skillId, removes, action }: Journal): Promise<AftermathResult> {
    const { root } = state;
    const folder = skillDir(state, skillId);
    const warnings: string[] = [];
    if (removes.includes("stale_dependencies")) {
      warnings.push(...(await this.#dependencies.removeStale({ skillId, root }, folder)).problems);
    }
    if (removes.includes("dependencies")) {
      warnings.push(...(await this.#dependencies.removeAll({ skillId, root })).problems);
    }
    if (action !== "uninstall") return { removal: nothingRemoved, warnings };
    const removal = await removeDatabases(
      this.#databases,
      { rootName: root.name, skillId, skillDir: folder },
      databaseDir(this.#paths, root),
      { removeSqlite: removes.includes("sqlite"), removeLancedb: removes.includes("lancedb") },
    );
    return { removal, warnings: [...warnings, ...removal.warnings] };
  }
}
