// Arguments checked against the input schema of an entry, before any Lua code runs.

import { createRequire } from "node:module";
import type { Ajv, ErrorObject, Options, ValidateFunction } from "ajv";
import { type ArgumentProblem, SkillError } from "../packages/errors.js";
import type { JsonObject } from "../packages/json-object.js";
import type { Json } from "../vm/index.js";

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
  readonly #validators = new WeakMap<JsonObject, ValidateFunction>();
  /** By the module of the dialect. Loading one takes tens of milliseconds, and most hosts need one or none. */
  readonly #dialects = new Map<string, Ajv>();

  /**
   * @param name of the entry, for messages
   * @param schema of its arguments; what it is compiled to is kept for as long as this object is
   * @throws SkillError `SKILL_ARGUMENTS` naming the JSON path of everything that is wrong
   */
  check(name: string, schema: JsonObject, args: Json | undefined): void {
    const validate = this.#validator(schema, name);
    if (validate(args ?? {})) return;
    const found = (validate.errors ?? []).filter(isOwn).map(problemOf);
    // Branches of a union complain about the same thing.
    const byText = new Map(found.map(problem => [describe(problem), problem]));
    const texts = [...byText.keys()].slice(0, maxProblems);
    const more = byText.size - texts.length;
    if (more > 0) texts.push(`and ${more} more`);
    throw new SkillError("SKILL_ARGUMENTS", `${name}: ${texts.join("; ")}`, {
      problems: [...byText.values()].slice(0, maxProblems),
    });
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

  #validator(schema: JsonObject, name: string): ValidateFunction {
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      try {
        validate = this.#compile(schema);
      } catch (error) {
        throw new SkillError(
          "SKILL_ARGUMENTS",
          `${name}: its input schema cannot be used: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
      this.#validators.set(schema, validate);
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

function problemOf(error: ErrorObject): ArgumentProblem {
  const { instancePath, params, keyword, propertyName } = error;
  switch (keyword) {
    case "required":
      return { pointer: instancePath + pointerStep(params.missingProperty), message: "is missing" };
    case "additionalProperties":
    case "unevaluatedProperties": {
      const name = params.additionalProperty ?? params.unevaluatedProperty;
      return { pointer: instancePath + pointerStep(name), message: "is not known" };
    }
    case "enum":
      return { pointer: instancePath, message: `must be one of ${JSON.stringify(params.allowedValues)}` };
    case "const":
      return { pointer: instancePath, message: `must be ${JSON.stringify(params.allowedValue)}` };
  }
  const message = error.message ?? "is invalid";
  if (propertyName === undefined) return { pointer: instancePath, message };
  return { pointer: instancePath, message: `has the name ${JSON.stringify(propertyName)}, which ${message}` };
}

/** `args.items[3].name must be string`. */
function describe({ pointer, message }: ArgumentProblem): string {
  const path = pointer.replace(/\/([^/]*)/g, (_, step: string) => pathStep(step));
  return `args${path} ${message}`;
}

function pointerStep(name: unknown): string {
  return `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function pathStep(step: string): string {
  const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
  if (/^\d+$/.test(name)) return `[${name}]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}
