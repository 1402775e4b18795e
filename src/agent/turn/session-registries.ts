// Which hidden tools each session has brought up, from one turn to the next.

import type { Agent } from "../agents.js";
import type { ToolCatalog } from "../tools/catalog.js";
import { type AllowList, ToolRegistry } from "../tools/registry.js";
import type { Turn } from "./turn.js";

export class SessionRegistries {
  readonly #catalog: ToolCatalog;
  /** Only of sessions that have some. */
  readonly #kept = new Map<string, ToolRegistry>();

  constructor(catalog: ToolCatalog) {
    this.#catalog = catalog;
  }

  /**
   * The registry for a turn.
   *
   * @param profile what the turn allows, of what the agent has
   * @param deepest the turn may start no sub-turns
   */
  of(sessionKey: string, agent: Agent, profile: AllowList, deepest: boolean): ToolRegistry {
    const promoted = this.#kept.get(sessionKey)?.promoted;
    const registry = new ToolRegistry(this.#catalog, agent.tools, deepest, promoted);
    return profile === undefined ? registry : registry.clone(profile);
  }

  /** Remembers what a turn leaves. */
  keep(sessionKey: string, { registry }: Turn): void {
    if (registry.promoted.size === 0) this.#kept.delete(sessionKey);
    else this.#kept.set(sessionKey, registry);
  }

  forget(sessionKey: string): void {
    this.#kept.delete(sessionKey);
  }
}
