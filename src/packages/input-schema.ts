// The two ways an entry describes its arguments, `parameters` and a JSON Schema, each derived from the other.

import type { Json } from "../vm/index.js";
import { isJsonObject, type JsonObject } from "./json-object.js";
import { schemaStructureProblems } from "./schema-structure.js";

export interface Parameter {
  name: string;
  /** Free text in the manifest; the JSON Schema type names are understood, others are shown to people only. */
  type: string;
  description: string;
  required: boolean;
}

const schemaTypes = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);

/** What is wrong with a declared schema called `label`; empty when it describes an argument object. */
export function inputSchemaProblems(label: string, schema: unknown): string[] {
  if (!isJsonObject(schema)) return [`${label} must be a JSON object`];
  const problems = schemaStructureProblems(label, schema);
  if (schema.type !== "object") {
    // The walk says what else may be wrong with a type; this rule includes it.
    const others = problems.filter(problem => !problem.startsWith(`${label}.type `));
    return [`${label}.type must be "object", got ${JSON.stringify(schema.type ?? null)}`, ...others];
  }
  return problems;
}

/**
 * The object schema that a parameter list stands for. `string | null` becomes a list of types, and a type that JSON
 * Schema does not know admits any value.
 */
export function schemaFromParameters(parameters: readonly Parameter[]): JsonObject {
  const properties = parameters.map(({ name, type, description }): [string, JsonObject] => [
    name,
    { ...typeKeyword(type), ...(description.trim() === "" ? {} : { description }) },
  ]);
  const required = parameters.filter(parameter => parameter.required).map(parameter => parameter.name);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
  };
}

function typeKeyword(text: string): JsonObject {
  if (schemaTypes.has(text)) return { type: text };
  const types = [...new Set(text.split("|").map(type => type.trim()))];
  if (!types.every(type => schemaTypes.has(type))) return {};
  return types.length === 1 ? { type: types[0] as string } : { type: types };
}

/** A parameter list for display, read from the root properties of a declared schema. */
export function parametersFromSchema(schema: JsonObject): Parameter[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: typeOf(property),
    description:
      isJsonObject(property) && typeof property.description === "string" ? property.description : "",
    required: required.has(name),
  }));
}

function typeOf(property: Json): string {
  if (!isJsonObject(property)) return "schema";
  if (typeof property.type === "string") return property.type;
  if (Array.isArray(property.type)) return property.type.join(" | ");
  if (property.properties !== undefined) return "object";
  if (property.items !== undefined || property.prefixItems !== undefined) return "array";
  if (property.oneOf ?? property.anyOf ?? property.allOf) return "union";
  return "schema";
}
