// What a form shows for a JSON Schema: the kinds of field there are, and which schema gets which. What no field can show is
// edited as JSON; what the form does not know about a schema (patterns, unions) the engine checks.

import type { Json } from "luaskills";

/** A schema that is an object: `true` and the like have no members. */
export type Schema = { readonly [keyword: string]: Json };

interface Described {
  /** Empty when the schema says nothing. */
  description: string;
  /** The limits of the schema in words, for instance `1 to 100`. */
  hints: string[];
}

export interface Choice {
  label: string;
  value: Json;
}

export interface Member {
  name: string;
  schema: Json;
  required: boolean;
}

export type Field = Described &
  (
    | { kind: "text" | "boolean" | "json" }
    | { kind: "number"; integer: boolean }
    | { kind: "choice"; choices: Choice[] }
    | { kind: "fixed"; value: Json }
    | { kind: "object"; members: Member[] }
    | { kind: "list"; items: Json }
  );

type Kind = Field extends infer Each ? (Each extends Described ? Omit<Each, keyof Described> : never) : never;

/** The fields of one schema, made when they are asked for: schemas may contain themselves. */
export class FormSchema {
  readonly root: Schema;

  constructor(root: Json) {
    this.root = isSchema(root) ? root : {};
  }

  /** The field of the whole argument object. */
  rootField(): Field & { kind: "object" } {
    return { kind: "object", members: membersOf(this.root), description: "", hints: [] };
  }

  field(schema: Json): Field {
    const resolved = this.#resolve(schema);
    const { description } = resolved;
    return {
      ...kindOf(resolved),
      description: typeof description === "string" ? description.trim() : "",
      hints: hintsOf(resolved),
    } as Field;
  }

  /** Follows `$ref` inside the schema; what stands beside it goes before what it points at. */
  #resolve(schema: Json, followed = 0): Schema {
    if (!isSchema(schema)) return {};
    const { $ref: reference, ...own } = schema;
    // A reference that leads to itself, or out of the schema, leads nowhere.
    if (typeof reference !== "string" || !reference.startsWith("#") || followed > 32) return schema;
    return { ...this.#resolve(this.#at(reference.slice(1)), followed + 1), ...own };
  }

  #at(pointer: string): Json {
    let place = this.root as Json;
    for (const step of pointer.split("/").slice(1)) {
      const name = decodePart(step).replaceAll("~1", "/").replaceAll("~0", "~");
      const isThere: boolean = typeof place === "object" && place !== null && Object.hasOwn(place, name);
      place = isThere ? ((place as Schema)[name] as Json) : null;
    }
    return place;
  }
}

function kindOf(schema: Schema): Kind {
  if (schema.const !== undefined) return { kind: "fixed", value: schema.const };
  if (Array.isArray(schema.enum)) {
    return { kind: "choice", choices: schema.enum.map(value => ({ label: labelOf(value), value })) };
  }
  const named = namedChoices(schema.oneOf ?? schema.anyOf);
  if (named !== undefined) return { kind: "choice", choices: named };
  switch (typeOf(schema)) {
    case "string":
      return { kind: "text" };
    case "integer":
      return { kind: "number", integer: true };
    case "number":
      return { kind: "number", integer: false };
    case "boolean":
      return { kind: "boolean" };
    case "object": {
      const members = membersOf(schema);
      return members.length > 0 ? { kind: "object", members } : { kind: "json" };
    }
    case "array":
      return isSchema(schema.items) && schema.prefixItems === undefined
        ? { kind: "list", items: schema.items }
        : { kind: "json" };
    default:
      return { kind: "json" };
  }
}

/** The one type beside `null`, which stands for leaving something out; undefined when there are several. */
function typeOf({ type, properties, items }: Schema): Json | undefined {
  const types = (Array.isArray(type) ? type : [type]).filter(name => name !== "null");
  if (types.length > 1) return undefined;
  return types[0] ?? (properties !== undefined ? "object" : items !== undefined ? "array" : undefined);
}

/** The choices of `oneOf: [{ const, title }, …]`. */
function namedChoices(branches: Json | undefined): Choice[] | undefined {
  if (!Array.isArray(branches) || branches.length === 0) return undefined;
  const choices: Choice[] = [];
  for (const branch of branches) {
    if (!isSchema(branch) || branch.const === undefined) return undefined;
    const label = typeof branch.title === "string" ? branch.title : labelOf(branch.const);
    choices.push({ label, value: branch.const });
  }
  return choices;
}

function membersOf({ properties, required }: Schema): Member[] {
  if (!isSchema(properties)) return [];
  const wanted = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, required: wanted.has(name) }));
}

function hintsOf(schema: Schema): string[] {
  const hints: string[] = [];
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const range = span(minimum, maximum);
  if (range !== undefined) hints.push(range);
  if (above !== undefined) hints.push(`more than ${labelOf(above)}`);
  if (below !== undefined) hints.push(`less than ${labelOf(below)}`);
  const length = span(schema.minLength, schema.maxLength);
  if (length !== undefined) hints.push(`length ${length}`);
  const count = span(schema.minItems, schema.maxItems);
  if (count !== undefined) hints.push(`length ${count}`);
  if (schema.pattern !== undefined) hints.push(`matches ${labelOf(schema.pattern)}`);
  if (typeof schema.format === "string") hints.push(schema.format);
  if (schema.default !== undefined) hints.push(`default ${labelOf(schema.default)}`);
  return hints;
}

function span(least: Json | undefined, most: Json | undefined): string | undefined {
  if (least !== undefined && most !== undefined) return `${labelOf(least)} to ${labelOf(most)}`;
  if (least !== undefined) return `at least ${labelOf(least)}`;
  return most === undefined ? undefined : `at most ${labelOf(most)}`;
}

/** Texts as they are, unless that would look like another value: `"1"`. */
function labelOf(value: Json): string {
  const isPlain = typeof value === "string" && !/^(|true|false|null|-?\d.*|[[{"].*)$/.test(value);
  return isPlain ? value : JSON.stringify(value);
}

function isSchema(value: Json | undefined): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
