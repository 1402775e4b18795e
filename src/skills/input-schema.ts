// The two ways an entry describes its arguments, `parameters` and a JSON Schema, each derived from the other.

import type { Json } from "../vm/index.js";

export interface Parameter {
  name: string;
  /** Free text in the manifest; the JSON Schema type names are understood, others are shown to people only. */
  type: string;
  description: string;
  required: boolean;
}

export type JsonObject = { [key: string]: Json };

const schemaTypes = new Set(["string", "number", "integer", "boolean", "array", "object", "null"]);

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is wrong with the root of a declared schema called `label`, or undefined. */
export function inputSchemaProblem(label: string, schema: unknown): string | undefined {
  if (!isJsonObject(schema)) return `${label} must be a JSON object`;
  if (schema.type !== "object")
    return `${label}.type must be "object", got ${JSON.stringify(schema.type ?? null)}`;
  if (schema.properties !== undefined && !isJsonObject(schema.properties)) {
    return `${label}.properties must be an object`;
  }
  const required = schema.required;
  if (
    required !== undefined &&
    !(Array.isArray(required) && required.every(name => typeof name === "string"))
  ) {
    return `${label}.required must be a list of property names`;
  }
  return undefined;
}

/** The object schema that a parameter list stands for. A type no JSON Schema knows admits any value. */
export function schemaFromParameters(parameters: readonly Parameter[]): JsonObject {
  const properties: JsonObject = {};
  for (const { name, type, description } of parameters) {
    properties[name] = {
      ...(schemaTypes.has(type) ? { type } : {}),
      ...(description.trim() === "" ? {} : { description }),
    };
  }
  const required = parameters.filter(parameter => parameter.required).map(parameter => parameter.name);
  return { type: "object", properties, ...(required.length > 0 ? { required } : {}) };
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
