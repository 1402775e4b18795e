// The `sqlite` and `lancedb` blocks of a manifest: whether a skill has a database, and what is logged about it.

import type { DatabaseSettings } from "../databases/binding.js";
import type { Fields } from "./fields.js";

const logLevels = ["off", "info", "warning"] as const;

export interface DatabaseBlock extends DatabaseSettings {
  readonly enable: boolean;
}

/**
 * Reads one of the blocks; a missing one is a database that is not enabled.
 *
 * @param slowLogThresholdMs default of the kind of database
 */
export function readDatabaseBlock(
  manifest: Fields,
  kind: "sqlite" | "lancedb",
  slowLogThresholdMs: number,
): DatabaseBlock {
  const block = manifest.mapping(kind);
  if (block === undefined) {
    return { enable: false, logLevel: "info", slowLogEnabled: false, slowLogThresholdMs };
  }
  return {
    enable: block.flag("enable", false),
    logLevel: block.choice("log_level", logLevels, "info"),
    slowLogEnabled: block.flag("slow_log_enabled", false),
    slowLogThresholdMs: block.count("slow_log_threshold_ms", slowLogThresholdMs),
  };
}
