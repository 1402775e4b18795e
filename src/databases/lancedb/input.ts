// The input of one operation, field by field. A field that is absent has its default; one of the wrong type is an error.

import { describe, Refused } from "./refused.js";

const largestU32 = 2 ** 32 - 1;
const longestTableName = 200;

export class Input {
  readonly #fields: { readonly [name: string]: unknown };
  /** What stands before the names of fields in messages. */
  readonly #path: string;

  constructor(fields: unknown, path = "") {
    this.#fields = fields as { readonly [name: string]: unknown };
    this.#path = path;
  }

  /** @param head JSON text. An empty Lua table comes as an empty array */
  static parse(head: string): Input {
    const fields: unknown = JSON.parse(head);
    if (typeof fields !== "object" || fields === null) {
      throw new Refused(`input must be a table, got ${describe(fields)}`);
    }
    return new Input(fields);
  }

  /** Trimmed. */
  text(name: string): string {
    const value = this.get(name);
    if (typeof value !== "string" || value.trim() === "") this.fail(name, "must be a non-blank string");
    return value.trim();
  }

  /** Trimmed. */
  optionalText(name: string, absent: string): string {
    const value = this.get(name) ?? absent;
    if (typeof value !== "string" || this.get(name) === null) this.fail(name, "must be a string");
    return value.trim();
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.get(name);
    if (value === undefined) return absent;
    if (typeof value !== "boolean") this.fail(name, "must be a boolean");
    return value;
  }

  count(name: string, absent: number): number {
    const value = this.get(name);
    if (value === undefined) return absent;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > largestU32) {
      this.fail(name, `must be an integer from 0 to ${largestU32}`);
    }
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name);
    const list = asList(value);
    if (list === undefined) this.fail(name, "must be an array");
    return list;
  }

  /** Absent: none. */
  texts(name: string): readonly string[] {
    if (this.get(name) === undefined) return [];
    return this.list(name).map((value, index) => {
      if (typeof value !== "string") this.fail(`${name}[${index}]`, "must be a string", value);
      return value;
    });
  }

  /** One of the spellings of something, in any case; the empty text is one of them. */
  choice<T>(name: string, absent: string, spellings: { readonly [spelling: string]: T }): T {
    const given = this.optionalText(name, absent).toLowerCase();
    if (Object.hasOwn(spellings, given)) return spellings[given] as T;
    const known = Object.keys(spellings).filter(spelling => spelling !== "");
    return this.fail(name, `must be one of ${known.join(", ")}`);
  }

  /** LanceDB itself crashes a thread on names that it does not take. */
  tableName(): string {
    const name = this.text("table_name");
    if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
      this.fail("table_name", "may hold only letters, digits, '_', '-' and '.'");
    }
    if (name.length > longestTableName) {
      this.fail("table_name", `may have at most ${longestTableName} characters`);
    }
    return name;
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  fail(name: string, problem: string, value = this.get(name)): never {
    throw new Refused(`${this.#path}${name} ${problem}, got ${describe(value)}`);
  }
}

/** An empty Lua table may come as an empty object. */
export function asList(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const isEmptyTable = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return isEmptyTable ? [] : undefined;
}
