// YAML text to JSON values by the core schema of YAML 1.2: `off`, `yes` and dates are strings, there are no merge keys.
// A document is hostile until proven otherwise: nesting, aliases that multiply and aliases that refer to themselves.

import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import type { Json } from "../vm/index.js";

const maxDepth = 100;
/** Values of a document with every alias written out; far more than any manifest has. */
const maxValues = 100_000;

/**
 * Parses one document.
 *
 * @returns its value (null for a document without one), or what is wrong and where
 */
export function parseYaml(
  text: string,
): { value: Json; problem?: never } | { value?: never; problem: string } {
  try {
    const value = load(text, { schema: CORE_SCHEMA }) ?? null;
    const problem = new ValueCount().problem(value, 0);
    return problem === undefined ? { value: value as Json } : { problem };
  } catch (error) {
    if (error instanceof YAMLException) return { problem: error.reason + place(error) };
    throw error;
  }
}

function place({ mark }: YAMLException): string {
  // Some errors are about the whole document.
  return mark?.line === undefined ? "" : ` (line ${mark.line + 1}, column ${mark.column + 1})`;
}

/** Walks a value as if aliases were copies, which is how everything after the parser sees it. */
class ValueCount {
  #values = 0;

  problem(value: unknown, depth: number): string | undefined {
    if (depth > maxDepth) return `nested deeper than ${maxDepth} levels, or an alias refers to itself`;
    this.#values += 1;
    if (this.#values > maxValues) return `more than ${maxValues} values once aliases are written out`;
    if (typeof value === "number" && !Number.isFinite(value)) return `${value} is no JSON number`;
    if (typeof value !== "object" || value === null) return undefined;
    for (const member of Array.isArray(value) ? value : Object.values(value)) {
      const problem = this.problem(member, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
}
