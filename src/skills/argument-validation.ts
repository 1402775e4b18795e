// Arguments checked against the input schema of an entry, before any Lua code runs.

import type { Json } from "../vm/index.js";
import { SkillError } from "./errors.js";
import type { RegisteredEntry } from "./registry.js";
import { SchemaValidation } from "./schema-validation.js";

export class ArgumentValidation {
  readonly #schemas = new SchemaValidation();

  /** @throws SkillError `SKILL_ARGUMENTS` naming the JSON path of everything that is wrong */
  check({ entry, descriptor }: RegisteredEntry, args: Json | undefined): void {
    const name = descriptor.canonicalName;
    let problem: string | undefined;
    try {
      problem = this.#schemas.problem(entry.inputSchema, args ?? {});
    } catch (error) {
      const reason = `its input schema cannot be used: ${(error as Error).message}`;
      throw new SkillError("SKILL_ARGUMENTS", `${name}: ${reason}`, { cause: error });
    }
    if (problem !== undefined) throw new SkillError("SKILL_ARGUMENTS", `${name}: ${problem}`);
  }
}
