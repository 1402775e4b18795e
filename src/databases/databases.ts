// The databases of all skills of one engine: which backend serves, what is logged, what a skill is told about its own.

import { dirname } from "node:path";
import { databaseActions } from "./actions.js";
import { type DatabaseAnswer, metaOf } from "./answer.js";
import type { DatabaseBinding, DatabaseKind, SkillDatabase, SkillDatabases } from "./binding.js";
import { notEnabled } from "./disabled-backend.js";
import type { DatabaseBackend, DatabaseRequest } from "./provider.js";

/** What the databases need to know of the skill whose code runs. */
export interface DatabaseUser {
  readonly skillId: string;
  readonly databases: SkillDatabases;
}

export type DatabaseLog = (level: "info" | "warn", message: string, skillId: string) => void;

export type DatabaseBackends = { readonly [Kind in DatabaseKind]: DatabaseBackend };

const logNames = { sqlite: "Sqlite", lancedb: "LanceDb" } as const;

export class Databases implements AsyncDisposable {
  readonly #backends: DatabaseBackends;
  readonly #log: DatabaseLog;

  constructor(backends: DatabaseBackends, log: DatabaseLog) {
    this.#backends = backends;
    this.#log = log;
  }

  /** Why the skill has no database of this kind; undefined: it has one. */
  problem(kind: DatabaseKind, user: DatabaseUser | undefined): string | undefined {
    return user?.databases[kind] === undefined ? notEnabled(kind) : this.#backends[kind].problem();
  }

  /** What `status()` answers. */
  status(kind: DatabaseKind, user: DatabaseUser | undefined): { [name: string]: unknown } {
    const reason = this.problem(kind, user);
    const database = user?.databases[kind];
    if (reason !== undefined || database === undefined) {
      return {
        enabled: false,
        initialized: false,
        skill_name: user?.skillId ?? "",
        integration_mode: "dynamic_library",
        reason,
      };
    }
    const { binding, settings } = database;
    const library = this.#backends[kind].library();
    const { name, version, stage } = library;
    return {
      enabled: true,
      initialized: true,
      skill_name: binding.skill_id,
      skill_dir_name: binding.skill_dir_name,
      database_path: this.#backends[kind].locate(binding),
      integration_mode: library.integrationMode,
      library_path: library.path,
      ...(kind === "sqlite" && {
        library_name: name,
        library_version: version,
        ffi_stage: stage,
        capabilities: databaseActions.sqlite,
      }),
      space_label: binding.space_label,
      root_name: binding.root_name,
      binding_tag: binding.binding_tag,
      space_root: binding.space_root,
      default_database_path: binding.default_database_path,
      log_level: settings.logLevel,
      slow_log_enabled: settings.slowLogEnabled,
      slow_log_threshold_ms: settings.slowLogThresholdMs,
    };
  }

  /** What `info()` answers: the status, and for SQLite the library by itself. */
  info(kind: DatabaseKind, user: DatabaseUser | undefined): { [name: string]: unknown } {
    const status = this.status(kind, user);
    if (kind === "lancedb" || status.enabled !== true) return status;
    const { name, version, stage } = this.#backends[kind].library();
    return {
      ...status,
      library_info: { name, version, ffi_stage: stage, capabilities: databaseActions.sqlite },
    };
  }

  /** @param signal aborts when the call that waits has ended */
  async perform(
    kind: DatabaseKind,
    user: DatabaseUser | undefined,
    request: DatabaseRequest,
    signal: AbortSignal,
  ): Promise<DatabaseAnswer> {
    const { database, backend } = this.#serving(kind, user);
    const operation = this.#begin(kind, database, backend, request);
    try {
      const answer = await backend.perform(database, request, signal);
      operation?.done(answer);
      return answer;
    } catch (error) {
      operation?.failed(error);
      throw error;
    }
  }

  /** `perform` on the calling stack. @param timeoutMs that the caller has left */
  performSync(
    kind: DatabaseKind,
    user: DatabaseUser | undefined,
    request: DatabaseRequest,
    timeoutMs: number | undefined,
  ): DatabaseAnswer {
    const { database, backend } = this.#serving(kind, user);
    const operation = this.#begin(kind, database, backend, request);
    try {
      const answer = backend.performSync(database, request, timeoutMs);
      operation?.done(answer);
      return answer;
    } catch (error) {
      operation?.failed(error);
      throw error;
    }
  }

  /** Closes what is open of a database, so that its files can be removed. */
  release(kind: DatabaseKind, binding: DatabaseBinding): Promise<void> {
    return this.#backends[kind].release(binding);
  }

  /** Ends what still runs and closes every database. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#backends.sqlite.close(), this.#backends.lancedb.close()]);
  }

  #serving(kind: DatabaseKind, user: DatabaseUser | undefined) {
    const reason = this.problem(kind, user);
    const database = user?.databases[kind];
    if (reason !== undefined || database === undefined) throw new Error(reason);
    return { database, backend: this.#backends[kind] };
  }

  /** Logs as the manifest of the skill wants it. Undefined when there is nothing to log. */
  #begin(
    kind: DatabaseKind,
    { binding, settings }: SkillDatabase,
    backend: DatabaseBackend,
    { action, payload }: DatabaseRequest,
  ) {
    const { logLevel, slowLogEnabled, slowLogThresholdMs } = settings;
    if (!backend.logged || (logLevel === "off" && !slowLogEnabled)) return undefined;
    const path = backend.locate(binding);
    const folder = kind === "sqlite" ? dirname(path) : path;
    const about = `skill=${binding.skill_id} db=${folder} op=${action}`;
    const write = (level: "info" | "warn", word: string, text: string) =>
      this.#log(level, `[${logNames[kind]}:${word}] ${about}${text}`, binding.skill_id);
    if (logLevel === "info") write("info", "info", "");
    const started = performance.now();
    return {
      done: (answer: DatabaseAnswer) => {
        const elapsed = Math.round(performance.now() - started);
        if (!slowLogEnabled || elapsed < slowLogThresholdMs) return;
        write("info", "slow", ` elapsed_ms=${elapsed}${sizes(answer, payload)}`);
      },
      failed: (error: unknown) => {
        if (logLevel === "off") return;
        write("warn", "warn", ` message=${error instanceof Error ? error.message : error}`);
      },
    };
  }
}

/** Names of counts in results, and in the slow log. */
const counts = [
  ["row_count", "rows"],
  ["stream_id", "stream_id"],
  ["chunk_count", "chunks"],
  ["total_bytes", "bytes"],
  ["reindexed_rows", "rows"],
  ["statements_executed", "count"],
  ["total", "count"],
  ["byte_length", "result_bytes"],
] as const;

/** How much an operation was about. */
function sizes(answer: DatabaseAnswer, payload: string | Uint8Array | undefined): string {
  const meta = metaOf(answer) as { [name: string]: unknown };
  const parts: string[] = [];
  for (const [member, name] of counts) {
    if (typeof meta[member] === "number") parts.push(`${name}=${meta[member]}`);
  }
  if (Array.isArray(meta.hits)) parts.push(`hits=${meta.hits.length}`);
  if (payload !== undefined) parts.push(`payload_bytes=${Buffer.byteLength(payload)}`);
  return parts.map(part => ` ${part}`).join("");
}
