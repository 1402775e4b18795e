// The tools of the server: the entries of the engine, as clients see them.

import type { Tool } from "@modelcontextprotocol/server";
import { isJsonObject, type JsonObject } from "../packages/json-object.js";
import type { SkillEngine } from "../skills/engine.js";
import type { EntryDescriptor } from "../skills/registry.js";
import type { ManagedFields, ManagedName } from "./managed-fields.js";

export interface SkillTool {
  readonly entry: EntryDescriptor;
  /** Of the arguments that the entry gets. */
  readonly schema: JsonObject;
  /** What the server adds to the arguments of clients. */
  readonly managed: readonly ManagedName[];
  readonly tool: Tool;
}

export class ToolTable {
  readonly #engine: SkillEngine;
  readonly #managed: ManagedFields;
  #tools: ReadonlyMap<string, SkillTool> = new Map();
  #version = -1;

  constructor(engine: SkillEngine, managed: ManagedFields) {
    this.#engine = engine;
    this.#managed = managed;
  }

  /** In order of their names. */
  list(): Tool[] {
    return [...this.#current().values()].map(({ tool }) => tool);
  }

  find(name: string): SkillTool | undefined {
    return this.#current().get(name);
  }

  #current(): ReadonlyMap<string, SkillTool> {
    const version = this.#engine.registryVersion;
    if (version !== this.#version) {
      this.#tools = new Map(
        this.#engine.entries().map(entry => [entry.canonicalName, this.#describe(entry)]),
      );
      this.#version = version;
    }
    return this.#tools;
  }

  #describe(entry: EntryDescriptor): SkillTool {
    const schema = isJsonObject(entry.inputSchema) ? entry.inputSchema : { type: "object" };
    const { schema: inputSchema, names } = this.#managed.hide(schema);
    const tool: Tool = {
      name: entry.canonicalName,
      description: entry.description,
      inputSchema: { ...inputSchema, type: "object" },
      ...annotationsOf(entry),
    };
    return { entry, schema, managed: names, tool };
  }
}

function annotationsOf({ annotations }: EntryDescriptor): Pick<Tool, "title" | "annotations"> {
  if (annotations === undefined) return {};
  const { title, readOnly, destructive, idempotent, openWorld } = annotations;
  const hints = {
    title,
    readOnlyHint: readOnly,
    destructiveHint: destructive,
    idempotentHint: idempotent,
    openWorldHint: openWorld,
  };
  const given = Object.fromEntries(Object.entries(hints).filter(([, hint]) => hint !== undefined));
  return { ...(title === undefined ? {} : { title }), annotations: given };
}
