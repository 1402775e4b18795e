// Arguments checked against the input schema of an entry, before any Lua code runs.

import { createRequire } from "node:module";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import { SkillError } from "../packages/errors.js";
import type { JsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";
import type { RegisteredEntry } from "./registry.js";
import type { SkillEntry } from "./skill.js";

const require = createRequire(import.meta.url);

/**
 * Formats are notes to people here; unknown keywords are tolerated as they are everywhere in manifests. Schemas of different
 * skills may have the same `$id`, so none is remembered by it.
 */
const ajvOptions = {
  allErrors: true,
  strict: false,
  validateFormats: false,
  allowUnionTypes: true,
  addUsedSchema: false,
} as const;

const maxProblems = 20;

export class ArgumentValidation {
  /** Compiling a schema takes a millisecond or more, so it is done at the first call of an entry. */
  readonly #validators = new WeakMap<SkillEntry, ValidateFunction>();
  /** By the module of the dialect. Loading one takes tens of milliseconds, and most hosts need one or none. */
  readonly #dialects = new Map<string, Ajv>();

  /** @throws SkillError `SKILL_ARGUMENTS` naming the JSON path of everything that is wrong */
  check({ entry, descriptor }: RegisteredEntry, args: Json | undefined): void {
    const validate = this.#validator(entry, descriptor.canonicalName);
    if (validate(args ?? {})) return;
    const problems = [...new Set((validate.errors ?? []).filter(isOwn).map(describe))];
    const more = problems.length - maxProblems;
    if (more > 0) problems.splice(maxProblems, more, `and ${more} more`);
    throw new SkillError("SKILL_ARGUMENTS", `${descriptor.canonicalName}: ${problems.join("; ")}`);
  }

  /** Why no arguments can be checked against a schema, or undefined. */
  schemaProblem(schema: JsonObject): string | undefined {
    try {
      this.#compile(schema);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  #validator(entry: SkillEntry, name: string): ValidateFunction {
    let validate = this.#validators.get(entry);
    if (validate === undefined) {
      try {
        validate = this.#compile(entry.inputSchema);
      } catch (error) {
        throw new SkillError(
          "SKILL_ARGUMENTS",
          `${name}: its input schema cannot be used: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
      this.#validators.set(entry, validate);
    }
    return validate;
  }

  #compile({ $schema, ...schema }: JsonObject): ValidateFunction {
    const ajv = this.#dialect($schema);
    try {
      return ajv.compile(schema);
    } finally {
      // It would be kept for as long as the engine lives, long after its skill.
      ajv.removeSchema(schema);
    }
  }

  /** Schemas that name no dialect, or one that nobody knows, are read as 2020-12, which MCP does too. */
  #dialect(schema: Json | undefined): Ajv {
    const uri = typeof schema === "string" ? schema : "";
    const module = /draft-0[4-7]/.test(uri)
      ? "ajv"
      : uri.includes("2019-09")
        ? "ajv/dist/2019.js"
        : "ajv/dist/2020.js";
    let dialect = this.#dialects.get(module);
    if (dialect === undefined) {
      const { default: Dialect } = require(module) as { default: new (options: Options) => Ajv };
      dialect = new Dialect(ajvOptions);
      this.#dialects.set(module, dialect);
    }
    return dialect;
  }
}

/** Of a bad name of a property there is an error that says what is bad about it, and another one. */
function isOwn({ keyword }: ErrorObject): boolean {
  return keyword !== "propertyNames";
}

/** `args.items[3].name must be string`. */
function describe(error: ErrorObject): string {
  const { instancePath, params, keyword } = error;
  const path = `args${instancePath.replace(/\/([^/]*)/g, (_, step: string) => pathStep(step))}`;
  switch (keyword) {
    case "required":
      return `${path}${pathStep(String(params.missingProperty))} is missing`;
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = params.additionalProperty ?? params.unevaluatedProperty;
      return `${path}${pathStep(String(name))} is not known`;
    }
    case "enum":
      return `${path} must be one of ${JSON.stringify(params.allowedValues)}`;
    case "const":
      return `${path} must be ${JSON.stringify(params.allowedValue)}`;
  }
  const message = error.message ?? "is invalid";
  if (error.propertyName === undefined) return `${path} ${message}`;
  return `${path}: the name ${JSON.stringify(error.propertyName)} ${message}`;
}

function pathStep(step: string): string {
  const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
