// Arguments that a model made up, checked before any tool sees them. Models invent arguments, so an object schema that
// lists properties and does not say otherwise takes only those.

import { ArgumentValidation } from "../../skills/argument-validation.js";
import { isJsonObject, type JsonObject } from "../../skills/json-object.js";
import type { Json } from "../../vm/index.js";

/** Keywords beside which nobody can tell what else an object may have. */
const openKeywords = [
  "additionalProperties",
  "unevaluatedProperties",
  "patternProperties",
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
];

export class ToolArguments {
  readonly #schemas = new ArgumentValidation();
  readonly #closed = new WeakMap<JsonObject, JsonObject>();

  /** What is wrong with the arguments of a tool, or with its schema, as a sentence; undefined when nothing is. */
  problem(tool: string, schema: JsonObject, args: JsonObject): string | undefined {
    // Nothing to check, and nothing to compile: many tools take no arguments.
    if (Object.keys(schema).every(key => key === "type" || key === "description")) return undefined;
    let closed = this.#closed.get(schema);
    if (closed === undefined) {
      closed = closeObjects(schema);
      this.#closed.set(schema, closed);
    }
    try {
      this.#schemas.check(`invalid arguments for tool "${tool}"`, closed, args);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

function closeObjects(schema: JsonObject): JsonObject {
  const closed: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) closed[key] = closeWithin(key, value);
  const lists = isJsonObject(schema.properties) && Object.keys(schema.properties).length > 0;
  if (lists && !openKeywords.some(key => key in schema)) {
    closed.additionalProperties = false;
  }
  return closed;
}

/** Goes on where a keyword holds schemas, not where it holds values (`enum`, `default`, `examples`). */
function closeWithin(key: string, value: Json): Json {
  if (key === "properties" && isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, schema]) => [
        name,
        isJsonObject(schema) ? closeObjects(schema) : schema,
      ]),
    );
  }
  if (key === "items" && isJsonObject(value)) return closeObjects(value);
  return value;
}
