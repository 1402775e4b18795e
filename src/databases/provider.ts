// What serves the databases of one kind: the libraries beside us, a callback of the host, or nobody.

import type { Json } from "../vm/index.js";
import type { DatabaseAnswer } from "./answer.js";
import type { DatabaseBinding, SkillDatabase } from "./binding.js";

/** One operation, as it comes from Lua. */
export interface DatabaseRequest {
  readonly action: string;
  /** JSON text of the input without its payload. */
  readonly head: string;
  /**
   * SQLite: JSON text of `params` or `items`. LanceDB: what `vector_upsert` writes, as JSON text or Arrow IPC bytes.
   */
  readonly payload?: string | Uint8Array;
}

/** A host that keeps the databases of its skills itself. */
export interface DatabaseProvider {
  /**
   * Performs one operation. What it throws or rejects with becomes the error that the skill sees.
   *
   * @returns SQLite: the result as the skill gets it. LanceDB: `{ meta, data_base64? }`
   */
  handle(request: { action: string; binding: Json; input: Json }): Json | Promise<Json>;
}

/** What `status()` shows of a backend. */
export interface LibraryStatus {
  readonly integrationMode: "dynamic_library" | "host_callback";
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly stage: string;
}

export interface DatabaseBackend {
  /** True if operations are logged. */
  readonly logged: boolean;
  /** Why there are no databases, as skills are told; undefined: there are. */
  problem(): string | undefined;
  library(): LibraryStatus;
  /** Where the data of a binding lies. */
  locate(binding: DatabaseBinding): string;
  /** @param signal aborts when the call that waits has ended; a running statement is interrupted where that can be done */
  perform(database: SkillDatabase, request: DatabaseRequest, signal: AbortSignal): Promise<DatabaseAnswer>;
  /** `perform` on the calling stack. @param timeoutMs that the caller has left */
  performSync(
    database: SkillDatabase,
    request: DatabaseRequest,
    timeoutMs: number | undefined,
  ): DatabaseAnswer;
  /** Closes what is open of a database, so that its files can be removed. */
  release(binding: DatabaseBinding): Promise<void>;
  close(): Promise<void>;
}
