// No databases of this kind, by decision of the host.

import type { DatabaseBinding, DatabaseKind } from "./binding.js";
import type { DatabaseBackend, LibraryStatus } from "./provider.js";

/** What skills without a database are told. The text is part of the API. */
export function notEnabled(kind: DatabaseKind): string {
  return `current skill has not enabled ${kind}`;
}

export class DisabledBackend implements DatabaseBackend {
  readonly logged = false;
  readonly #kind: DatabaseKind;

  constructor(kind: DatabaseKind) {
    this.#kind = kind;
  }

  problem(): string {
    return notEnabled(this.#kind);
  }

  library(): LibraryStatus {
    return { integrationMode: "dynamic_library", path: "", name: "", version: "", stage: "disabled" };
  }

  locate(binding: DatabaseBinding): string {
    return binding.default_database_path;
  }

  async perform(): Promise<never> {
    throw new Error(this.problem());
  }

  performSync(): never {
    throw new Error(this.problem());
  }

  async release(): Promise<void> {}

  async close(): Promise<void> {}
}
