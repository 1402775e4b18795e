// Which backend serves which kind of database.

import type { DatabaseKind } from "./binding.js";
import { CallbackBackend } from "./callback-backend.js";
import type { DatabaseBackends } from "./databases.js";
import { DisabledBackend } from "./disabled-backend.js";
import { EmbeddedLance } from "./lancedb/backend.js";
import type { DatabaseSources } from "./options.js";
import type { DatabaseBackend, DatabaseProvider } from "./provider.js";
import { EmbeddedSqlite } from "./sqlite/backend.js";

/** Nothing is opened, and no library loaded, before a skill uses its database. */
export function createBackends({ sqlite, lancedb, lancedbStorage }: DatabaseSources): DatabaseBackends {
  return {
    sqlite: backendOf("sqlite", sqlite, () => new EmbeddedSqlite()),
    lancedb: backendOf("lancedb", lancedb, () => new EmbeddedLance(lancedbStorage)),
  };
}

function backendOf(
  kind: DatabaseKind,
  source: "embedded" | "disabled" | DatabaseProvider,
  embedded: () => DatabaseBackend,
): DatabaseBackend {
  if (source === "embedded") return embedded();
  return source === "disabled" ? new DisabledBackend(kind) : new CallbackBackend(kind, source);
}
