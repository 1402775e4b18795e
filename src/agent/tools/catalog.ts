// All tools of a loop, read from their sources and kept until a source says that it has changed.

import { isJsonObject } from "../../packages/json-object.js";
import { AgentError, messageOf } from "../errors.js";
import type { ToolDescription, ToolSource } from "./tool.js";

/** A tool and where its calls go. */
export interface CatalogTool extends ToolDescription {
  readonly source: ToolSource;
}

interface Read {
  source: ToolSource;
  version: number | string;
  tools: readonly ToolDescription[];
}

export class ToolCatalog {
  readonly #sources: readonly ToolSource[];
  readonly #warn: (message: string) => void;
  #reads: Read[] = [];
  #tools: ReadonlyMap<string, CatalogTool> = new Map();
  #version = 0;

  /** @param warn is told of names that two tools have, and of sources that cannot be read any more */
  constructor(sources: readonly ToolSource[], warn: (message: string) => void) {
    this.#sources = sources;
    this.#warn = warn;
  }

  /** Changes whenever the tools do. */
  get version(): number {
    return this.#version;
  }

  /** By name, in order of name. */
  get tools(): ReadonlyMap<string, CatalogTool> {
    return this.#tools;
  }

  /**
   * Reads the sources whose version has changed. A source that cannot be read keeps the tools it had.
   *
   * @throws AgentError `TOOL_SOURCE` for a source that never could be read
   */
  async refresh(): Promise<void> {
    let changed = false;
    for (const [at, source] of this.#sources.entries()) {
      const before = this.#reads[at];
      const { version } = source;
      if (before?.version === version) continue;
      try {
        const tools = checkList(await source.list());
        this.#reads[at] = { source, version, tools };
        changed = true;
      } catch (error) {
        const message = `tools: source ${at + 1} cannot be listed: ${messageOf(error)}`;
        if (before === undefined) throw new AgentError("TOOL_SOURCE", message, { cause: error });
        this.#warn(`${message}; its ${before.tools.length} tools of before stay`);
      }
    }
    if (changed) this.#merge();
  }

  #merge(): void {
    const tools = new Map<string, CatalogTool>();
    for (const { source, tools: own } of this.#reads) {
      for (const tool of own) {
        if (tools.has(tool.name))
          this.#warn(`tools: ${JSON.stringify(tool.name)} is there twice; the later one is used`);
        tools.set(tool.name, { ...tool, source });
      }
    }
    this.#tools = new Map([...tools].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.#version++;
  }
}

function checkList(tools: readonly ToolDescription[]): readonly ToolDescription[] {
  if (!Array.isArray(tools)) throw new TypeError("list() must return an array");
  for (const { name, description, inputSchema, timeoutMs } of tools) {
    if (typeof name !== "string" || name.trim() === "") throw new TypeError("a tool has no name");
    if (typeof description !== "string") throw new TypeError(`${name}: description must be a string`);
    if (!isJsonObject(inputSchema)) throw new TypeError(`${name}: inputSchema must be a JSON Schema object`);
    if (timeoutMs !== undefined && !(typeof timeoutMs === "number" && timeoutMs > 0)) {
      throw new RangeError(`${name}: timeoutMs must be a positive number of milliseconds`);
    }
  }
  return tools;
}
