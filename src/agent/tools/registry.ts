// What one session, and the sub-turns below it, may see and call of the catalog. Core tools always; hidden ones for as many
// rounds as discovery has promoted them.

import type { ToolDefinition } from "../model-port.js";
import type { CatalogTool, ToolCatalog } from "./catalog.js";

/** Which tools are allowed: undefined all, an empty list none. Blanks and case do not count. */
export type AllowList = readonly string[] | undefined;

export class ToolRegistry {
  readonly #catalog: ToolCatalog;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #deepest: boolean;
  /** Rounds left, of hidden tools. */
  readonly #promoted: Map<string, number>;

  /** @param deepest true: sub-turns may go no deeper, so tools that start some are not there */
  constructor(
    catalog: ToolCatalog,
    allow?: AllowList,
    deepest = false,
    promoted: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#catalog = catalog;
    this.#allowed = allow === undefined ? undefined : new Set(allow.map(normalise));
    this.#deepest = deepest;
    this.#promoted = new Map(promoted);
  }

  get catalogVersion(): number {
    return this.#catalog.version;
  }

  /** Whether the allow-list has the name, whatever else there is to say about it. */
  isAllowed(name: string): boolean {
    return this.#allowed === undefined || this.#allowed.has(normalise(name));
  }

  /** True for tools that are registered, visible or not. */
  hasRegistered(name: string): boolean {
    return this.#registered(name) !== undefined;
  }

  /** The tool, where it may be called now. */
  get(name: string): CatalogTool | undefined {
    const tool = this.#registered(name);
    return tool !== undefined && this.#isVisible(tool) ? tool : undefined;
  }

  /** What the model is shown, in order of name. `extra` names hidden tools that are shown this time. */
  definitions(extra: readonly string[] = []): ToolDefinition[] {
    const definitions: ToolDefinition[] = [];
    for (const tool of this.#catalog.tools.values()) {
      if (this.#registered(tool.name) === undefined) continue;
      if (!this.#isVisible(tool) && !extra.includes(tool.name)) continue;
      const { name, description, inputSchema } = tool;
      definitions.push({ name, description, inputSchema });
    }
    return definitions;
  }

  /** Hidden tools that may be discovered. */
  hidden(): CatalogTool[] {
    return [...this.#catalog.tools.values()].filter(
      tool => tool.hidden === true && this.#registered(tool.name) !== undefined,
    );
  }

  /** Makes hidden tools visible for at least `rounds` rounds; others are left alone. */
  promote(names: readonly string[], rounds: number): void {
    for (const name of names) {
      if (!this.#registered(name)?.hidden) continue;
      this.#promoted.set(name, Math.max(rounds, this.#promoted.get(name) ?? 0));
    }
  }

  /** A round is over. */
  tick(): void {
    for (const [name, rounds] of this.#promoted) {
      if (rounds <= 1) this.#promoted.delete(name);
      else this.#promoted.set(name, rounds - 1);
    }
  }

  /** Rounds that a hidden tool is still visible. */
  roundsLeft(name: string): number {
    return this.#promoted.get(name) ?? 0;
  }

  /** Rounds left, by name of the hidden tool. */
  get promoted(): ReadonlyMap<string, number> {
    return this.#promoted;
  }

  /** For a sub-turn or a turn with a profile: what is promoted here is promoted there, and goes its own way from then on. */
  clone(allow?: AllowList, deepest = this.#deepest): ToolRegistry {
    const both = this.#intersect(allow);
    return new ToolRegistry(this.#catalog, both, deepest, this.#promoted);
  }

  /** Names that the list asks for and nobody has. */
  unknown(names: readonly string[]): string[] {
    const known = new Set([...this.#catalog.tools.keys()].map(normalise));
    return names.filter(name => !known.has(normalise(name)));
  }

  #intersect(allow: AllowList): AllowList {
    if (allow === undefined) return this.#allowed === undefined ? undefined : [...this.#allowed];
    return allow.filter(name => this.isAllowed(name));
  }

  #registered(name: string): CatalogTool | undefined {
    const tool = this.#catalog.tools.get(name);
    if (tool === undefined || (this.#deepest && tool.startsSubTurns)) return undefined;
    return tool.discovers || this.isAllowed(name) ? tool : undefined;
  }

  #isVisible(tool: CatalogTool): boolean {
    return tool.hidden !== true || this.#promoted.has(tool.name);
  }
}

function normalise(name: string): string {
  return name.trim().toLowerCase();
}
