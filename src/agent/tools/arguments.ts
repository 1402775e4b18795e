// Arguments that a model made up, checked before any tool sees them. Models invent arguments, so an object schema that
// lists properties and does not say otherwise takes only those.

import { isJsonObject, type JsonObject } from "../../skills/json-object.js";
import { SchemaValidation } from "../../skills/schema-validation.js";
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
  readonly #schemas = new SchemaValidation();
  readonly #closed = new WeakMap<JsonObject, JsonObject>();

  /** What is wrong with the arguments, or with the schema; undefined when nothing is. */
  problem(schema: JsonObject, args: JsonObject): string | undefined {
    // Most tools of tests and hosts without parameters: nothing to compile.
    if (Object.keys(schema).every(key => key === "type" || key === "description")) return undefined;
    let closed = this.#closed.get(schema);
    if (closed === undefined) {
      closed = closeObjects(schema);
      this.#closed.set(schema, closed);
    }
    try {
      return this.#schemas.problem(closed, args);
    } catch (error) {
      return `the tool's schema cannot be used: ${(error as Error).message}`;
    }
  }
}

function closeObjects(schema: JsonObject): JsonObject {
  const closed: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) closed[key] = closeWithin(key, value);
  if (isJsonObject(schema.properties) && !openKeywords.some(key => key in schema)) {
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
