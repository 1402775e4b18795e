// The structure of a JSON Schema that a manifest declares: keywords whose shape everybody relies on who reads the schema,
// from the argument check to hosts that show it. Keywords that are not listed here are left alone.

import type { Json } from "../vm/index.js";
import { isJsonObject } from "./json-object.js";

type Check = (path: string, value: Json, problems: string[]) => void;

const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["type", checkType],
  ["required", checkRequired],
  ["enum", checkEnum],
  ["properties", checkNamedSchemas],
  ["patternProperties", checkNamedSchemas],
  ["$defs", checkNamedSchemas],
  ["definitions", checkNamedSchemas],
  ["items", checkItems],
  ["prefixItems", checkSchemas],
  ["oneOf", checkSchemas],
  ["anyOf", checkSchemas],
  ["allOf", checkSchemas],
  ["contains", checkSchema],
  ["propertyNames", checkSchema],
  ["additionalProperties", checkSchema],
  ["not", checkSchema],
  ["if", checkSchema],
  ["then", checkSchema],
  ["else", checkSchema],
]);

/**
 * Walks a schema and everything in it that is a schema too.
 *
 * @param path what the schema is called in messages, for instance `entries[0].input_schema`
 * @returns what is wrong, each with the JSON path of the place
 */
export function schemaStructureProblems(path: string, schema: Json): string[] {
  const problems: string[] = [];
  checkSchema(path, schema, problems);
  return problems;
}

function checkSchema(path: string, schema: Json, problems: string[]): void {
  // `true` admits everything and `false` nothing, wherever a schema may stand.
  if (typeof schema === "boolean") return;
  if (!isJsonObject(schema)) {
    problems.push(`${path} must be a schema: a mapping, true or false`);
    return;
  }
  for (const [keyword, value] of Object.entries(schema)) {
    checks.get(keyword)?.(member(path, keyword), value, problems);
  }
}

function checkType(path: string, type: Json, problems: string[]): void {
  const named = Array.isArray(type) ? type.length > 0 && type.every(isText) : isText(type);
  if (!named) problems.push(`${path} must be the name of a type or a list of such names`);
}

function checkRequired(path: string, required: Json, problems: string[]): void {
  if (!Array.isArray(required) || !required.every(isText)) {
    problems.push(`${path} must be a list of property names`);
  }
}

function checkEnum(path: string, values: Json, problems: string[]): void {
  if (!Array.isArray(values)) problems.push(`${path} must be a list of values`);
}

function checkNamedSchemas(path: string, schemas: Json, problems: string[]): void {
  if (!isJsonObject(schemas)) {
    problems.push(`${path} must be a mapping of names to schemas`);
    return;
  }
  for (const [name, schema] of Object.entries(schemas)) {
    if (!isText(name)) problems.push(`${path} must not have a blank name`);
    checkSchema(member(path, name), schema, problems);
  }
}

function checkItems(path: string, items: Json, problems: string[]): void {
  if (Array.isArray(items)) checkSchemas(path, items, problems);
  else checkSchema(path, items, problems);
}

function checkSchemas(path: string, schemas: Json, problems: string[]): void {
  if (!Array.isArray(schemas) || schemas.length === 0) {
    problems.push(`${path} must be a list of at least one schema`);
    return;
  }
  for (const [index, schema] of schemas.entries()) checkSchema(`${path}[${index}]`, schema, problems);
}

function isText(value: Json): boolean {
  return typeof value === "string" && value.trim() !== "";
}

function member(path: string, name: string): string {
  return /^[\w$-]+$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
