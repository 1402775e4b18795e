// Arguments that a model made up, checked before any tool sees them. Models invent arguments, so an object schema that
// lists properties and does not say otherwise takes only those.

import { isJsonObject, type JsonObject } from "../../packages/json-object.js";
import { ArgumentValidation } from "../../skills/argument-validation.js";
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
    if (takesAnything(schema)) return undefined;
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

/** Many tools declare no arguments: there is nothing to check then, and no schema to compile. */
function takesAnything(schema: JsonObject): boolean {
  return Object.entries(schema).every(
    ([key, value]) => key === "type" || key === "description" || (key === "properties" && isEmpty(value)),
  );
}

function isEmpty(value: Json): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

function closeObjects(schema: JsonObject): JsonObject {
  const closed: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) closed[key] = closeWithin(key, value);
  const lists = isJsonObject(schema.properties) && !isEmpty(schema.properties);
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
